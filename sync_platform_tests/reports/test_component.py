"""The reports' Dagster face: each is an asset and a sensor of its own, with its files as links."""

from __future__ import annotations

from datetime import UTC, datetime
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

from sync_platform.components.reports import Reports
from sync_platform.declarations.partner_system import DEFS_FOLDER, PartnerSystem, read_partner_systems
from sync_platform.declarations.reports import COMPONENT_TYPE, ReportsDeclaration, read_reports
from sync_platform.errors import DeclarationError
from sync_platform.reports.report import REPORTS
from sync_platform.settings import DATABASE_URL, STATE_DIR
from sync_platform_tests.reports.conftest import PlantedSync

OTHERS = pytest.mark.parametrize("name", ["quality", "kpis"])


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
def environment(planted: PlantedSync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The environment names the planted database and a state folder; returns where the reports go."""
    monkeypatch.setenv(DATABASE_URL, planted.database.url)
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    return tmp_path / "reports"


def tick(defs: Definitions, name: str, cursor: str | None = None) -> SensorResult | SkipReason:
    sensor = defs.resolve_sensor_def(f"reports_{name}")
    return sensor(build_sensor_context(cursor=cursor))  # type: ignore[return-value]


@OTHERS
def test_a_tick_writes_the_report_and_links_its_files(
    defs: Definitions, planted: PlantedSync, environment: Path, name: str
) -> None:
    planted.day("pos/sales", datetime.now(UTC).date(), checks_passed=3)
    planted.sync("pos/sales", datetime.now(UTC), read=5, inserted=5)

    result = tick(defs, name)

    assert isinstance(result, SensorResult)
    (event,) = result.asset_events
    assert isinstance(event, AssetMaterialization)
    assert event.asset_key == AssetKey(["reports", name])
    assert event.metadata["path"] == MetadataValue.path(str(environment / f"{name}.html"))
    assert event.metadata["url"] == MetadataValue.url((environment / f"{name}.html").as_uri())
    assert event.metadata[f"{name}.csv"] == MetadataValue.path(str(environment / f"{name}.csv"))
    assert event.description == event.metadata["headline"].value
    expected = {"quality": ("days_passed", 1), "kpis": ("records", 5)}
    figure, value = expected[name]
    assert event.metadata[figure].value == value
    assert {file.name for file in environment.iterdir()} == {f"{name}.html", f"{name}.csv"}


@OTHERS
def test_a_tick_that_finds_nothing_moved_writes_anew_and_tells_nobody(
    defs: Definitions, planted: PlantedSync, environment: Path, name: str
) -> None:
    first = tick(defs, name)
    assert isinstance(first, SensorResult)
    (environment / f"{name}.html").unlink()

    second = tick(defs, name, first.cursor)
    planted.day("pos/sales", datetime.now(UTC).date(), checks_passed=3)
    planted.sync("pos/sales", datetime.now(UTC), read=5, inserted=5)
    third = tick(defs, name, first.cursor)

    assert isinstance(second, SkipReason)
    assert (environment / f"{name}.html").exists()
    assert isinstance(third, SensorResult)
    assert third.cursor != first.cursor


@OTHERS
def test_no_database_is_a_reason_to_skip(
    defs: Definitions, environment: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(DATABASE_URL, "postgresql://nobody@127.0.0.1:1/none")

    result = tick(defs, name)

    assert isinstance(result, SkipReason)
    assert "the database did not answer" in (result.skip_message or "")


def test_the_assets_write_the_same_reports_by_hand(defs: Definitions, environment: Path) -> None:
    keys = [AssetKey(["reports", report.name]) for report in REPORTS]
    with DagsterInstance.ephemeral() as instance:
        result = defs.resolve_implicit_global_asset_job_def().execute_in_process(
            instance=instance, asset_selection=keys
        )

    told = {event.asset_key: event.materialization for event in result.get_asset_materialization_events()}
    assert set(told) == set(keys)
    assert told[AssetKey(["reports", "quality"])].metadata["headline"].value == "No day was checked yet."
    assert told[AssetKey(["reports", "kpis"])].metadata["headline"].value == "Nothing was measured yet."
    assert {file.name for file in environment.iterdir()} == {name for report in REPORTS for name in report.files}


def test_every_report_stands_on_every_entity_and_the_stock_comparison(
    defs: Definitions, systems: tuple[PartnerSystem, ...]
) -> None:
    entities = {AssetKey([entity.system, entity.name]) for system in systems for entity in system.entities}

    for report in REPORTS:
        spec = next(spec for spec in defs.resolve_all_asset_specs() if spec.key == AssetKey(["reports", report.name]))
        assert {dep.asset_key for dep in spec.deps} == {*entities, AssetKey(["reconciliation", "stock"])}
        assert (spec.group_name, spec.partitions_def, list(spec.owners)) == ("reports", None, ["team:data-engineering"])
        assert spec.metadata["dagster/table_name"] == report.view


def test_the_shipped_declaration_is_read_without_dagster() -> None:
    assert read_reports() == ReportsDeclaration(owner="Data engineering", zone="Asia/Colombo")


@pytest.mark.parametrize(
    ("attributes", "complaint"),
    [
        ("  owner: x\n  zone: Colombo\n", r"defs\.yaml:4: zone: 'Colombo' is no IANA time zone"),
        ("  owner: x\n", r"zone: Field required"),
        ("  owner: x\n  zone: UTC\n  color: red\n", r"defs\.yaml:5: color: Extra inputs are not permitted"),
    ],
)
def test_a_wrong_declaration_is_named_with_its_line(tmp_path: Path, attributes: str, complaint: str) -> None:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / "defs.yaml").write_text(f"type: {COMPONENT_TYPE}\nattributes:\n{attributes}")

    with pytest.raises(DeclarationError, match=complaint):
        read_reports(tmp_path)


def test_no_declaration_says_where_to_write_one(tmp_path: Path) -> None:
    with pytest.raises(
        DeclarationError, match=r"no reports are declared\. Write sync_platform/defs/reports/defs\.yaml"
    ):
        read_reports(tmp_path)
