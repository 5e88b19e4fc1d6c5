"""Promise 7: empty, unreachable, refused, throttled and misbehaved are different results, all the way to the ledger."""

from __future__ import annotations

from typing import Any

import pytest

from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

EMPTY = b'{"sales": [], "total": 0}'

# What the till does, what the load is called, and whether the error says what to do.
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "no sales": ({"body": EMPTY}, "empty", ""),
    "500": ({"status": 500}, "unreachable", "500 from GET /sales"),
    "503": ({"status": 503}, "unreachable", "503 from GET /sales"),
    "hangs up": ({"hang_up": True}, "unreachable", "from GET /sales"),
    "a cut body": ({"cut": True}, "unreachable", "from GET /sales"),
    "401": ({"status": 401}, "refused", "401 from GET /sales"),
    "403": ({"status": 403}, "refused", "403 from GET /sales"),
    "429": ({"status": 429, "headers": {"Retry-After": "7"}}, "throttled", "7 s"),
    "404": ({"status": 404}, "misbehaved", "404 from GET /sales"),
    "a web page": (
        {"body": b"<html>We are improving</html>", "headers": {"Content-Type": "text/html"}},
        "misbehaved",
        "a web page instead of JSON",
    ),
    "not JSON": ({"body": b'{"sales": ['}, "misbehaved", "is not JSON"),
    "the wrong shape": ({"body": b'{"sales": {}}'}, "misbehaved", "has no list at `sales`"),
    "a wrong total": ({"total": 7}, "misbehaved", "counts 7 records"),
    "all rejected": ({"body": b'{"sales": [{"id": 1}], "total": 1}'}, "held", "break the contract"),
}


@pytest.mark.parametrize("case", CASES)
def test_each_failure_has_its_own_outcome_in_the_ledger(hub: Hub, till: Till, case: str) -> None:
    fault, outcome, words = CASES[case]
    till.fails(**fault)
    load = hub.pull_day()
    (row,) = hub.loads()
    assert (load.outcome, row["outcome"]) == (outcome, outcome)
    assert row["error_kind"] == (None if outcome == "empty" else outcome)
    assert words in (row["error"] or "")


@pytest.mark.parametrize("case", [case for case, (_, outcome, _) in CASES.items() if outcome != "empty"])
def test_a_failure_leaves_the_last_good_version_served_as_of_its_own_time(
    hub: Hub, till: Till, clock: GivenClock, case: str
) -> None:
    """Fault A6."""
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    good, as_of = hub.rows(), getattr(hub.day(), "as_of", None)
    clock.advance(600)
    till.fails(**CASES[case][0])
    hub.pull_day()
    assert (hub.rows(), getattr(hub.day(), "as_of", None)) == (good, as_of)


def test_empty_and_unreachable_differ_in_the_days_state_too(hub: Hub, till: Till) -> None:
    till.fails(status=500, path="/coarse_sales")
    hub.pull_day("coarse_sales")
    hub.pull_day("sales")
    assert (hub.state("coarse_sales"), hub.state("sales")) == (None, "complete")


def test_a_day_that_has_not_come_is_not_empty(hub: Hub, till: Till) -> None:
    assert (hub.pull_day(day="2026-11-21").outcome, hub.state(day="2026-11-21")) == ("future", None)


def test_a_database_that_is_away_is_no_answer_of_the_partner(hub: Hub, till: Till) -> None:
    from dataclasses import replace

    from sync_platform.errors import LandingUnavailable

    nowhere = replace(hub.database, url="postgresql://127.0.0.1:1/nowhere")
    with pytest.raises(LandingUnavailable):
        hub.pull_day(database=nowhere)
