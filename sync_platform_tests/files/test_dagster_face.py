"""What Dagster sees of files: the sensor takes and tells them, a run takes them and fails for a day without one."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetMaterialization,
    AssetSelection,
    DagsterInstance,
    Definitions,
    SensorResult,
    build_sensor_context,
    define_asset_job,
    materialize,
)

from sync_platform.components.dead_letters import review_and_tell
from sync_platform.components.entity_asset import entity_asset
from sync_platform.components.system_sensor import _evaluate
from sync_platform.errors import SyncError
from sync_platform_tests.files.clearing.house import DAY, GOOD, NAME, House, transfers


@pytest.fixture
def instance(house: House, monkeypatch: pytest.MonkeyPatch) -> Iterator[DagsterInstance]:
    """An instance of the test's own; loads run no rules here, because Great Expectations takes seconds to import."""
    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", house.database.url)
    monkeypatch.setenv("CLEARING_DROP", str(house.folder))
    monkeypatch.setattr("sync_platform.components.session.checker", lambda _: lambda *_: ())
    monkeypatch.setattr("sync_platform.components.session.statistics_in", lambda _: None)
    with DagsterInstance.ephemeral() as instance:
        yield instance


def tick(house: House, instance: DagsterInstance, cursor: str | None = None) -> SensorResult:
    with build_sensor_context(instance=instance, cursor=cursor) as context:
        return _evaluate(house.system, context)


def test_a_tick_takes_what_is_ready_and_tells_it_as_a_runless_materialisation(
    house: House, instance: DagsterInstance
) -> None:
    house.drops(GOOD)

    told = tick(house, instance)

    assert len(house.landed()) == 2
    (event,) = told.asset_events
    assert isinstance(event, AssetMaterialization)
    assert (event.asset_key.path, event.partition) == (["clearing", "transfers"], "2026-11-20")
    assert tick(house, instance, told.cursor).asset_events == []


def test_a_tick_is_red_for_a_refused_file_and_green_again_after_it(house: House, instance: DagsterInstance) -> None:
    house.drops(transfers(count=7))

    with pytest.raises(SyncError, match=r"'7' records, 0 came"):
        tick(house, instance)

    assert tick(house, instance).asset_events == []


def test_a_refused_file_fails_a_check_until_it_comes_again(house: House, instance: DagsterInstance) -> None:
    """Fault C1: a person is told, and for longer than a tick is red."""
    entities = (house.entity("transfers"),)
    check = AssetCheckKey(AssetKey(["clearing", "transfers"]), "refused_files")

    def told(*, days: float = 0.0) -> tuple[bool, str, str]:
        review_and_tell(house.database, instance, entities, now=house.clock.now() + timedelta(days=days))
        (record,) = instance.event_log_storage.get_asset_check_execution_history(check, limit=50)
        event = record.event.dagster_event if record.event else None
        assert event is not None
        evaluation = event.asset_check_evaluation_data
        return evaluation.passed, evaluation.severity.value, evaluation.description or ""

    assert told() == (True, "WARN", "No file is refused.")
    house.drops(transfers(count=7))
    house.takes()
    words = f"1 file is refused and did not come again: {NAME} (truncated). The report lies beside it in rejected/."
    assert told() == (False, "WARN", words)
    assert told(days=1.5) == (False, "ERROR", words)
    house.drops(GOOD)
    house.takes()
    assert told(days=1.5)[0]


def test_the_check_of_refused_files_run_by_hand_says_the_same(house: House, instance: DagsterInstance) -> None:
    house.drops(transfers(count=7))
    house.takes()
    asset = entity_asset(house.system, house.entity("transfers"))
    check = AssetCheckKey(AssetKey(["clearing", "transfers"]), "refused_files")
    alone = define_asset_job("alone", selection=AssetSelection.checks(check))

    run = Definitions(assets=[asset], jobs=[alone]).resolve_job_def("alone").execute_in_process(instance=instance)

    (evaluation,) = run.get_asset_check_evaluations()
    assert (evaluation.passed, evaluation.metadata["refused"].value) == (False, 1)


def test_a_tick_is_red_while_the_folder_is_away(house: House, instance: DagsterInstance) -> None:
    """Fault C11."""
    house.folder.rmdir()

    with pytest.raises(SyncError, match="Is it mounted"):
        tick(house, instance)


def test_a_run_takes_its_day_and_fails_for_one_of_which_no_file_ever_came(
    house: House, instance: DagsterInstance
) -> None:
    house.drops(GOOD)
    asset = entity_asset(house.system, house.entity("transfers"))

    found = materialize([asset], partition_key="2026-11-20", instance=instance)
    missing = materialize([asset], partition_key="2026-11-19", instance=instance, raise_on_error=False)

    assert found.success
    assert [event.partition for event in found.get_asset_materialization_events()] == [f"{DAY[:4]}-11-20"]
    assert not missing.success


def test_a_run_of_the_letters_check_alone_answers_and_takes_no_file(house: House, instance: DagsterInstance) -> None:
    house.drops(GOOD)
    asset = entity_asset(house.system, house.entity("transfers"))
    check = AssetCheckKey(asset.key, "dead_letters")
    alone = define_asset_job("alone", selection=AssetSelection.checks(check))

    result = Definitions(assets=[asset], jobs=[alone]).resolve_job_def("alone").execute_in_process(instance=instance)

    assert [(one.check_name, one.passed) for one in result.get_asset_check_evaluations()] == [("dead_letters", True)]
    assert house.landed() == {}
