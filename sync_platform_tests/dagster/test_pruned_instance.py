"""After a prune of Dagster's storage every day still looks as it did, and nothing under way is touched (fault D12)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dagster import AssetCheckEvaluation, DagsterInstance
from dagster._core.test_utils import create_run_for_test

from sync_platform.landing.database import Database
from sync_platform.operations.dagster_home import make_dagster_home
from sync_platform.operations.dagster_storage import has_dagster_tables, unfinished_runs
from sync_platform.settings import DAGSTER_DATABASE_URL, sqlalchemy_url
from sync_platform_tests.dagster.pruned_instance import (
    BROKEN,
    KEY,
    MONDAY,
    TUESDAY,
    WEDNESDAY,
    History,
    runless,
)


@pytest.fixture
def history(empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    """An instance as `dagster.yaml` declares it, with nothing in it."""
    monkeypatch.setenv(DAGSTER_DATABASE_URL, sqlalchemy_url(empty_database.url, driver="psycopg2"))
    home = make_dagster_home(tmp_path, code_server_port=1)
    with DagsterInstance.from_config(str(home.folder)) as instance:
        yield History(instance, empty_database)


def some_weeks(history: History) -> dict[str, str]:
    """Two runs of Monday and two of the report, a failed Thursday, ticks that told of other days; run ids by name."""
    runs = {"first": history.runs(MONDAY), "report": history.runs()}
    history.told(*runless(TUESDAY, 1), *runless(TUESDAY, 2), *runless(WEDNESDAY, 1))
    runs |= {"second": history.runs(MONDAY), "last report": history.runs(), "failed": history.runs(BROKEN)}
    history.told(*runless(TUESDAY, 3))
    return runs


def test_every_day_stays_materialised_with_its_newest_facts(history: History) -> None:
    some_weeks(history)
    before = history.seen()
    assert before["days"] == {MONDAY, TUESDAY, WEDNESDAY}
    history.ages(60)

    pruned = history.prune()

    assert history.seen() == before
    told = "dagster_event_type = 'ASSET_MATERIALIZATION'"
    assert pruned["event_logs"].gone > 50
    assert history.count("event_logs", f"{told} and partition = '{TUESDAY}'") == 1
    assert history.count("event_logs", told) == 4
    # And so without what Dagster had worked out before.
    history.instance.wipe_asset_cached_status([KEY])
    assert history.seen() == before


def test_a_run_goes_with_its_events_unless_the_newest_facts_of_a_day_name_it(history: History) -> None:
    runs = some_weeks(history)
    history.ages(60)

    history.prune()

    left = {run.run_id for run in history.instance.get_runs()}
    assert left == {runs["second"], runs["last report"], runs["failed"]}
    # Of a failed day the failure is the newest there is: its page must not look as if nobody had ever tried.
    assert history.count("event_logs", "asset_key is null") == 0
    assert history.count("run_tags", f"run_id = '{runs['first']}'") == 0


def test_nothing_younger_than_declared_goes(history: History) -> None:
    some_weeks(history)
    history.ages(13)
    before = {table: history.count(table) for table in ("event_logs", "runs", "asset_check_executions")}

    history.prune()

    assert {table: history.count(table) for table in before} == before


def test_superseded_events_go_before_the_steps_of_their_runs(history: History) -> None:
    runs = some_weeks(history)
    history.ages(20)

    history.prune()

    assert {run.run_id for run in history.instance.get_runs()} == set(runs.values())
    of_the_first = f"run_id = '{runs['first']}'"
    assert history.count("event_logs", f"{of_the_first} and asset_key is not null") == 0
    assert history.count("event_logs", f"{of_the_first} and asset_key is null") > 5


@pytest.mark.parametrize("status", ["STARTED", "QUEUED", "CANCELING"])
def test_a_run_that_has_not_ended_keeps_everything_however_old(history: History, status: str) -> None:
    run_id = history.runs(MONDAY)
    history.runs(MONDAY)
    under_way = create_run_for_test(history.instance, job_name="till").run_id
    history.instance.report_engine_event("asked", history.instance.get_run_by_id(under_way))
    history.ages(900)
    with history.database.connect() as connection:
        connection.execute("update runs set status = %s where run_id = any (%s)", [status, [run_id, under_way]])
    events = {run: history.count("event_logs", f"run_id = '{run}'") for run in (run_id, under_way)}
    checks = history.count("asset_check_executions", f"run_id = '{run_id}'")

    history.prune()

    assert {run: history.count("event_logs", f"run_id = '{run}'") for run in events} == events
    assert history.count("asset_check_executions", f"run_id = '{run_id}'") == checks > 0
    assert history.count("runs", f"run_id in ('{run_id}', '{under_way}')") == 2
    with history.database.connect() as connection:
        assert unfinished_runs(connection, {"runs": datetime.now(UTC)}) == {run_id, under_way}


def test_the_newest_result_of_a_check_stays_for_each_day_with_the_run_it_names(history: History) -> None:
    for day in (MONDAY, TUESDAY):
        history.told(AssetCheckEvaluation(asset_key=KEY, check_name="rules", passed=True, partition=day))
    named = history.runs(WEDNESDAY)
    with history.database.connect() as connection:
        connection.execute("update asset_check_executions set run_id = %s where partition = %s", [named, MONDAY])
        connection.execute("delete from event_logs where asset_key is not null")
    history.ages(60)

    history.prune()

    for day in (MONDAY, TUESDAY):
        assert history.count("asset_check_executions", f"partition = '{day}'") == 1, day
    assert history.count("runs", f"run_id = '{named}'") == 1


def test_tags_of_events_go_with_them_and_those_of_the_newest_stay(history: History) -> None:
    runs = some_weeks(history)
    history.ages(60)
    before = history.count("asset_event_tags")

    history.prune()

    orphans = "not exists (select from event_logs e where e.id = event_id)"
    assert history.count("asset_event_tags", orphans) == 0
    of_monday = f"run_id = '{runs['second']}' and partition is not null"
    newest = f"event_id = (select max(id) from event_logs where {of_monday})"  # noqa: S608 - ours
    assert 0 < history.count("asset_event_tags", newest) <= history.count("asset_event_tags") < before


def test_a_dry_run_of_dagsters_storage_counts_what_the_real_one_deletes(history: History) -> None:
    some_weeks(history)
    history.ages(60)

    dry = history.prune(dry_run=True)
    assert history.count("event_logs") == dry["event_logs"].rows
    real = history.prune()

    assert {name: (one.gone, one.bytes) for name, one in dry.items()} == {
        name: (one.gone, one.bytes) for name, one in real.items()
    }
    assert all(one.gone for one in real.values())
    assert not any(one.gone for one in history.prune().values())


def test_a_database_that_dagster_was_never_started_on_is_told_apart(empty_database: Database) -> None:
    with empty_database.connect() as connection:
        assert not has_dagster_tables(connection)
