"""Promise 9: what is still owed is worked out from the platform's own tables."""

from __future__ import annotations

from datetime import date

import pytest

from sync_platform.landing.days import read_states
from sync_platform.pull.owed import Owed, owed_days, unobserved_days
from sync_platform.pull.steps import WHOLE_DAY_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, verdict
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, sale

DAY = date(2026, 11, 20)
HISTORY = ("2026-11-17", "2026-11-18", "2026-11-19")  # the till's history is 3 days
COMMIT = WHOLE_DAY_STEPS.index("publish_committed")


def owed(hub: Hub, *, today: date = DAY) -> tuple[Owed, ...]:
    with hub.database.connect() as connection:
        states = read_states(connection, "till", since=date(2026, 1, 1))
    return owed_days(hub.system, states, today=today)


def owes_today(hub: Hub, entity: str = "sales") -> bool:
    return any(entity in item.entities for item in owed(hub) if item.purpose == "today")


def test_a_new_platform_owes_today_of_every_entity_and_the_history_of_event_entities(hub: Hub) -> None:
    events = ("coarse_sales", "evented_sales", "loose_sales", "oddities", "sales")
    assert {item.purpose: (item.first_day, item.last_day, sorted(item.entities)) for item in owed(hub)} == {
        "today": (DAY, DAY, sorted((*events, "shelf"))),
        "history": (date(2026, 11, 17), date(2026, 11, 19), sorted(events)),
    }


@pytest.mark.parametrize("step", WHOLE_DAY_STEPS)
def test_after_a_kill_before_the_commit_the_day_is_owed_and_after_it_is_not(
    hub: Hub, till: Till, loaders: Loaders, step: str
) -> None:
    till.has_sales(sale("A"))
    loaders.pull(hub, "day", kill_at=step)
    assert owes_today(hub) == (WHOLE_DAY_STEPS.index(step) < COMMIT)


@pytest.mark.parametrize("fault", [{"status": 500}, {"status": 401}, {"total": 9}])
def test_after_a_partners_failure_the_day_is_owed(hub: Hub, till: Till, fault: dict[str, int]) -> None:
    till.fails(**fault)
    hub.pull_day()
    assert owes_today(hub)


def test_a_finished_day_is_not_owed(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    assert not owes_today(hub)


def test_a_day_that_only_a_delta_touched_is_owed(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", at=30))
    hub.pull_delta()
    assert (hub.state(), owes_today(hub)) == ("partial", True)


def test_an_old_day_beyond_the_history_that_a_delta_touched_is_owed(hub: Hub, till: Till, clock: GivenClock) -> None:
    for day in (*HISTORY, TODAY):
        hub.pull_day(day=day)
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", day="2026-10-01", at=30))
    hub.pull_delta()
    (item,) = [item for item in owed(hub) if "sales" in item.entities]
    assert (item.purpose, item.first_day) == ("history", date(2026, 10, 1))


def test_a_held_day_is_not_asked_for_again_by_itself(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.verdicts = (verdict(passed=False),)
    hub.pull_day()
    assert not owes_today(hub)


def test_the_whole_history_read_owes_nothing(hub: Hub, till: Till) -> None:
    for day in (*HISTORY, TODAY):
        hub.pull_day(day=day)
    assert [item for item in owed(hub) if "sales" in item.entities] == []


def test_a_new_day_is_owed_when_it_begins(hub: Hub, till: Till) -> None:
    hub.pull_day()
    hub.pull_day("shelf")
    (item,) = [item for item in owed(hub, today=date(2026, 11, 21)) if item.purpose == "today"]
    assert "sales" in item.entities
    assert "shelf" in item.entities


def test_past_days_of_a_state_that_nobody_observed_are_listed(hub: Hub, till: Till) -> None:
    with hub.database.connect() as connection:
        states = read_states(connection, "till", since=date(2026, 1, 1))
    days = [(entity, str(day)) for entity, day in unobserved_days(hub.system, states, today=DAY)]
    assert sorted(days) == [("shelf", day) for day in HISTORY]
    assert YESTERDAY in HISTORY
