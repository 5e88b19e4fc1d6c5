"""Retention's Dagster face: a run prunes what the command does, and its materialisation says what went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from dagster import AssetKey, AssetMaterialization, DagsterInstance, Definitions, TableMetadataValue, materialize
from dagster.components.core.component_tree import ComponentTree
from pydantic import ValidationError

from sync_platform.components.retention import Retention
from sync_platform.declarations.partner_system import DEFS_FOLDER
from sync_platform.declarations.retention import RetentionDeclaration, read_retention
from sync_platform.landing.database import Database
from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, STATE_DIR
from sync_platform_tests.landing.planted import Planted

KEY = AssetKey(["platform", "retention"])


@pytest.fixture
def defs() -> Definitions:
    """The component's definitions, as its folder declares them."""
    tree = ComponentTree.for_project(DEFS_FOLDER.parent.parent)
    return Retention(read_retention()).build_defs(tree.load_context.for_path(DEFS_FOLDER / "retention"))


@pytest.fixture
def platform(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """The environment names this database, one of Dagster that is empty, and a state folder."""
    monkeypatch.setenv(DATABASE_URL, database.url)
    monkeypatch.setenv(DAGSTER_DATABASE_URL, database.url)
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    return database


def run(defs: Definitions) -> tuple[bool, list[AssetMaterialization]]:
    with DagsterInstance.ephemeral() as instance:
        result = materialize([*(defs.assets or ())], instance=instance, raise_on_error=False)  # type: ignore[list-item]
        return result.success, [event.materialization for event in result.get_asset_materialization_events()]


def test_a_run_prunes_and_tells_what_went(defs: Definitions, platform: Database) -> None:
    with platform.connect() as connection:
        planted = Planted(connection)
        planted.exchange(0, requested_at=datetime.now(UTC) - timedelta(days=3))
        kept = planted.exchange(0, requested_at=datetime.now(UTC) - timedelta(days=1))

        success, told = run(defs)

        assert success
        assert planted.left("exchange", "exchange_id") == [kept]
    (materialization,) = told
    assert materialization.asset_key == KEY
    assert materialization.metadata["gone"].value == 1
    tables = materialization.metadata["tables"]
    assert isinstance(tables, TableMetadataValue)
    records = {record.data["what"]: record.data for record in tables.records}
    assert records["sync.exchange (uneventful)"]["gone"] == 1
    assert records["sync.change"]["gone"] == 0


def test_a_database_that_is_away_fails_the_run_which_the_next_night_makes_good(
    defs: Definitions, platform: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(DATABASE_URL, f"postgresql:///sync?host={tmp_path}")

    assert run(defs) == (False, [])


def test_a_retention_without_units_is_refused_when_it_is_loaded() -> None:
    with pytest.raises(ValidationError, match="write a number and its unit"):
        RetentionDeclaration.model_validate({"owner": "Data engineering", "changes": 90})
