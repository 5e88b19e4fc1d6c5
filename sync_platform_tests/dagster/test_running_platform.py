"""The platform through Dagster's own webserver and daemon: sensors, runs, backfills and checks, and their faults."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sync_platform_tests.dagster.browser import choose_days, colours, open_page
from sync_platform_tests.dagster.canary import found_in_database, found_in_files, personal_values
from sync_platform_tests.dagster.stack import HISTORY_DAYS, SECRETS, Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]

SALES = "pos/sales"
SALES_PATH = "/api/v1/sales"
COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "dead_lettered", "tombstoned", "revived", "moved")
# 7 s of it is the safety lag that the POS declares, 5 s its poll; the daemon's own loop is 5 s more.
SEEN_WITHIN_SECONDS = 15
# A blank page has one colour and some 10 kB, Dagster's frame without an asset less than half of these.
LEAST_COLOURS, LEAST_PICTURE_BYTES = 100, 40_000


def sales_keys(stack: Stack, day: date) -> set[str]:
    """The sales lines served of a day."""
    rows = stack.rows("select line_id from landing.pos__sales where _business_day = %s and _deleted_at is null", day)
    return {row["line_id"] for row in rows}


def zero_quantity_keys(stack: Stack, day: date) -> set[str]:
    """The lines of a day that became dead letters: those without a quantity, the data's own defect."""
    rows = stack.rows(
        "select record_key from sync.dead_letter"
        " where system = 'pos' and entity = 'sales' and business_day = %s and field = 'quantity'",
        day,
    )
    return {json.loads(row["record_key"])[0] for row in rows}


def true_keys(stack: Stack, day: date) -> set[str]:
    """What the POS has of a day, whatever was read of it."""
    return set(stack.sandbox.truth.keys(system="pos", entity="sales", day=str(day)))


def assert_is_whole(stack: Stack, day: date) -> None:
    """The day's lines are the partner's own: each is served or a dead letter."""
    assert true_keys(stack, day), f"the sandbox has no sales on {day}"
    served, rejected = sales_keys(stack, day), zero_quantity_keys(stack, day)
    assert served | rejected == true_keys(stack, day)
    assert not served & rejected


def row_places(stack: Stack, days: tuple[date, ...]) -> list[tuple[Any, ...]]:
    """Where PostgreSQL keeps each sales line and which transaction wrote it: a rewritten row has another place."""
    rows = stack.rows(
        "select line_id, ctid::text, xmin::text, _last_changed_at from landing.pos__sales"
        " where _business_day = any (%s) order by line_id",
        list(days),
    )
    return [tuple(row.values()) for row in rows]


def started_run_for(stack: Stack, day: date) -> dict[str, Any] | None:
    """The newest run asked for by the POS sensor whose days hold this one."""
    for run in stack.web.runs(dagster__sensor_name="pos_sync", limit=20):
        tags = {tag["key"]: tag["value"] for tag in run["tags"]}
        first, last = tags.get("dagster/asset_partition_range_start"), tags.get("dagster/asset_partition_range_end")
        if first and last and first <= str(day) <= last and run["status"] in ("STARTED", "STARTING"):
            return run
    return None


def test_sensors_bring_in_today_first_and_then_the_history_without_a_click(synced: Stack) -> None:
    for system in synced.systems:
        runs = synced.web.runs(dagster__sensor_name=f"{system.name}_sync")
        purposes = {
            tag["value"]: run for run in reversed(runs) for tag in run["tags"] if tag["key"] == "sync_platform/purpose"
        }
        assert purposes["today"]["startTime"] <= purposes["history"]["startTime"], system.name
    for entity in synced.events:
        days = {
            row["business_day"]
            for row in synced.rows(
                "select business_day from sync.entity_day where state = 'complete' and system = %s and entity = %s",
                entity.system,
                entity.name,
            )
        }
        assert len(days) >= HISTORY_DAYS + 1
        assert synced.web.materialised(entity.address) >= days, entity.address


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


@pytest.mark.browser
def test_pictures_of_graph_asset_and_report_show_what_they_should(
    synced: Stack, browser: Browser, pictures: Path
) -> None:
    addresses = [entity.address for entity in synced.entities] + ["reconciliation/stock", "reports/freshness"]
    with open_page(browser, f"{synced.web.url}/asset-groups", width=2400, height=920) as page:
        page.get_by_text("reconciliation").last.wait_for()
        page.locator("button:has([aria-label='panel_show_right'])").last.click()
        page.get_by_role("button", name="Hide navigation").click()
        page.keyboard.press("Alt+e")
        for address in addresses:
            page.get_by_text(address.split("/")[1], exact=True).last.wait_for()
        # The assets' states are asked for after their boxes are drawn.
        expect(page.get_by_text("Loading")).to_have_count(0, timeout=60_000)
        assert page.get_by_text("Latest event").count() == len(addresses)
        take(page, pictures / "asset-graph.png")
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        for words in ("Latest materialization", "Latest check results", "line_id", "landing.pos__sales"):
            page.get_by_text(words).first.wait_for()
        take(page, pictures / "asset-page.png")
    with open_page(browser, f"{synced.web.url}/assets/pos/sales?view=checks") as page:
        for words in ("rules", "as_of"):
            page.get_by_text(words, exact=True).first.wait_for()
        take(page, pictures / "asset-checks.png")
    report = synced.state_dir / "reports" / "freshness.html"
    synced.wait("the freshness report", report.exists, seconds=120)
    with open_page(browser, report.as_uri()) as page:
        shown = page.inner_text("body")
        for entity in synced.entities:
            assert entity.name in shown
        take(page, pictures / "freshness-report.png")


def take(page: Page, picture: Path) -> None:
    """A picture of the page that shows something."""
    page.screenshot(path=picture)
    page.goto("about:blank")
    assert colours(page, picture) > LEAST_COLOURS, f"{picture.name} is blank"
    assert picture.stat().st_size > LEAST_PICTURE_BYTES


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


def test_a_changed_record_lands_through_the_sensor_and_is_told_as_a_runless_materialisation(synced: Stack) -> None:
    day = synced.day(1)
    key = min(sales_keys(synced, day))
    watermark = synced.watermark(SALES)
    checked_at = rules_ran_at(synced, day)
    runs_before = {run["runId"] for run in synced.web.runs()}
    touched = synced.sandbox.touch("pos", "sales", key=key)
    touched_at = time.time()

    def landed() -> bool:
        (row,) = synced.rows("select modified_at from landing.pos__sales where line_id = %s", key)
        return round(row["modified_at"].timestamp() * 1000) == touched.changed_at_ms

    synced.wait(f"sales line {key} as touched", landed, seconds=60)
    seconds = time.time() - touched_at
    load = synced.loads(SALES, day)[-1]

    def told() -> dict[str, Any] | None:
        facts = synced.web.facts(SALES, [day])
        return next((fact for fact in facts if fact["load_id"] == str(load["load_id"])), None)

    synced.wait("the day's rules run again", lambda: rules_ran_at(synced, day) > checked_at, seconds=120)
    fact = synced.wait(f"the runless event of {load['load_id']}", told, seconds=60)
    assert fact["run_id"] is None
    assert (fact["way"], fact["updated"], load["way"]) == ("delta", 1, "delta")
    assert synced.watermark(SALES) > watermark
    new_runs = [run for run in synced.web.runs() if run["runId"] not in runs_before]
    assert [run for run in new_runs if {"path": ["pos", "sales"]} in (run["assetSelection"] or [])] == []
    assert seconds <= SEEN_WITHIN_SECONDS


def rules_ran_at(stack: Stack, day: date) -> Any:
    """When the rules of a day of sales ran last."""
    (row,) = stack.rows(
        "select max(evaluated_at) as at from sync.check_result"
        " where system = 'pos' and entity = 'sales' and business_day = %s",
        day,
    )
    return row["at"]


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


def worker_pid(stack: Stack, run_id: str) -> int:
    """The process of a run, as the code server logged it."""
    for event in stack.web.events(run_id):
        if event["__typename"] == "EngineEvent" and "Started process for run" in event["message"]:
            return int(event["message"].partition("pid: ")[2].partition(")")[0])
    raise AssertionError(f"no process was started for run {run_id}")


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
    """Half of the newest day's records break the contract, past the declared limit."""
    bad, *good = days = synced.days(5, 7)
    before = synced.state(SALES, bad)
    fault = {"kind": "bad_record", "path": SALES_PATH, "field": "quantity", "value": "seven", "count": 100}
    # The first request of a run only asks for the partner's clock, the second for the newest day.
    with synced.paused("pos_sync"), synced.fault(system="pos", next_requests=2, **fault):
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


def test_the_stock_reconciliation_says_its_as_of_and_which_input_limits_it(synced: Stack) -> None:
    (compared,) = synced.rows("select max(business_day) as day from sync.stock_comparison")
    facts = synced.wait(
        "a materialisation of the comparison",
        lambda: synced.web.facts("reconciliation/stock", [compared["day"]]),
        seconds=60,
    )
    assert {fact["limited_by"] for fact in facts} <= {"pos/stock_levels", "shop/listings"}
    assert all(fact["as_of"] for fact in facts)
    (truth,) = synced.rows(
        "select count(*) as pairs from sync.stock_comparison where business_day = %s", compared["day"]
    )
    assert facts[0]["dagster/partition_row_count"] == truth["pairs"] > 0
    assert facts[0]["agreeing"] > facts[0]["oversold"] > 0, "2 % of what the sandbox lists is oversold"


def test_a_day_that_breaks_a_blocking_rule_after_a_delta_is_held_and_does_not_reach_the_comparison(
    synced: Stack,
) -> None:
    """The landed unit is spoilt by hand, as no contract would let it in; the partner's next delta mends it."""
    today = synced.entities_today("pos/stock_levels")
    spoilt, other = stock_keys(synced, today)[:2]
    # The other sensor that runs rules: either may come first, this one must be able to alone.
    with synced.paused("day_rules"):
        synced.rows(
            "update landing.pos__stock_levels set uom = 'XX' where branch || '/' || sku = %s and _business_day = %s"
            " returning 1",
            spoilt,
            today,
        )
        synced.sandbox.touch("pos", "stock_levels", key=other)

        def is_in(wanted: str) -> bool:
            state = synced.state("pos/stock_levels", today)
            return state is not None and state["state"] == wanted

        synced.wait("today's stock held", lambda: is_in("held"), seconds=180)
        compared_before = comparison(synced, today)
        (result,) = synced.rows(
            "select passed, blocking from sync.check_result"
            " where system = 'pos' and entity = 'stock_levels' and business_day = %s and rule like '%%uom_known%%'",
            today,
        )
        assert (result["passed"], result["blocking"]) == (False, True)

        def told() -> bool:
            newest = synced.web.evaluations("pos/stock_levels", "rules")
            return bool(newest and newest[0]["evaluation"] and not newest[0]["evaluation"]["success"])

        synced.wait("the failed evaluation in Dagster", told, seconds=90)
        synced.sensor_ticked("reconciliation_stock")
        assert comparison(synced, today) == compared_before

        synced.sandbox.touch("pos", "stock_levels", key=spoilt)
        synced.wait("today's stock free again", lambda: is_in("complete"), seconds=180)
        synced.wait("a new comparison", lambda: comparison(synced, today) > compared_before, seconds=180)


def stock_keys(stack: Stack, day: date) -> list[str]:
    """The stock levels served of a day, as the sandbox names them."""
    rows = stack.rows(
        "select branch || '/' || sku as key from landing.pos__stock_levels"
        " where _business_day = %s and _deleted_at is null order by branch, sku",
        day,
    )
    return [row["key"] for row in rows]


def comparison(stack: Stack, day: date) -> Any:
    """When the stock of a day was compared last."""
    (row,) = stack.rows("select max(compared_at) as at from sync.stock_comparison where business_day = %s", day)
    return row["at"]


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
    assert second["started_at"] < first["loaded_at"], "they did not meet: this proves nothing"


def test_checks_alone_can_be_run_for_one_day_and_load_nothing(synced: Stack) -> None:
    day = synced.day(2)
    loads, told = synced.loads(SALES, day), len(synced.web.facts(SALES, [day]))

    run = synced.succeeded(synced.web.launch(SALES, [day], checks=["rules", "as_of"]))

    for check in ("rules", "as_of"):
        evaluated = [one for one in synced.web.evaluations(SALES, check) if one["runId"] == run["runId"]]
        assert [one["partition"] for one in evaluated] == [str(day)], check
    assert synced.loads(SALES, day) == loads
    assert len(synced.web.facts(SALES, [day])) == told


@pytest.mark.browser
def test_a_person_materialises_one_day_in_the_ui_and_sees_it_succeed(synced: Stack, browser: Browser) -> None:
    day = synced.day(23)
    known = {run["runId"] for run in synced.web.runs()}
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        choose_days(page, str(day))
        page.get_by_role("button", name="Launch 1 run").click()
        run = synced.wait("the launched run", lambda: new_run(synced, known, day), seconds=60)
        synced.succeeded(run["runId"], seconds=120)
        page.goto(f"{synced.web.url}/runs/{run['runId']}")
        page.get_by_text("Success", exact=True).first.wait_for()
    assert_is_whole(synced, day)
    assert day in synced.web.materialised(SALES)


def new_run(stack: Stack, known: set[str], day: date) -> dict[str, Any] | None:
    """The run of that day that is not yet known."""
    runs = stack.web.runs(dagster__partition=str(day))
    return next((run for run in runs if run["runId"] not in known), None)


@pytest.mark.browser
def test_a_person_launches_a_backfill_of_three_days_in_the_ui(synced: Stack, browser: Browser) -> None:
    days = synced.days(25, 27)
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        choose_days(page, f"[{days[-1]}...{days[0]}]")
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_role("button", name="Launch backfill").wait_for(state="detached")

    synced.wait("the three days materialised", lambda: synced.web.materialised(SALES) >= set(days), seconds=180)
    runs = {fact["run_id"] for fact in synced.web.facts(SALES, days)}
    assert len(runs) == 1, "many days share one process"
    for day in days:
        assert_is_whole(synced, day)
