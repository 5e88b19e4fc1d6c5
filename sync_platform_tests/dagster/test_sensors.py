"""The sensors of the running platform: changes, rules and the reconciliation."""

from __future__ import annotations

import re
import time
from datetime import date
from typing import Any

import pytest

from sync_platform_tests.dagster.sales import SALES, sales_keys
from sync_platform_tests.dagster.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]

# A change is taken in by the first tick that sees it; only the watermark stays behind it by the declared safety lag.
# A tick every 5 s, the delta itself 1 s or 2, and the rest for a machine that is busy.
SEEN_WITHIN_SECONDS = 15


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


def test_the_stock_reconciliation_says_its_as_of_and_which_input_limits_it(synced: Stack) -> None:
    (compared,) = synced.rows("select max(business_day) as day from sync.stock_comparison")
    facts = synced.wait(
        "a materialisation of the comparison",
        lambda: synced.web.facts("reconciliation/stock", [compared["day"]]),
        seconds=60,
    )
    # Of the POS each branch has a clock of its own, and one is named; the shop has one for all.
    assert all(re.fullmatch(r"pos/stock_levels, branch S\d{4}|shop/listings", fact["limited_by"]) for fact in facts)
    assert all(fact["as_of"] for fact in facts)
    (truth,) = synced.rows(
        "select count(*) as pairs from sync.stock_comparison where business_day = %s", compared["day"]
    )
    assert facts[0]["dagster/partition_row_count"] == truth["pairs"] > 0
    assert facts[0]["agreeing"] > facts[0]["oversold"] > 0, "2 % of what the sandbox lists is oversold"
