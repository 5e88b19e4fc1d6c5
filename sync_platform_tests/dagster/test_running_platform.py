"""The platform through Dagster's own webserver and daemon: runs, backfills and checks, and their faults."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sync_platform_tests.dagster.canary import found_in_database, found_in_files, personal_values
from sync_platform_tests.dagster.sales import (
    SALES,
    SALES_PATH,
    assert_is_whole,
    row_places,
    sales_keys,
    true_keys,
)
from sync_platform_tests.dagster.stack import HISTORY_DAYS, SECRETS, Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]

COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "dead_lettered", "tombstoned", "revived", "moved")


def test_each_day_of_a_run_over_many_days_has_its_own_facts(synced: Stack) -> None:
    for entity in synced.events:
        days = synced.days(2, HISTORY_DAYS)
        facts = synced.web.facts(entity.address, days)
        newest = {fact["day"]: fact for fact in reversed(facts)}
        assert set(newest) == set(days), entity.address
        for day, fact in newest.items():
            (load,) = [load for load in synced.loads(entity.address, day) if str(load["load_id"]) == fact["load_id"]]
            assert {name: fact[name] for name in COUNTS} == {name: load[name] for name in COUNTS}
            landed = synced.state(entity.address, day)
            assert landed is not None
            assert fact["dagster/partition_row_count"] == landed["rows"]
        assert len({fact["load_id"] for fact in newest.values()}) == len(days)
    read = {fact["read"] for fact in synced.web.facts(SALES, synced.days(2, HISTORY_DAYS))}
    assert len(read) > HISTORY_DAYS / 2, "the generated days differ, so their counts must"


def test_a_run_of_one_day_brings_that_day_and_says_what_it_did(synced: Stack) -> None:
    day = synced.day(20)

    run = synced.succeeded(synced.web.launch(SALES, [day]))

    (load,) = [load for load in synced.loads(SALES, day) if load["run_id"] == run["runId"]]
    (fact,) = [fact for fact in synced.web.facts(SALES, [day]) if fact["run_id"] == run["runId"]]
    assert {name: fact[name] for name in COUNTS} == {name: load[name] for name in COUNTS}
    assert fact["load_id"] == str(load["load_id"])
    assert fact["dagster/partition_row_count"] == len(sales_keys(synced, day))
    assert fact["inserted"] == len(sales_keys(synced, day))
    assert fact["read"] >= len(true_keys(synced, day))
    assert_is_whole(synced, day)
    (evaluation,) = [one for one in synced.web.evaluations(SALES, "rules") if one["runId"] == run["runId"]]
    assert evaluation["partition"] == str(day)


def test_a_backfill_of_14_days_is_one_run_with_each_days_own_facts_and_moves_no_watermark_back(synced: Stack) -> None:
    days = synced.days(1, HISTORY_DAYS)
    settled = synced.days(3, 9)
    places = row_places(synced, settled)
    watermark = synced.watermark(SALES)

    backfill = synced.web.backfill(SALES, days)

    def done() -> dict[str, Any] | None:
        state = synced.web.backfill_state(backfill)
        return state if state["status"].startswith("COMPLETED") or state["status"] == "FAILED" else None

    state = synced.wait("the end of the backfill", done, seconds=240)
    assert (state["status"], state["numPartitions"]) == ("COMPLETED_SUCCESS", HISTORY_DAYS)
    (run,) = state["runs"]
    facts = [fact for fact in synced.web.facts(SALES, days) if fact["run_id"] == run["runId"]]
    loads = {day: [load for load in synced.loads(SALES, day) if load["run_id"] == run["runId"]] for day in days}
    assert sorted(fact["day"] for fact in facts) == sorted(days)
    assert len({fact["read"] for fact in facts}) > HISTORY_DAYS / 2
    for fact in facts:
        (load,) = loads[fact["day"]]
        assert {name: fact[name] for name in COUNTS} == {name: load[name] for name in COUNTS}
    for check in ("rules", "as_of"):
        evaluated = [one for one in synced.web.evaluations(SALES, check) if one["runId"] == run["runId"]]
        assert sorted(one["partition"] for one in evaluated) == sorted(map(str, days))
    assert synced.watermark(SALES) >= watermark
    assert row_places(synced, settled) == places, "a second read of settled days rewrote rows"
    for day in settled:
        (load,) = loads[day]
        assert load["unchanged"] + load["dead_lettered"] == load["read"] > 0


def test_a_refused_run_fails_with_its_reason_and_leaks_neither_secret_nor_personal_data(synced: Stack) -> None:
    day = synced.day(4)
    before = synced.state(SALES, day)
    body = {"error": {"code": "E101", "message": f"token {SECRETS['POS_TOKEN']} of nimali.perera.7@example.com"}}
    with synced.fault(system="pos", kind="status", path=SALES_PATH, status=401, body=body):
        run = synced.finished(synced.web.launch(SALES, [day]))
        tick = synced.wait("a failed tick of the sensor", lambda: failed_tick(synced, "pos_sync"), seconds=60)

    assert "401 from GET" in str(tick["error"])
    assert run["status"] == "FAILURE"
    (load,) = [load for load in synced.loads(SALES, day) if load["run_id"] == run["runId"]]
    assert (load["outcome"], load["error_kind"]) == ("refused", "refused")
    reasons = synced.reasons(run["runId"])
    assert "401" in reasons
    assert "POS_TOKEN" in reasons, "the reason names the variable to renew"
    after = synced.state(SALES, day)
    assert before is not None
    assert after is not None
    assert (after["state"], after["rows"], after["as_of"]) == ("complete", before["rows"], before["as_of"])
    assert_is_whole(synced, day)
    canaries = [*SECRETS.values(), "nimali.perera.7@example.com", *personal_values(synced.database)]
    assert len(canaries) > 20, "no personal values to look for"
    assert found_in_database(synced.dagster_database, canaries) == []
    assert found_in_database(synced.database, canaries) == []
    assert found_in_files(synced.state_dir / "logs", canaries) == []
    assert found_in_files(synced.state_dir / "dagster", canaries) == []
    said = str(synced.web.events(run["runId"]))
    assert [canary for canary in canaries if canary in said] == []


def failed_tick(stack: Stack, sensor: str) -> dict[str, Any] | None:
    """The newest tick of a sensor if it failed."""
    newest = stack.web.sensor(sensor)["ticks"][:1]
    return newest[0] if newest and newest[0]["status"] == "FAILURE" else None


def test_one_bad_day_of_a_run_is_held_back_and_the_others_are_published(synced: Stack) -> None:
    """Half of one day's records break the contract, past the declared limit."""
    bad, *good = days = synced.days(5, 7)
    before = synced.state(SALES, bad)
    fault = {"kind": "bad_record", "path": SALES_PATH, "field": "quantity", "value": "seven", "count": 100}
    with synced.paused("pos_sync"), synced.fault(system="pos", query={"businessDate": str(bad)}, **fault):
        run = synced.finished(synced.web.launch(SALES, days))
        assert run["status"] == "FAILURE"
        reasons = synced.reasons(run["runId"])
        assert str(bad) in reasons
        assert "break the contract" in reasons
        after = synced.state(SALES, bad)
        assert before is not None
        assert after is not None
        assert (after["state"], after["rows"], after["as_of"]) == ("held", before["rows"], before["as_of"])
        assert sales_keys(synced, bad) == true_keys(synced, bad) - zero_lines(synced, bad)
        for day in good:
            (load,) = [load for load in synced.loads(SALES, day) if load["run_id"] == run["runId"]]
            assert load["outcome"] == "published"
        told = {fact["day"] for fact in synced.web.facts(SALES, days) if fact["run_id"] == run["runId"]}
        assert told == set(good)
    synced.succeeded(synced.web.launch(SALES, [bad]))
    mended = synced.state(SALES, bad)
    assert mended is not None
    assert mended["state"] == "complete"


def zero_lines(stack: Stack, day: date) -> set[str]:
    """The lines without a quantity, by what the POS shows of them."""
    return true_keys(stack, day) - {
        row["line_id"] for row in stack.rows("select line_id from landing.pos__sales where _business_day = %s", day)
    }


def test_a_past_day_of_stock_is_not_obtainable_and_no_backfill_fills_it(synced: Stack) -> None:
    days = synced.days(1, 3)
    backfill = synced.web.backfill("pos/stock_levels", days)

    def done() -> dict[str, Any] | None:
        state = synced.web.backfill_state(backfill)
        return state if state["status"] not in ("REQUESTED", "CANCELING") else None

    state = synced.wait("the end of the backfill", done, seconds=180)

    assert [run["status"] for run in state["runs"]] == ["SUCCESS"], state
    assert not synced.web.materialised("pos/stock_levels") & set(days)
    for day in days:
        landed = synced.state("pos/stock_levels", day)
        assert landed is not None
        assert (landed["state"], landed["rows"]) == ("not_obtainable", 0)
        assert synced.loads("pos/stock_levels", day)[-1]["outcome"] == "not_obtainable"


def test_two_launches_of_one_day_at_once_both_end_and_one_waited_for_the_other(synced: Stack) -> None:
    """Row E8: one writer per entity and day; the slow partner makes sure that they meet."""
    day = synced.day(21)
    with synced.fault(system="pos", kind="delay", path=SALES_PATH, seconds=3):
        launched = [synced.web.launch(SALES, [day]) for _ in range(2)]
        runs = [synced.finished(run, seconds=240) for run in launched]

    loads = sorted(
        (load for load in synced.loads(SALES, day) if load["run_id"] in launched), key=lambda one: one["loaded_at"]
    )
    first = loads[0]
    assert first["inserted"] == len(sales_keys(synced, day))
    assert_is_whole(synced, day)
    refused = [run for run in runs if run["status"] != "SUCCESS"]
    if refused:
        # On a machine so busy that the first took longer than a writer waits.
        assert len(refused) == len(loads) == 1
        assert f"run {first['run_id'][:8]}" in synced.reasons(refused[0]["runId"])
        return
    assert {load["run_id"] for load in loads} == set(launched)
    second = loads[1]
    assert second["inserted"] == second["updated"] == 0
    assert second["unchanged"] + second["dead_lettered"] == second["read"] == first["read"]
    assert second["fencing_token"] > first["fencing_token"]
    came = second["loaded_at"] - timedelta(seconds=second["seconds"])
    assert came < first["loaded_at"] <= second["started_at"], "they did not meet: this proves nothing"


def test_checks_alone_can_be_run_for_one_day_and_load_nothing(synced: Stack) -> None:
    day = synced.day(2)
    loads, told = synced.loads(SALES, day), len(synced.web.facts(SALES, [day]))

    run = synced.succeeded(synced.web.launch(SALES, [day], checks=["rules", "as_of"]))

    for check in ("rules", "as_of"):
        evaluated = [one for one in synced.web.evaluations(SALES, check) if one["runId"] == run["runId"]]
        assert [one["partition"] for one in evaluated] == [str(day)], check
    assert synced.loads(SALES, day) == loads
    assert len(synced.web.facts(SALES, [day])) == told
