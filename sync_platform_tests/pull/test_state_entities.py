"""State entities: today is kept current; a past day that nobody observed is not obtainable."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, piece

TOMORROW = "2026-11-21"
TO_MIDNIGHT = 6.5 * 3600  # the till's day ends at 18:30 UTC


def test_today_is_kept_current_by_deltas(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", 5), piece("B", 7))
    hub.pull_day("shelf")
    clock.advance(60)
    till.has_on_shelf(piece("A", 4, at=30), piece("B", 7))
    hub.pull_delta("shelf")
    assert (hub.landed("shelf"), hub.state("shelf")) == ({"A": "4", "B": "7"}, "complete")


@pytest.mark.parametrize(
    ("minutes_off", "outcomes"), [(10, ["not_obtainable", "published"]), (-10, ["published", "future"])]
)
def test_the_day_ends_by_the_partners_clock_however_far_it_is_from_ours(
    hub: Hub, till: Till, clock: GivenClock, minutes_off: int, outcomes: list[str]
) -> None:
    """Fault A31: five minutes before our midnight one ahead is past it, five after it one behind is not."""
    till.skew = timedelta(minutes=minutes_off)
    till.has_on_shelf(piece("A", 5))
    clock.advance(TO_MIDNIGHT - minutes_off * 30)
    assert [hub.pull_day("shelf", day).outcome for day in (TODAY, TOMORROW)] == outcomes


def test_a_past_day_that_nobody_observed_is_not_obtainable_and_never_filled(hub: Hub, till: Till) -> None:
    till.has_on_shelf(piece("A", 5))
    for _ in range(2):
        load = hub.pull_day("shelf", YESTERDAY)
        assert (load.outcome, hub.state("shelf", YESTERDAY)) == ("not_obtainable", "not_obtainable")
    assert hub.rows("shelf") == []


def test_a_past_day_that_was_observed_keeps_its_last_state(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", 5))
    hub.pull_day("shelf")
    clock.advance(TO_MIDNIGHT)
    till.has_on_shelf(piece("A", 1, at=TO_MIDNIGHT))
    load = hub.pull_day("shelf", TODAY)
    assert (load.outcome, hub.state("shelf")) == ("kept", "complete")
    assert hub.landed("shelf", day=TODAY) == {"A": "5"}


def test_at_midnight_a_new_day_begins_with_a_whole_read_beside_the_old_one(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_on_shelf(piece("A", 5), piece("B", 7))
    hub.pull_day("shelf")
    hub.pull_delta("shelf")
    clock.advance(TO_MIDNIGHT + 60)
    till.has_on_shelf(piece("A", 4, at=TO_MIDNIGHT + 30), piece("B", 7))
    hub.pull_delta("shelf")
    assert (hub.landed("shelf", day=TOMORROW), hub.state("shelf", TOMORROW)) == ({"A": "4"}, "partial")
    hub.pull_day("shelf", TOMORROW)
    assert (hub.landed("shelf", day=TOMORROW), hub.state("shelf", TOMORROW)) == ({"A": "4", "B": "7"}, "complete")
    assert hub.landed("shelf", day=TODAY) == {"A": "5", "B": "7"}


def test_what_is_captured_before_midnight_and_applied_after_it_belongs_to_the_old_day(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_on_shelf(piece("A", 5))
    hub.pull_day("shelf")
    hub.pull_delta("shelf")
    clock.advance(TO_MIDNIGHT - 20)
    till.has_on_shelf(piece("A", 4, at=TO_MIDNIGHT - 30))
    hub.lends_day("shelf")
    hub.pull_delta("shelf")
    hub.lets_leases_expire()
    clock.advance(30)
    hub.pull_delta("shelf")
    assert hub.landed("shelf", day=TODAY) == {"A": "4"}


def test_the_same_content_seen_again_after_midnight_is_the_new_days_too(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """While the old day's change still waits, the overlap shows it again: it is a state of the new day then."""
    till.has_on_shelf(piece("A", 5))
    hub.pull_day("shelf")
    hub.pull_delta("shelf")
    clock.advance(TO_MIDNIGHT - 2)
    till.has_on_shelf(piece("A", 4, at=TO_MIDNIGHT - 8))
    hub.lends_day("shelf")
    hub.pull_delta("shelf")
    clock.advance(4)
    hub.pull_delta("shelf")
    assert hub.landed("shelf", day=TOMORROW) == {"A": "4"}


def test_a_read_that_begins_after_midnight_does_not_fill_the_day_before(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """The writer asked for today, and waited for its lease until today was over."""
    till.has_on_shelf(piece("A", 5))
    hub.reached = lambda step: clock.advance(TO_MIDNIGHT) if step == "day_leased" else None
    load = hub.pull_day("shelf", TODAY)
    assert (load.outcome, hub.rows("shelf"), hub.state("shelf")) == ("not_obtainable", [], "not_obtainable")


def test_a_piece_that_left_the_shelf_is_a_tombstone_of_today_only(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", 5), piece("B", 7))
    hub.pull_day("shelf")
    clock.advance(TO_MIDNIGHT)
    till.has_on_shelf(piece("A", 5), piece("B", 7))
    hub.pull_day("shelf", TOMORROW)
    clock.advance(60)
    till.has_on_shelf(piece("A", 5))
    hub.pull_day("shelf", TOMORROW)
    assert hub.landed("shelf", day=TOMORROW) == {"A": "5"}
    assert hub.landed("shelf", day=TODAY) == {"A": "5", "B": "7"}
