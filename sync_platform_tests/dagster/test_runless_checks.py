"""Evaluations that no run made are told as often as a day's rules run, on Dagster's own PostgreSQL storage."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from dagster import AssetCheckEvaluation, AssetCheckKey, AssetKey, DagsterEventType, DagsterInstance, EventRecordsFilter

from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.landing.database import Database
from sync_platform.operations.dagster_home import make_dagster_home
from sync_platform.settings import DAGSTER_DATABASE_URL, sqlalchemy_url

SALES = AssetKey(["till", "sales"])
RULES = AssetCheckKey(SALES, "rules")


@pytest.fixture
def instance(empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance as `dagster.yaml` declares it, with nothing in it."""
    monkeypatch.setenv(DAGSTER_DATABASE_URL, sqlalchemy_url(empty_database.url, driver="psycopg2"))
    with DagsterInstance.from_config(str(make_dagster_home(tmp_path, code_server_port=1).folder)) as made:
        yield made


def evaluation(day: str | None, *, passed: bool, name: str = "rules") -> AssetCheckEvaluation:
    return AssetCheckEvaluation(asset_key=SALES, check_name=name, partition=day, passed=passed)


def verdicts(instance: DagsterInstance) -> list[tuple[str | None, bool]]:
    """What the check's page lists, newest first."""
    records = instance.event_log_storage.get_asset_check_execution_history(RULES, limit=50)
    return [(record.partition, record.status.value == "SUCCEEDED") for record in records]


def test_a_day_that_is_checked_again_shows_its_newest_verdict(instance: DagsterInstance) -> None:
    tell_evaluations(instance, [evaluation("2026-11-20", passed=True), evaluation("2026-11-21", passed=True)])
    tell_evaluations(instance, [evaluation("2026-11-20", passed=False)])
    tell_evaluations(instance, [evaluation("2026-11-20", passed=True), evaluation("2026-11-20", passed=False)])
    assert verdicts(instance) == [("2026-11-20", False), ("2026-11-21", True)]


def test_no_event_is_lost_and_other_checks_and_unpartitioned_ones_stay(instance: DagsterInstance) -> None:
    tell_evaluations(instance, [evaluation(None, passed=True), evaluation("2026-11-20", passed=True, name="as_of")])
    for passed in (True, False):
        tell_evaluations(instance, [evaluation("2026-11-20", passed=passed)])
    other = instance.event_log_storage.get_asset_check_execution_history(AssetCheckKey(SALES, "as_of"), limit=5)
    assert [record.partition for record in other] == ["2026-11-20"]
    assert verdicts(instance) == [("2026-11-20", False), (None, True)]
    events = instance.event_log_storage.get_event_records(
        EventRecordsFilter(event_type=DagsterEventType.ASSET_CHECK_EVALUATION)
    )
    assert len(events) == 4
