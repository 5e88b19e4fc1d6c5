"""The report's Dagster face: the asset and the sensor write the files and tell Dagster what moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import (
    AssetKey,
    AssetMaterialization,
    DagsterInstance,
    Definitions,
    MetadataValue,
    SensorResult,
    SkipReason,
    build_sensor_context,
)
from dagster.components.core.component_tree import ComponentTree
from pydantic import ValidationError

from sync_platform.components.reports import Reports
from sync_platform.declarations.partner_system import DEFS_FOLDER, PartnerSystem, read_partner_systems
from sync_platform.declarations.reports import ReportsDeclaration
from sync_platform.settings import DATABASE_URL, STATE_DIR
from sync_platform_tests.freshness.conftest import Planted

KEY = AssetKey(["reports", "freshness"])


@pytest.fixture(scope="module")
def systems() -> tuple[PartnerSystem, ...]:
    """Every declared partner system: the component reads them itself."""
    return read_partner_systems()


@pytest.fixture
def defs() -> Definitions:
    """The component's definitions, as its folder declares them."""
    tree = ComponentTree.for_project(DEFS_FOLDER.parent.parent)
    declaration = ReportsDeclaration(owner="Data engineering", zone="Asia/Colombo")
    return Reports(declaration).build_defs(tree.load_context.for_path(DEFS_FOLDER / "reports"))


@pytest.fixture
def environment(planted: Planted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment names the planted database and a state folder; returns where the reports go."""
    monkeypatch.setenv(DATABASE_URL, planted.database.url)
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    return tmp_path / "reports"


def tick(defs: Definitions, cursor: str | None = None) -> SensorResult | SkipReason:
    sensor = defs.resolve_sensor_def("reports_freshness")
    return sensor(build_sensor_context(cursor=cursor))  # type: ignore[return-value]


def told(result: SensorResult | SkipReason) -> AssetMaterialization:
    assert isinstance(result, SensorResult)
    (event,) = result.asset_events
    assert isinstance(event, AssetMaterialization)
    return event


def test_a_tick_writes_the_report_and_tells_dagster_what_it_says(
    defs: Definitions, planted: Planted, environment: Path, systems: tuple[PartnerSystem, ...]
) -> None:
    now = datetime.now(UTC)
    planted.all_fresh(systems, now)
    oldest = (now - timedelta(minutes=9)).replace(microsecond=0)
    pos = next(system for system in systems if system.name == "pos")
    planted.branch("pos/sales", pos.declaration.calendar.day_of(now), "S0330", oldest)

    event = told(tick(defs))

    assert event.asset_key == KEY
    assert event.metadata["path"] == MetadataValue.path(str(environment / "freshness.html"))
    assert event.metadata["url"] == MetadataValue.url((environment / "freshness.html").as_uri())
    assert (event.metadata["entities_fresh"].value, event.metadata["entities"].value) == (11, 11)
    assert event.metadata["oldest_as_of"] == MetadataValue.timestamp(oldest)
    assert event.metadata["limited_by"].value == "pos/sales, branch S0330"
    assert event.description is not None
    assert event.description.startswith("All 11 entities are fresh; the oldest, pos/sales, is limited by branch S0330")
    assert sorted(file.name for file in environment.iterdir()) == ["freshness.csv", "freshness.html", "stock.csv"]
    assert "branch S0330" in (environment / "freshness.html").read_text()


def test_a_tick_that_finds_nothing_moved_writes_anew_and_tells_nobody(
    defs: Definitions, planted: Planted, environment: Path, systems: tuple[PartnerSystem, ...]
) -> None:
    planted.all_fresh(systems, datetime.now(UTC))
    first = tick(defs)
    assert isinstance(first, SensorResult)
    (environment / "freshness.html").unlink()

    second = tick(defs, first.cursor)
    planted.letters("pos/sales", datetime.now(UTC).date(), 1)
    third = tick(defs, first.cursor)

    assert isinstance(second, SkipReason)
    assert (environment / "freshness.html").exists()
    assert isinstance(third, SensorResult)
    assert third.cursor != first.cursor


def test_no_database_is_a_reason_to_skip_and_the_last_report_stays(
    defs: Definitions, environment: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tick(defs)
    written = (environment / "freshness.html").read_text()
    monkeypatch.setenv(DATABASE_URL, "postgresql://nobody@127.0.0.1:1/none")

    result = tick(defs)

    assert isinstance(result, SkipReason)
    assert "the database did not answer" in (result.skip_message or "")
    assert (environment / "freshness.html").read_text() == written


def test_the_asset_writes_the_same_report_by_hand(defs: Definitions, environment: Path) -> None:
    with DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=[KEY]
        )

    (event,) = result.get_asset_materialization_events()
    # Which one is worst off depends on the hour: a day that has just begun is not owed yet.
    headline = str(event.materialization.metadata["headline"].value)
    assert headline.startswith("None of 11 entities are fresh; worst off, ")
    assert (environment / "stock.csv").read_text().startswith("business_day,sku,branch,")


def test_the_asset_stands_on_every_entity_and_the_stock_comparison(
    defs: Definitions, systems: tuple[PartnerSystem, ...]
) -> None:
    spec = next(spec for spec in defs.resolve_all_asset_specs() if spec.key == KEY)

    entities = {AssetKey([entity.system, entity.name]) for system in systems for entity in system.entities}
    assert {dep.asset_key for dep in spec.deps} == {*entities, AssetKey(["reconciliation", "stock"])}
    assert (spec.group_name, spec.partitions_def, list(spec.owners)) == ("reports", None, ["team:data-engineering"])


def test_a_zone_nobody_knows_is_refused_when_it_is_declared() -> None:
    with pytest.raises(ValidationError, match="'Colombo' is no IANA time zone"):
        ReportsDeclaration(owner="x", zone="Colombo")
