"""Fault D3: a transaction that PostgreSQL ended for another one's sake is tried again by itself, a few times."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from psycopg import sql

from sync_platform.landing.database import LockConflict
from sync_platform.landing.transaction import MOST_ATTEMPTS
from sync_platform_tests.database_faults.other_session import other_session
from sync_platform_tests.database_faults.way import WAYS, Way, ends_well, prepare
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY, Till, sale


@pytest.fixture
def waiting(hub: Hub, till: Till) -> Hub:
    """A platform with one captured change that waits."""
    till.has_sales(sale("A", "1.00", at=-10))
    hub.lends_day()
    hub.pull_delta()
    hub.lets_leases_expire()
    return hub


@pytest.fixture
def repeatable_read(hub: Hub) -> Iterator[None]:
    """Sessions see the database as it was when their transaction began, as some installations have it by default."""
    name = hub.query("select current_database() as name")[0]["name"]
    setting = sql.SQL("alter database {} {} default_transaction_isolation")
    hub.run(setting.format(sql.Identifier(name), sql.SQL("set")) + sql.SQL(" = 'repeatable read'"))
    yield
    hub.run(setting.format(sql.Identifier(name), sql.SQL("reset")))


def at(step: str, do: Callable[[int], object]) -> tuple[Callable[[str], None], list[int]]:
    """A hook that does something each time the step is reached, told how many times it was; and those numbers."""
    times: list[int] = []

    def reached(passed: str) -> None:
        if passed == step:
            times.append(len(times) + 1)
            do(len(times))

    return reached, times


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_was_ended_by_a_deadlock_is_done_by_itself(hub: Hub, till: Till, clock: GivenClock, way: Way) -> None:
    prepare(way, hub, till, clock)
    already = len(clock.slept)
    times: list[str] = []
    with other_session(hub.database) as other:

        def reached(step: str) -> None:
            if step.endswith("_begun") and times:
                # The clock is a given one: no time passes in which the other one could take what it waited for.
                other.waits_no_more()
            if step == way.step:
                times.append(step)
            if step == way.step and len(times) == 1:
                other.does("lock table sync.entity_day, sync.watermark in exclusive mode")
                other.waits_for("select 1 from sync.lease where holder is not null for update")

        hub.reached = reached
        way.pull(hub)
    assert len(times) == 2
    assert [0 <= wait <= 0.05 for wait in clock.slept[already:]] == [True]
    assert len({row["exchange_id"] for row in hub.query("select exchange_id from sync.exchange")}) == len(till.asked)
    hub.reached = lambda _: None
    ends_well(way, hub)


def test_a_delta_whose_rows_changed_under_its_snapshot_is_applied_by_itself(
    waiting: Hub, repeatable_read: None
) -> None:
    waiting.pull_day(day=TODAY)
    waiting.run("update sync.change set applied_load_id = null")
    waiting.reached, times = at(
        "changes_merged", lambda time: time == 1 and waiting.run("update sync.entity_day set rows = rows")
    )
    (load,) = waiting.pull_delta().loads
    assert (times, load.unchanged, waiting.landed()) == ([1, 2], 1, {"A": "1.00"})


def test_a_delta_that_is_ended_each_time_says_so_and_the_next_one_applies_it(
    waiting: Hub, clock: GivenClock, repeatable_read: None
) -> None:
    waiting.pull_day()
    waiting.run("update sync.change set applied_load_id = null")
    before = waiting.rows(), waiting.loads(), waiting.day()
    waiting.reached, times = at("changes_merged", lambda _: waiting.run("update sync.entity_day set rows = rows"))
    with pytest.raises(
        LockConflict, match=r"in the way: could not serialize access .*; nothing was changed. Try again"
    ):
        waiting.pull_delta()
    assert len(times) == MOST_ATTEMPTS
    assert [wait <= 0.05 * 2**number for number, wait in enumerate(clock.slept)] == [True] * (MOST_ATTEMPTS - 1)
    assert (waiting.rows(), waiting.loads(), waiting.day()) == before
    waiting.reached = lambda _: None
    (load,) = waiting.pull_delta().loads
    assert load.unchanged == 1
