"""Faults D13 and E9: a day read whole beside a live delta of the same entity and day, met at each of their steps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest

from sync_platform.errors import LandingConflict
from sync_platform.landing.database import Database
from sync_platform.pull.steps import APPLY_STEPS, DELTA_STEPS, WHOLE_DAY_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, sale

MOST_WAITS = 3_000
"""Of ten milliseconds each, for a busy machine; where all is well it takes a few."""


@pytest.fixture
def second(hub: Hub) -> Iterator[Hub]:
    second = hub.another()
    yield second
    second.close()


class Meeting:
    """Something that another thread does from one step of a hub on; the hub goes on when that has ended or waits."""

    def __init__(self, database: Database, do: Callable[[], object]) -> None:
        self._database = database
        self._do = do
        self._thread = threading.Thread(target=self._run)
        self.errors: list[BaseException] = []
        self.met = False

    def at(self, step: str) -> Callable[[str], None]:
        def reached(passed: str) -> None:
            if passed == step and not self.met:
                self.met = True
                self._thread.start()
                self._until_it_ended_or_waits()

        return reached

    def ends(self) -> None:
        self._thread.join(MOST_WAITS / 100)

    def _run(self) -> None:
        try:
            self._do()
        except BaseException as error:  # noqa: BLE001 - whatever it is, the test is told
            self.errors.append(error)

    def _until_it_ended_or_waits(self) -> None:
        with psycopg.connect(self._database.url, autocommit=True) as connection:
            for _ in range(MOST_WAITS):
                self._thread.join(0.01)
                waiting = connection.execute(
                    "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
                ).fetchone()
                if waiting is not None or not self._thread.is_alive():
                    return
        raise TimeoutError("it neither ended nor waited for a lock")


@contextmanager
def a_changing_day(hub: Hub, till: Till, clock: GivenClock) -> Iterator[Callable[[], None]]:
    """A day with three sales landed; what is given changes one, adds one, deletes one. In the end all is as there."""
    till.has_sales(sale("A", "1.00"), sale("B", "1.00"), sale("C", "1.00"))
    hub.pull_day()
    hub.pull_delta()
    clock.advance(60)

    def changes() -> None:
        clock.advance(10)
        till.puts(sale("A", "2.00", at=65), sale("D", "4.00", at=66))
        till.removes("C")
        clock.advance(10)

    yield changes
    hub.reached = lambda _: None
    clock.advance(60)
    hub.pull_delta()
    assert {**hub.landed(), "C": "1.00"} == {"A": "2.00", "B": "1.00", "C": "1.00", "D": "4.00"}
    hub.pull_day()
    assert (hub.landed(), hub.gone()) == ({"A": "2.00", "B": "1.00", "D": "4.00"}, ["C"])
    assert [load["load_id"] for load in hub.loads() if not add_up(load)] == []
    assert hub.query("select * from sync.change where applied_load_id is null") == []
    assert getattr(hub.day(), "rows", None) == 3


@pytest.mark.parametrize("step", WHOLE_DAY_STEPS)
def test_a_delta_that_comes_at_any_step_of_a_whole_read_loses_and_doubles_nothing(
    hub: Hub, second: Hub, till: Till, clock: GivenClock, step: str
) -> None:
    with a_changing_day(hub, till, clock) as changes:

        def delta() -> None:
            changes()
            second.pull_delta()

        meeting = Meeting(hub.database, delta)
        hub.reached = meeting.at(step)
        assert hub.pull_day().outcome == "published"
        meeting.ends()
        assert (meeting.met, meeting.errors) == (True, [])


@pytest.mark.parametrize("step", [*DELTA_STEPS, *APPLY_STEPS])
def test_a_whole_read_that_comes_at_any_step_of_a_delta_loses_and_doubles_nothing(
    hub: Hub, second: Hub, till: Till, clock: GivenClock, step: str
) -> None:
    with a_changing_day(hub, till, clock) as changes:
        changes()
        meeting = Meeting(hub.database, second.pull_day)
        hub.reached = meeting.at(step)
        hub.pull_delta()
        meeting.ends()
        assert meeting.met
        # While the delta applies, it has the day: the other one is told so, after having waited in vain.
        assert [type(error) for error in meeting.errors] in ([], [LandingConflict])
        assert not meeting.errors or step in APPLY_STEPS


def test_a_record_that_two_days_writers_land_at_once_ends_in_its_newest_version(
    hub: Hub, second: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault D3: the one reads yesterday whole, the other applies the change that moved the sale to today."""
    hub.pull_delta()
    clock.advance(60)
    till.has_sales(sale("A", "1.00", at=20, day=YESTERDAY))
    begun: list[str] = []
    delta = Meeting(hub.database, hub.pull_delta)

    def counts(step: str) -> None:
        if step == "apply_begun":
            begun.append(step)

    def moves(step: str) -> None:
        if step == "rows_merged":
            till.puts(sale("A", "2.00", at=30, day=TODAY))
            delta.at(step)(step)

    hub.reached, second.reached = counts, moves
    second.pull_day(day=YESTERDAY)
    delta.ends()
    assert (delta.errors, len(begun)) == ([], 2)
    assert hub.landed() == {"A": "2.00"}
    assert [(load["updated"], load["moved"]) for load in hub.loads()] == [(0, 0), (1, 1)]
    assert [getattr(hub.day(day=day), "rows", None) for day in (YESTERDAY, TODAY)] == [0, 1]
