"""Changes that break the contract: their days are not shown as true as of them, and are asked for again."""

from __future__ import annotations

from datetime import date

from sync_platform.landing.days import read_states
from sync_platform.pull.owed import unread_days
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, verdict
from sync_platform_tests.till.till import NOON, TODAY, YESTERDAY, Till, sale

GOOD = [sale(f"S{number}", "1.00") for number in range(4)]


def broken(*numbers: int, at: float, day: str = TODAY) -> list[dict[str, object]]:
    """New versions whose required amount is gone, as if the partner had renamed it."""
    return [sale(f"S{number}", None, at=at, day=day) for number in numbers]


def owed_days(hub: Hub) -> tuple[date, ...]:
    sales = hub.entity("sales")
    with hub.database.connect() as connection:
        states = read_states(connection, "till", since=date(2026, 1, 1))
    known = {state.day: state.state for state in states if state.entity == "sales"}
    return unread_days(hub.system, sales, known, today=date.fromisoformat(TODAY))


def whole_then_broken(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Today is read whole at NOON; then three of its four sales change into what cannot be taken in."""
    till.has_sales(*GOOD)
    hub.pull_day()
    hub.pull_delta()
    clock.advance(600)
    till.puts(*broken(0, 1, 2, at=300))
    hub.pull_delta()


def test_a_day_whose_changes_break_the_contract_is_held_as_of_before_and_owed(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    whole_then_broken(hub, till, clock)

    day = hub.day()
    assert day is not None
    assert (day.state, day.as_of) == ("held", NOON)
    assert date.fromisoformat(TODAY) in owed_days(hub)
    assert len(hub.landed()) == 4


def test_neither_a_later_good_change_nor_passing_rules_make_it_look_true(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    whole_then_broken(hub, till, clock)
    clock.advance(600)
    till.puts(sale("S3", "9.00", at=900))

    hub.pull_delta()
    hub.verdicts = (verdict(passed=True),)
    hub.check_day()

    day = hub.day()
    assert day is not None
    assert (day.state, day.as_of) == ("held", NOON)
    assert hub.landed()["S3"] == "9.00"


def test_once_the_partner_is_mended_a_whole_read_takes_in_what_was_missed(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    whole_then_broken(hub, till, clock)
    assert hub.pull_day().outcome == "held"
    assert date.fromisoformat(TODAY) in owed_days(hub), "as long as it is broken"

    # The changed times do not move: no delta would bring these.
    till.puts(*(sale(f"S{number}", "7.00", at=300) for number in range(3)))
    hub.pull_day()

    assert hub.state() == "complete"
    assert [hub.landed()[f"S{number}"] for number in range(4)] == ["7.00", "7.00", "7.00", "1.00"]
    assert date.fromisoformat(TODAY) not in owed_days(hub)


def test_what_was_rejected_before_the_whole_read_holds_nothing_after_it(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    whole_then_broken(hub, till, clock)
    till.puts(*(sale(f"S{number}", "7.00", at=300) for number in range(3)))
    clock.advance(60)
    hub.pull_day()
    clock.advance(600)
    till.puts(*broken(3, at=1200))

    hub.pull_delta()

    assert hub.state() == "complete", "one of four"


def test_a_rejected_change_belongs_to_the_day_that_it_names(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(*GOOD, sale("Y1", day=YESTERDAY))
    hub.pull_day()
    hub.pull_day(day=YESTERDAY)
    hub.pull_delta()
    clock.advance(600)
    till.puts(sale("Y1", None, at=300, day=YESTERDAY))

    hub.pull_delta()

    days = hub.query("select business_day, record_key from sync.dead_letter")
    assert days == [{"business_day": date.fromisoformat(YESTERDAY), "record_key": '["Y1"]'}]
    assert (hub.state(), hub.state(day=YESTERDAY)) == ("complete", "held")
    assert date.fromisoformat(YESTERDAY) in owed_days(hub)


def test_a_share_within_the_limit_and_the_first_few_of_today_hold_nothing(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    many = [sale(f"M{number:02}", day=YESTERDAY) for number in range(40)]
    till.has_sales(sale("S0"), *many)
    hub.pull_day()
    hub.pull_day(day=YESTERDAY)
    hub.pull_delta()
    clock.advance(600)
    till.puts(*broken(1, 2, at=300), sale("M00", None, at=300, day=YESTERDAY))

    hub.pull_delta()

    assert (hub.state(), hub.state(day=YESTERDAY)) == ("complete", "complete")
