"""The reports as files: what is written, how each moves, and the same rows as CSV and Parquet."""

from __future__ import annotations

import csv
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet
import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.reports.report import REPORTS, Report, ReportTools
from sync_platform.reports.view_file import export_views, write_view_csv, write_view_parquet
from sync_platform_tests.reports.conftest import NOW, TODAY, PlantedSync

QUALITY, KPIS = (report for report in REPORTS if report.name != "freshness")
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
COLOMBO = ZoneInfo("Asia/Colombo")
BOTH = pytest.mark.parametrize("report", [QUALITY, KPIS], ids=lambda report: report.name)


def test_each_report_writes_the_files_that_it_names(tools: ReportTools, folder: Path) -> None:
    written = [report.write(tools, folder) for report in REPORTS]

    assert {file.name for file in folder.iterdir()} == {name for report in REPORTS for name in report.files}
    assert [[one.page.name, *(table.name for table in one.tables)] for one in written] == [
        list(report.files) for report in REPORTS
    ]


@BOTH
def test_a_report_is_rendered_as_it_is_written(tools: ReportTools, folder: Path, report: Report) -> None:
    written = report.write(tools, folder)

    assert written.page.read_text(encoding="utf-8") == report.render(tools)
    assert written.headline in written.page.read_text(encoding="utf-8")


def test_quality_moves_with_the_checks_and_not_with_the_time(
    tools: ReportTools, folder: Path, planted: PlantedSync
) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, checks_passed=3)
    first = QUALITY.write(tools, folder)
    later = QUALITY.write(replace(tools, now=NOW + 5 * MINUTE), folder)
    planted.change("pos/sales", TODAY, checks_failed=1)
    failed = QUALITY.write(tools, folder)

    assert first.fingerprint == later.fingerprint != failed.fingerprint
    assert (first.figures["days_passed"], failed.figures["days_warned"]) == (1, 1)
    assert "drifts" not in first.figures


def test_kpis_move_with_what_was_counted_and_not_with_the_time(
    tools: ReportTools, folder: Path, planted: PlantedSync
) -> None:
    planted.sync("pos/sales", NOW - MINUTE, read=5, inserted=5)
    first = KPIS.write(tools, folder)
    later = KPIS.write(replace(tools, now=NOW + 5 * MINUTE), folder)
    planted.sync("pos/sales", NOW, read=1, inserted=1)
    more = KPIS.write(tools, folder)

    assert first.fingerprint == later.fingerprint != more.fingerprint
    assert (first.figures["records"], more.figures["records"]) == (5, 6)
    assert first.headline == "Today so far none of 1 sync events failed, 5 records were read."


@BOTH
def test_no_database_leaves_the_last_page_as_it_was(tools: ReportTools, folder: Path, report: Report) -> None:
    page = report.write(tools, folder).page
    before = page.read_text(encoding="utf-8")
    away = replace(tools, database=Database("postgresql://nobody@127.0.0.1:1/none"))

    with pytest.raises(LandingUnavailable):
        report.write(away, folder)

    assert page.read_text(encoding="utf-8") == before
    assert [file.name for file in folder.iterdir() if file.name.startswith(".")] == []


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def as_text(value: Any) -> str:
    """A Parquet value as the CSV has it, in Colombo's time."""
    if isinstance(value, datetime):
        return value.astimezone(COLOMBO).isoformat(timespec="seconds")
    return "" if value is None else str(value)


def test_csv_and_parquet_of_a_view_have_the_same_rows(planted: PlantedSync, folder: Path) -> None:
    folder.mkdir()
    planted.day("pos/sales", TODAY, as_of=NOW, rows=7, checks_passed=3, checked_at=NOW)
    planted.day("shop/orders", TODAY - DAY, state="held")
    planted.letters("pos/sales", TODAY, 2)

    counts = [
        write_view_csv(planted.database, "quality", folder / "quality.csv", zone=COLOMBO),
        write_view_parquet(planted.database, "quality", folder / "quality.parquet"),
    ]

    table = pyarrow.parquet.read_table(folder / "quality.parquet")
    told = [{name: as_text(value) for name, value in row.items()} for row in table.to_pylist()]
    assert counts == [2, 2]
    assert told == rows_of(folder / "quality.csv")
    assert [(row["system"], row["state"], row["open_dead_letters"]) for row in told] == [
        ("pos", "passed", "2"),
        ("shop", "blocked", "0"),
    ]
    assert {str(table.schema.field(name).type) for name in ("rows", "business_day", "checked_at", "state")} == {
        "int64",
        "date32[day]",
        "timestamp[us, tz=UTC]",
        "string",
    }


def test_money_stays_exact_and_what_arrow_does_not_know_is_text(planted: PlantedSync, folder: Path) -> None:
    folder.mkdir()
    planted.connection.execute(
        "create view report.odd as select 1::int as id, 0.10::numeric(18,2) as price, 1 / 3.0::numeric as share,"
        " '{\"a\": 1}'::jsonb as document, array[1, 2] as list, 'NaN'::numeric as nothing, null::text as empty"
    )

    write_view_parquet(planted.database, "odd", folder / "odd.parquet")
    write_view_csv(planted.database, "odd", folder / "odd.csv", zone=UTC)

    (row,) = pyarrow.parquet.read_table(folder / "odd.parquet").to_pylist()
    assert row == {
        "id": 1,
        "price": Decimal("0.10"),
        "share": Decimal("0.333333333"),
        "document": '{"a": 1}',
        "list": "[1,2]",
        "nothing": None,
        "empty": None,
    }
    (told,) = rows_of(folder / "odd.csv")
    assert (told["price"], told["document"], told["list"], told["empty"]) == ("0.10", '{"a": 1}', "[1,2]", "")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_every_view_is_exported_under_its_name(planted: PlantedSync, folder: Path, form: str) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW)

    exported = export_views(planted.database, folder, form=form, zone=UTC)

    views = planted.connection.execute("select viewname from pg_views where schemaname = 'report'").fetchall()
    assert {one.file.name for one in exported} == {f"{view}.{form}" for (view,) in views}
    assert {f"report.{view}" for (view,) in views} == {one.view for one in exported}
    assert {one.view for one in exported if one.rows} == {"report.freshness", "report.quality"}
    assert {file.name for file in folder.iterdir()} == {one.file.name for one in exported}


@pytest.mark.parametrize("view", ["kpi", "quality", "check_result", "dead_letter"])
def test_every_view_and_column_has_a_comment(planted: PlantedSync, view: str) -> None:
    commented = planted.connection.execute(
        "select attname, col_description(attrelid, attnum) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [f"report.{view}"],
    ).fetchall()
    (of_view,) = planted.connection.execute("select obj_description(%s::regclass)", [f"report.{view}"]).fetchone() or (
        "",
    )

    assert len(commented) >= 10
    assert [name for name, comment in commented if not comment] == []
    assert of_view


def many_entities(systems: tuple[PartnerSystem, ...], count: int) -> tuple[PartnerSystem, ...]:
    """One system with so many entities: copies of the first one's first under other names."""
    system = systems[0]
    model = system.entities[0]
    copies = (
        replace(model, contract=replace(model.contract, entity=f"{model.name}_{number:02d}")) for number in range(count)
    )
    return (replace(system, entities=tuple(copies)),)


@pytest.mark.slow
def test_sixty_entities_over_400_days_are_read_and_rendered_in_two_seconds(
    tools: ReportTools, planted: PlantedSync, folder: Path
) -> None:
    many = replace(tools, systems=many_entities(tools.systems, 60))
    system = many.systems[0].name
    names = [entity.name for entity in many.systems[0].entities]
    planted.connection.execute(
        "insert into sync.entity_day (system, entity, business_day, state, rows, checks_passed, checks_failed)"
        " select %s, entity, %s::date - back, 'complete', 1000, 12 - back %% 2, back %% 2"
        " from unnest(%s::text[]) entity, generate_series(0, 399) back",
        [system, TODAY, names],
    )
    planted.connection.execute(
        "insert into sync.check_result"
        " (system, entity, business_day, rule, severity, blocking, passed, observed, sample, evaluated_at)"
        " select %s, entity, %s::date - back, 'rule_' || rule, 'warning', false, rule > back %% 2, 'seen', '[]', %s"
        " from unnest(%s::text[]) entity, generate_series(0, 399) back, generate_series(1, 12) rule",
        [system, TODAY, NOW, names],
    )
    planted.connection.execute(
        "insert into sync.kpi_day (day, system, entity, events, failed_events, records, measured_at, final)"
        " select %s::date - back, case when entity = '' then '' else %s end, entity, 17000, back %% 5, 24000, %s, true"
        " from unnest(%s::text[]) entity, generate_series(1, 399) back",
        [TODAY, system, NOW, ["", *names]],
    )
    planted.connection.execute("analyze")
    for report in (QUALITY, KPIS):
        sizes, seconds = [], []
        for _ in range(3):
            # Other figures each time: charts that were drawn before would be taken as they are.
            planted.connection.execute(
                "update sync.kpi_day set records = records + 1, failed_events = failed_events + 1"
            )
            started = time.perf_counter()
            sizes.append(len(report.render(many).encode()))
            seconds.append(time.perf_counter() - started)
        assert min(seconds) < 2, report.name
        assert max(sizes) < 1_500_000
