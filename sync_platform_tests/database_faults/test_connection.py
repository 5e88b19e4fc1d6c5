"""Faults D1 and D7: the server ends our sessions, or takes no more of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import psycopg
import pytest
from psycopg import sql

from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform_tests.database_faults.way import APPLY, CAPTURE, WAYS, WHOLE_DAY, Way, ends_well, prepare, stored
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import cut_database
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till

LOST_AT = [
    *((WHOLE_DAY, step) for step in ("stage_created", "page_staged", "day_read", "rows_merged", "stage_dropped")),
    *((CAPTURE, step) for step in ("capture_leased", "changes_read", "changes_stored", "capture_committed")),
    *((APPLY, step) for step in ("apply_leased", "changes_merged", "apply_committed")),
]


@pytest.mark.parametrize(("way", "step"), LOST_AT, ids=str)
def test_a_session_that_the_server_ends_ends_the_load_and_the_next_one_is_right(
    hub: Hub, till: Till, clock: GivenClock, way: Way, step: str
) -> None:
    """Fault D1."""
    prepare(way, hub, till, clock)
    before = stored(hub)
    committed = step in ("stage_dropped", "capture_committed", "apply_committed")
    hub.reached = lambda passed: passed == step and _end_sessions(hub.database)
    with pytest.raises(LandingUnavailable, match=r"did not answer: .* Does its server run"):
        way.pull(hub)
    hub.reached = lambda _: None
    assert (stored(hub) == before) is not committed
    hub.lets_leases_expire()
    ends_well(way, hub)


@contextmanager
def role_with_connections(database: Database, most: int) -> Iterator[Database]:
    """The same database as a role that may have so many connections: PostgreSQL's own have no limit."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        role = sql.Identifier("few_connections")
        connection.execute(
            sql.SQL("create role {} login in role postgres connection limit {}").format(role, sql.Literal(most))
        )
        try:
            yield replace(database, url=psycopg.conninfo.make_conninfo(database.url, user="few_connections"))
        finally:
            connection.execute(sql.SQL("drop owned by {0}; drop role {0}").format(role))


CROWDED = r"takes no more connections: .* CONNECTION LIMIT of the role or database.* then try again"


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_load_that_gets_no_connection_says_so_and_has_done_nothing(
    hub: Hub, till: Till, clock: GivenClock, way: Way
) -> None:
    """Fault D7."""
    prepare(way, hub, till, clock)
    before = stored(hub)
    free = hub.database
    with role_with_connections(free, 1) as crowded:
        hub.database = crowded
        with crowded.connect(), pytest.raises(LandingUnavailable, match=CROWDED):
            way.pull(hub)
        hub.database = free
        assert stored(hub) == before
        hub.database = crowded
        way.pull(hub)  # one is enough
        hub.database = free
    ends_well(way, hub)


@pytest.mark.parametrize(("way", "step"), [(WHOLE_DAY, "load_stored"), (APPLY, "changes_marked")], ids=str)
def test_with_no_connection_left_to_ask_what_became_of_a_commit_nobody_claims_to_know(
    hub: Hub, till: Till, clock: GivenClock, way: Way, step: str
) -> None:
    """Faults D2, D7: the lost connection still counts, because the server has not noticed."""
    prepare(way, hub, till, clock)
    free = hub.database
    with role_with_connections(free, 1) as crowded, cut_database(crowded) as (cut, proxy):
        proxy.notices = False

        def reached(passed: str) -> None:
            if passed == step:
                proxy.cuts_at = proxy.commits + 1

        hub.database, hub.reached = cut, reached
        with pytest.raises(LandingUnavailable, match=CROWDED):
            way.pull(hub)
        hub.database, hub.reached = free, lambda _: None
    _end_sessions(free)
    hub.lets_leases_expire()
    assert hub.landed() == {"A": "2.00", "B": "3.00"}
    ends_well(way, hub)


def _end_sessions(database: Database) -> None:
    """All of this database but the one that asks."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
            " where datname = current_database() and pid <> pg_backend_pid()"
        )
