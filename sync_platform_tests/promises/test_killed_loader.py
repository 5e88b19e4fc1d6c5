"""A loader killed with SIGKILL at any step and run again leaves the tables of an undisturbed run."""

from __future__ import annotations

from typing import Any

import pytest

from sync_platform.pull.exchange_ledger import MOST_KEPT
from sync_platform.pull.steps import APPLY_STEPS, DELTA_STEPS, LONG_READ_STEPS, WHOLE_DAY_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import Till, sale

BROKEN = sale("X", None, at=29)
MORNING = [sale(id_, "1.00") for id_ in "ABCDE"]
CHANGES = [sale("B", "2.00", at=30), sale("F", "3.00", at=31), BROKEN]

# What an undisturbed run leaves, written down.
WHOLE_DAY = {"A": "1.00", "B": "1.00", "C": "1.00", "D": "1.00", "E": "1.00"}
AFTER_DELTA = {**WHOLE_DAY, "B": "2.00", "F": "3.00"}


def whole(hub: Hub) -> dict[str, Any]:
    """Everything that must not depend on the run: not ids of loads, and no moments of ours."""
    return {
        "landed": hub.landed(),
        "gone": hub.gone(),
        "letters": hub.letters(),
        "state": hub.state(),
        "rows": getattr(hub.day(), "rows", None),
        "waiting": hub.query("select count(*) as n from sync.change where applied_load_id is null")[0]["n"],
    }


@pytest.mark.parametrize("step", WHOLE_DAY_STEPS)
def test_a_whole_day_load_killed_at_any_step_and_run_again(hub: Hub, till: Till, loaders: Loaders, step: str) -> None:
    """Faults D1, E7."""
    till.has_sales(*MORNING, BROKEN)
    assert loaders.pull(hub, "day", kill_at=step).how == "killed"
    hub.lets_leases_expire()
    again = loaders.pull(hub, "day")
    assert again.said == "published"
    assert whole(hub) == {
        "landed": WHOLE_DAY,
        "gone": [],
        "letters": [('["X"]', "missing")],
        "state": "complete",
        "rows": 5,
        "waiting": 0,
    }
    assert all(add_up(load) for load in hub.loads())
    assert hub.query("select tablename from pg_tables where schemaname = 'stage'") == []


@pytest.mark.parametrize("step", LONG_READ_STEPS)
def test_a_long_load_killed_between_two_pages_and_run_again(hub: Hub, till: Till, loaders: Loaders, step: str) -> None:
    """Fault E7. What was read of it is forgotten, that it was asked is not."""
    sales = [sale(f"{number:04}") for number in range(700)]
    broken = [sale(f"X{number}", None) for number in range(3)]
    till.has_sales(*sales, *broken)
    assert loaders.pull(hub, "day", kill_at=step).how == "killed"
    (asked,) = hub.query("select count(*) as n from sync.exchange")
    assert asked["n"] >= MOST_KEPT
    assert (hub.landed(), hub.letters(), hub.loads()) == ({}, [], [])
    hub.lets_leases_expire()
    assert loaders.pull(hub, "day").said == "published"
    assert sorted(hub.landed()) == [f"{number:04}" for number in range(700)]
    assert len(hub.letters()) == 3
    (load,) = hub.loads()
    assert add_up(load)
    (kept,) = hub.query(
        "select count(*) as n, sum(response_bytes) as bytes from sync.exchange where correlation_id = %s",
        [load["correlation_id"]],
    )
    assert (load["requests"], load["response_bytes"]) == (kept["n"], kept["bytes"])


@pytest.mark.parametrize("step", [*DELTA_STEPS, *APPLY_STEPS])
def test_a_delta_killed_at_any_step_and_run_again(
    hub: Hub, till: Till, loaders: Loaders, clock: GivenClock, step: str
) -> None:
    """Faults E5, E7."""
    till.has_sales(*MORNING)
    hub.pull_day()
    hub.pull_delta()
    clock.advance(60)
    till.puts(*CHANGES)
    assert loaders.pull(hub, "delta", kill_at=step).how == "killed"
    hub.lets_leases_expire()
    again = loaders.pull(hub, "delta")
    assert again.how == "exited"
    assert "Error" not in again.said, again.said
    assert whole(hub) == {
        "landed": AFTER_DELTA,
        "gone": [],
        "letters": [('["X"]', "missing")],
        "state": "complete",
        "rows": 6,
        "waiting": 0,
    }
    assert all(add_up(load) for load in hub.loads())


@pytest.mark.parametrize("step", WHOLE_DAY_STEPS[: WHOLE_DAY_STEPS.index("publish_committed")])
def test_a_day_whose_load_was_killed_before_its_commit_shows_nothing_of_it(
    hub: Hub, till: Till, loaders: Loaders, step: str
) -> None:
    till.has_sales(*MORNING)
    loaders.pull(hub, "day", kill_at=step)
    assert (hub.landed(), hub.state(), hub.loads()) == ({}, None, [])
