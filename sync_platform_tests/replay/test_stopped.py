"""A replay in a process of its own, killed or interrupted in the middle, leaves no half of anything."""

from __future__ import annotations

import pytest

from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.replay.given import pull_strictly, states
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import Till, sale

BEFORE = {"B": "2.00", "C": "3.00", "D": "4.00"}
AFTER = {"A": "1.00", "B": "2.50", "D": "4.00"}
TAKEN_IN = {"A": "1.00", **BEFORE}


@pytest.fixture
def spoilt(hub: Hub, till: Till, clock: GivenClock) -> Hub:
    """A is a letter; the till changed B and removed C without a trace."""
    till.puts(sale("A", status="lost"), sale("B", "2.00"), sale("C", "3.00"), sale("D", "4.00"))
    pull_strictly(hub)
    till.has_sales(sale("A", status="lost"), sale("B", "2.50", at=1), sale("D", "4.00"))
    clock.advance(6)
    return hub


def ends_twice_as(hub: Hub, loaders: Loaders, landed: dict[str, str], *, state: str, **order: str) -> None:
    """Replayed to its end, and once more."""
    hub.lets_leases_expire()
    for _ in range(2):
        assert loaders.pull(hub, "replay", **order).said == "complete"
        assert (hub.landed(), states(hub)) == (landed, {'["A"]': state})
    assert all(add_up(load) for load in hub.loads())
    assert hub.query("select tablename from pg_tables where schemaname = 'stage'") == []
    assert hub.query("select change_id from sync.change where applied_load_id is null") == []


@pytest.mark.parametrize(
    ("step", "landed"), [("rows_merged", BEFORE), ("publish_committed", AFTER), ("day_rechecked", AFTER)]
)
def test_a_replay_that_was_killed_left_the_day_as_it_was_or_as_it_shall_be(
    spoilt: Hub, loaders: Loaders, step: str, landed: dict[str, str]
) -> None:
    assert loaders.pull(spoilt, "replay", kill_at=step).how == "killed"
    assert spoilt.landed() == landed
    ends_twice_as(spoilt, loaders, AFTER, state="superseded")


@pytest.mark.parametrize("step", ["letters_settled", "letters_captured", "changes_merged"])
def test_letters_of_a_replay_that_was_killed_are_open_waiting_or_landed(
    spoilt: Hub, loaders: Loaders, step: str
) -> None:
    assert loaders.pull(spoilt, "replay", only="dead-letters", kill_at=step).how == "killed"
    waiting = spoilt.query("select change_id from sync.change where applied_load_id is null")
    assert (states(spoilt), len(waiting)) == (
        ({'["A"]': "open"}, 0) if step == "letters_settled" else ({'["A"]': "replayed"}, 1)
    )
    ends_twice_as(spoilt, loaders, TAKEN_IN, state="replayed", only="events" if waiting else "dead-letters")


def test_an_interrupted_replay_gives_its_leases_back_and_the_next_one_need_not_wait(
    spoilt: Hub, loaders: Loaders
) -> None:
    ended = loaders.pull(spoilt, "replay", interrupt_at="rows_merged")
    assert ended.said.startswith("KeyboardInterrupt")
    assert spoilt.landed() == BEFORE
    assert loaders.pull(spoilt, "replay").said == "complete"
    assert spoilt.landed() == AFTER
