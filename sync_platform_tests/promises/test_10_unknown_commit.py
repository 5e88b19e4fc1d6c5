"""Promise 10, fault D2: an error on COMMIT means "unknown"; the load id tells, before anything is tried again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import psycopg
import pytest

from sync_platform.errors import LandingUnavailable
from sync_platform.landing.leases import acquire, fence
from sync_platform.pull.commit import was_committed
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import Proxy, cut_database
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale


@pytest.fixture
def cut(hub: Hub) -> Iterator[tuple[Hub, Proxy]]:
    """A platform whose connections lead through the proxy, for one pull at a time."""
    with cut_database(hub.database) as (database, proxy):
        through = hub.another()
        through.database = database
        yield through, proxy
        through.close()


def commit_of(hub: Hub, proxy: Proxy, step: str) -> None:
    """Cut the COMMIT that follows `step`."""

    def reached(passed: str) -> None:
        if passed == step:
            proxy.cuts_at = proxy.commits + 1

    hub.reached = reached


def test_a_load_whose_commit_was_not_acknowledged_is_known_as_published(
    cut: tuple[Hub, Proxy], hub: Hub, till: Till
) -> None:
    through, proxy = cut
    till.has_sales(sale("A"), sale("B"))
    commit_of(through, proxy, "load_stored")
    load = through.pull_day()
    assert (load.outcome, [row["load_id"] for row in hub.loads()]) == ("published", [load.load_id])
    assert hub.landed() == {"A": "1.00", "B": "1.00"}


def test_after_it_the_day_is_free_and_nothing_is_doubled(cut: tuple[Hub, Proxy], hub: Hub, till: Till) -> None:
    through, proxy = cut
    till.has_sales(sale("A"), sale("B"))
    commit_of(through, proxy, "load_stored")
    through.pull_day()
    again = hub.pull_day()
    assert (again.read, again.unchanged) == (2, 2)
    assert hub.query("select tablename from pg_tables where schemaname = 'stage'") == []


def test_a_load_whose_commit_never_arrived_is_known_as_not_published(
    cut: tuple[Hub, Proxy], hub: Hub, till: Till
) -> None:
    through, proxy = cut
    proxy.reaches = False
    till.has_sales(sale("A"))
    commit_of(through, proxy, "load_stored")
    with pytest.raises(LandingUnavailable):
        through.pull_day()
    assert (hub.landed(), hub.loads(), hub.state()) == ({}, [], None)
    assert hub.pull_day().outcome == "published"


def test_while_the_database_has_not_noticed_the_lost_connection_nobody_claims_to_know(
    cut: tuple[Hub, Proxy], hub: Hub, till: Till
) -> None:
    through, proxy = cut
    through.database = replace(through.database, lock_timeout_seconds=1)
    proxy.reaches = proxy.notices = False
    till.has_sales(sale("A"))
    commit_of(through, proxy, "load_stored")
    with pytest.raises(LandingUnavailable, match="nobody can tell what became of load"):
        through.pull_day()


def test_a_delta_whose_commit_was_not_acknowledged_is_applied_once(
    cut: tuple[Hub, Proxy], hub: Hub, till: Till, clock: GivenClock
) -> None:
    through, proxy = cut
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", at=30))
    commit_of(through, proxy, "changes_marked")
    (load,) = through.pull_delta().loads
    assert (load.inserted, hub.landed()) == (1, {"A": "1.00"})
    assert hub.pull_delta().loads == ()


def test_a_capture_whose_commit_was_not_acknowledged_captures_nothing_twice(
    cut: tuple[Hub, Proxy], hub: Hub, till: Till, clock: GivenClock
) -> None:
    through, proxy = cut
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", at=30))
    commit_of(through, proxy, "watermark_moved")
    with pytest.raises(LandingUnavailable):
        through.pull_delta()
    hub.lets_leases_expire()
    hub.pull_delta()
    assert [row["record_key"] for row in hub.query("select record_key from sync.change")] == ['["A"]']
    assert hub.landed() == {"A": "1.00"}


def test_a_commit_that_is_still_at_work_is_waited_for(hub: Hub, till: Till) -> None:
    """Its transaction holds the lease's row: whoever asks whether it was committed has the answer when it ended."""
    load_id = UUID(int=7)
    held, answers = threading.Event(), []
    with hub.database.connect() as connection:
        lease = acquire(
            connection,
            system="till",
            entity="sales",
            scope="2026-11-20",
            holder="lost",
            clock=hub.clock,
            wait_seconds=0,
        )

        def ask() -> None:
            held.wait(5)
            answers.append(was_committed(hub.tools, lease, load_id))

        asking = threading.Thread(target=ask)
        asking.start()
        with connection.transaction():
            fence(connection, lease)
            held.set()
            _waits_for_a_lock(hub)
            connection.execute(
                "insert into sync.load (load_id, system, entity, business_day, way, outcome, started_at,"
                " contract_version, platform_version, correlation_id)"
                " values (%s, 'till', 'sales', '2026-11-20', 'whole_day', 'published', now(), '1', '1', %s)",
                [load_id, load_id],
            )
        asking.join(5)
    assert answers == [True]


def _waits_for_a_lock(hub: Hub) -> None:
    """Until somebody does; a test that waits for ever is ended by its own limit."""
    for _ in range(10_000):
        if hub.query("select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"):
            return
    raise psycopg.OperationalError("nobody waited")
