"""The platform's reports: what each is called, how it is rendered, and how it is written to files that people open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zoneinfo import ZoneInfo

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.freshness.headline import headline as freshness_headline
from sync_platform.freshness.moment import write_sentence
from sync_platform.freshness.report import collect_freshness, fingerprint, render_freshness, write_freshness_report
from sync_platform.freshness.table_file import replacing
from sync_platform.landing.database import Database
from sync_platform.reports.kpi_landed import collect_kpis, measure_kpis
from sync_platform.reports.kpi_page import headline as kpi_headline
from sync_platform.reports.kpi_page import render_kpis
from sync_platform.reports.quality_landed import collect_quality
from sync_platform.reports.quality_page import render_quality
from sync_platform.reports.view_file import write_view_csv

# A report of a minute's age is what a person expects of freshness. The other two tell of days, and their charts take a
# second of processor time where something moved.
FRESHNESS_EVERY, OTHERS_EVERY = timedelta(minutes=1), timedelta(minutes=5)

Told = str | int | datetime


@dataclass(frozen=True)
class ReportTools:
    """What a report is made with. Times are told in `zone`; `now` is UTC; `polls_kept` as `measure_kpis` takes it."""

    database: Database
    systems: tuple[PartnerSystem, ...]
    zone: ZoneInfo
    now: datetime
    polls_kept: timedelta


@dataclass(frozen=True)
class WrittenReport:
    """A report's files and what it says: `fingerprint` differs when that moved, `figures` are the main ones by name."""

    page: Path
    tables: tuple[Path, ...]
    headline: str
    fingerprint: str
    figures: Mapping[str, Told]


@dataclass(frozen=True)
class Report:
    """One report. `files` are the names of its page and tables, `view` the one that it tells most of.

    `render` returns the page, `write` puts all files into a folder; both raise LandingUnavailable.
    """

    name: str
    title: str
    description: str
    view: str
    every: timedelta
    files: tuple[str, ...]
    render: Callable[[ReportTools], str]
    write: Callable[[ReportTools, Path], WrittenReport]

    @property
    def page(self) -> str:
        return self.files[0]


def _render_freshness(tools: ReportTools) -> str:
    facts = collect_freshness(tools.database, tools.systems, now=tools.now)
    return render_freshness(facts, zone=tools.zone)


def _write_freshness(tools: ReportTools, folder: Path) -> WrittenReport:
    files = write_freshness_report(tools.database, tools.systems, folder=folder, zone=tools.zone, now=tools.now)
    facts = files.facts
    figures: dict[str, Told] = {"entities": len(facts.entities), "entities_fresh": facts.fresh}
    limit = facts.limit
    if limit is not None and limit.today.as_of is not None:
        figures["oldest_as_of"] = limit.today.as_of
        branch = f", branch {limit.today.limited_by}" if limit.today.limited_by else ""
        figures["limited_by"] = f"{limit.address}{branch}"
    return WrittenReport(
        page=files.page,
        tables=(files.days, files.stock),
        headline=freshness_headline(facts, tools.zone),
        fingerprint=fingerprint(facts),
        figures=figures,
    )


def _render_quality(tools: ReportTools) -> str:
    facts = collect_quality(tools.database, tools.systems, now=tools.now)
    return render_quality(facts, zone=tools.zone, minutes=_minutes(OTHERS_EVERY))


def _write_quality(tools: ReportTools, folder: Path) -> WrittenReport:
    facts = collect_quality(tools.database, tools.systems, now=tools.now)
    page = _write_page(folder / "quality.html", render_quality(facts, zone=tools.zone, minutes=_minutes(OTHERS_EVERY)))
    table = folder / "quality.csv"
    write_view_csv(tools.database, "quality", table, zone=tools.zone)
    states = facts.states
    figures: dict[str, Told] = {
        "days_passed": states["passed"],
        "days_warned": states["warned"],
        "days_held_back": states["blocked"],
        "open_dead_letters": facts.dead_letters,
    }
    if facts.drift.ran is not None:
        figures["drifts"] = facts.drift.ran.failed
    if facts.volume.ran is not None:
        figures["volumes_out_of_band"] = facts.volume.ran.failed
    return WrittenReport(
        page=page,
        tables=(table,),
        headline=write_sentence(facts.headline, tools.zone),
        fingerprint=_digest(replace(facts, now=_ANY_TIME)),
        figures=figures,
    )


def _render_kpis(tools: ReportTools) -> str:
    measure_kpis(tools.database, now=tools.now, polls_kept=tools.polls_kept)
    facts = collect_kpis(tools.database, now=tools.now)
    return render_kpis(facts, zone=tools.zone, minutes=_minutes(OTHERS_EVERY))


def _write_kpis(tools: ReportTools, folder: Path) -> WrittenReport:
    measure_kpis(tools.database, now=tools.now, polls_kept=tools.polls_kept)
    facts = collect_kpis(tools.database, now=tools.now)
    page = _write_page(folder / "kpis.html", render_kpis(facts, zone=tools.zone, minutes=_minutes(OTHERS_EVERY)))
    table = folder / "kpis.csv"
    write_view_csv(tools.database, "kpi", table, zone=tools.zone)
    figures: dict[str, Told] = {"days": len(facts.days)}
    day = facts.last_whole or facts.running
    if day is not None:
        figures["day"] = day.day.isoformat()
        figures["records"] = day.records
        if day.events is not None and day.failed_events is not None:
            figures |= {"sync_events": day.events, "failed_sync_events": day.failed_events}
    days = tuple(replace(day, measured_at=_ANY_TIME, records_per_hour=0.0) for day in facts.days)
    return WrittenReport(
        page=page,
        tables=(table,),
        headline=kpi_headline(facts),
        fingerprint=_digest((days, facts.entities, facts.duplicates)),
        figures=figures,
    )


REPORTS = (
    Report(
        "freshness",
        "Freshness",
        "How fresh each entity is, by as_of and promise, and what to do: one HTML page and two CSV files.",
        "report.freshness",
        FRESHNESS_EVERY,
        ("freshness.html", "freshness.csv", "stock.csv"),
        _render_freshness,
        _write_freshness,
    ),
    Report(
        "quality",
        "Quality",
        "What the checks found by entity and day, why records are rejected, drift, volume and duplicates: one HTML "
        "page and a CSV file.",
        "report.quality",
        OTHERS_EVERY,
        ("quality.html", "quality.csv"),
        _render_quality,
        _write_quality,
    ),
    Report(
        "kpis",
        "KPIs",
        "The six KPIs, each with its definition and trend, or what is missing to measure it: one HTML page and a CSV "
        "file.",
        "report.kpi",
        OTHERS_EVERY,
        ("kpis.html", "kpis.csv"),
        _render_kpis,
        _write_kpis,
    ),
)
_ANY_TIME = datetime.min.replace(tzinfo=UTC)


def _minutes(every: timedelta) -> int:
    return int(every.total_seconds() // 60)


def _write_page(file: Path, page: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    with replacing(file) as stream:
        stream.write(page)
    return file


def _digest(facts: object) -> str:
    return sha256(repr(facts).encode()).hexdigest()
