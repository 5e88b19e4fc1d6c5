"""Processes of the running platform killed with SIGKILL in mid-load and started again: in the end all is there once."""

from __future__ import annotations

import os
import signal
from datetime import date
from typing import Any

import pytest

from sync_platform.operations.demo_processes import CODE_SERVER, DAEMON, WEBSERVER
from sync_platform_tests.dagster.backfill import Backfill
from sync_platform_tests.dagster.sales import SALES, assert_is_whole, true_keys, zero_quantity_keys
from sync_platform_tests.dagster.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]


def test_a_killed_run_leaves_its_day_owed_and_it_is_loaded_without_a_hand(synced: Stack) -> None:
    """Row E1. The day was never loaded whole: a change of one record makes it known, and a run is asked for it."""
    day = synced.day(30)
    assert synced.state(SALES, day) is None
    key = min(true_keys(synced, day) - zero_quantity_keys(synced, day))
    synced.sandbox.touch("pos", "sales", key=key)
    observed = synced.wait(
        "an observation of the day that only a change touched",
        lambda: synced.web.facts(SALES, [day], what="observations"),
        seconds=90,
    )
    assert {event["run_id"] for event in observed} == {None}

    def at_work() -> dict[str, Any] | None:
        leases = synced.rows(
            "select holder from sync.lease where system = 'pos' and entity = 'sales' and scope = %s"
            " and expires_at > now() and holder like 'run %%'",
            str(day),
        )
        run = started_run_for(synced, day)
        return run if leases and run else None

    killed = synced.wait(f"a run at work on {day}", at_work, seconds=120)
    os.kill(worker_pid(synced, killed["runId"]), signal.SIGKILL)

    def whole() -> bool:
        state = synced.state(SALES, day)
        return state is not None and state["state"] == "complete"

    assert not whole(), "the run was through before it was killed: this proves nothing"
    assert synced.finished(killed["runId"], seconds=180)["status"] == "FAILURE"
    synced.wait(f"{day} complete without a hand", whole, seconds=240)
    assert_is_whole(synced, day)
    loads = [load for load in synced.loads(SALES, day) if load["way"] == "whole_day" and load["outcome"] == "published"]
    assert len(loads) == 1
    assert loads[0]["run_id"] != killed["runId"]
    synced.wait(f"{day} materialised", lambda: day in synced.web.materialised(SALES), seconds=60)


def started_run_for(stack: Stack, day: date) -> dict[str, Any] | None:
    """The newest run asked for by the POS sensor whose days hold this one."""
    for run in stack.web.runs(dagster__sensor_name="pos_sync", limit=20):
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        first, last = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
        if first and last and first <= str(day) <= last and run["status"] in ("STARTED", "STARTING"):
            return run
    return None


def worker_pid(stack: Stack, run_id: str) -> int:
    """The process of a run, as the code server logged it."""
    for event in stack.web.events(run_id):
        if event["__typename"] == "EngineEvent" and "Started process for run" in event["message"]:
            return int(event["message"].partition("pid: ")[2].partition(")")[0])
    raise AssertionError(f"no process was started for run {run_id}")


def test_a_killed_code_server_takes_no_run_along_and_what_it_was_at_goes_on(synced: Stack) -> None:
    """Row E3. A new code server does not know the run: it cannot be stopped, which whoever tries is told."""
    backfill = Backfill.launch(synced, "shop/orders", synced.days(31, 40))
    with backfill.slow():
        run_id = backfill.at_work()
        code_server = synced.processes.kill(CODE_SERVER)
        before = len(backfill.published())
        synced.wait("two days more", lambda: len(backfill.published(run_id=run_id)) >= before + 2, seconds=60)
        synced.processes.restart(code_server)
        assert backfill.is_under_way(), "the run was through before the code server was back: this proves less"
        refused = synced.web.terminate(run_id)
        assert (refused["__typename"], refused["message"]) == (
            "TerminateRunFailure",
            f"Unable to terminate run {run_id}",
        )

    assert backfill.ended(seconds=120)["status"] == "COMPLETED_SUCCESS"
    assert synced.web.run(run_id)["status"] == "SUCCESS"
    assert {load["run_id"] for load in backfill.published()} == {run_id}
    backfill.assert_whole()


def test_a_run_killed_together_with_its_code_server_is_ended_and_its_days_are_loaded_once(synced: Stack) -> None:
    """Rows E4, E12. Nobody is left who would tell Dagster: the run stays started until the sensor finds it dead."""
    backfill = Backfill.launch(synced, SALES, synced.days(31, 40))
    with backfill.slow():
        run_id = backfill.at_work()
        worker = worker_pid(synced, run_id)
        code_server = synced.processes.kill(CODE_SERVER)
        os.kill(worker, signal.SIGKILL)
    assert backfill.is_under_way(), "the run was through before it was killed: this proves nothing"
    assert synced.web.run(run_id)["status"] == "STARTED"
    synced.processes.restart(code_server)

    assert synced.finished(run_id, seconds=90)["status"] == "FAILURE"
    state = backfill.ended(seconds=240)
    assert state["status"] == "COMPLETED_SUCCESS", state
    backfill.assert_whole()


def test_a_daemon_killed_in_a_tick_that_asks_for_a_run_loses_no_change_and_doubles_no_run(synced: Stack) -> None:
    """Row E5. Beside it a backfill that needs no daemon until its end."""
    day, key = an_unknown_day(synced)
    backfill = Backfill.launch(synced, "payments/payments", synced.days(31, 40))
    with backfill.slow(seconds=2):
        run_id = backfill.at_work()
        # Slow enough that the tick is still at work when it has asked.
        with synced.fault(system="pos", kind="delay", seconds=1):
            synced.sandbox.touch("pos", "sales", key=key)
            synced.wait(f"a run asked for {day}", lambda: asked_for(synced, day), seconds=90)
            daemon = synced.processes.kill(DAEMON)
        assert synced.web.sensor("pos_sync")["ticks"][0]["status"] == "STARTED", "no tick was killed"
        before = len(backfill.published())
        synced.wait("another day", lambda: len(backfill.published(run_id=run_id)) > before, seconds=60)
    settled = synced.day(9)
    synced.sandbox.touch("pos", "sales", key=min(true_keys(synced, settled) - zero_quantity_keys(synced, settled)))
    loads = len(synced.loads(SALES, settled))
    synced.processes.restart(daemon)

    synced.wait("the change of meanwhile", lambda: len(synced.loads(SALES, settled)) > loads, seconds=90)
    assert backfill.ended(seconds=120)["status"] == "COMPLETED_SUCCESS"
    assert {load["run_id"] for load in backfill.published()} == {run_id}
    backfill.assert_whole()

    def whole() -> bool:
        state = synced.state(SALES, day)
        return state is not None and state["state"] == "complete"

    synced.wait(f"{day} complete without a hand", whole, seconds=180)
    assert_is_whole(synced, day)
    assert len([load for load in synced.loads(SALES, day) if load["way"] == "whole_day"]) == 1
    # A run that Dagster tries again carries the key of the one that was killed; it was asked for once.
    asked = [{tag["key"]: tag["value"] for tag in run["tags"]} for run in synced.web.runs()]
    keys = [
        tags["dagster/run_key"] for tags in asked if "dagster/run_key" in tags and "dagster/parent_run_id" not in tags
    ]
    assert len(keys) == len(set(keys)), "one run key, two runs"


def an_unknown_day(stack: Stack) -> tuple[date, str]:
    """A day of sales of which nothing was ever heard, and a line of it."""
    day = stack.day(42)
    assert stack.state(SALES, day) is None
    return day, min(true_keys(stack, day) - zero_quantity_keys(stack, day))


def asked_for(stack: Stack, day: date) -> list[dict[str, Any]]:
    """The requests for runs of the POS that hold this day."""
    return stack.rows("select * from sync.run_request where system = 'pos' and %s between first_day and last_day", day)


def test_loads_go_on_without_the_webserver_and_it_shows_them_when_it_is_back(synced: Stack) -> None:
    """Row E6."""
    backfill = Backfill.launch(synced, "ledger/entries", synced.days(31, 40))
    watermark = synced.watermark(SALES)
    with backfill.slow():
        run_id = backfill.at_work()
        webserver = synced.processes.kill(WEBSERVER)
        before = len(backfill.published())
        synced.wait("two days more", lambda: len(backfill.published(run_id=run_id)) >= before + 2, seconds=60)
        synced.wait("changes taken in", lambda: synced.watermark(SALES) > watermark, seconds=60)
        synced.processes.restart(webserver)

    assert backfill.ended(seconds=120)["status"] == "COMPLETED_SUCCESS"
    assert {load["run_id"] for load in backfill.published()} == {run_id}
    backfill.assert_whole()
