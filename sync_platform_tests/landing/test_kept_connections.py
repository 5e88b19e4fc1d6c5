"""Connections that a long-lived process uses again: nothing of the last use shows, and a lost one costs no error."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import psycopg
import pytest

from sync_platform.freshness.landed import read_snapshot
from sync_platform.landing import database as module
from sync_platform.landing.database import Connection, Database


@pytest.fixture
def keeping(database: Database) -> Iterator[Database]:
    kept = replace(database, keeps=True)
    yield kept
    for _, connection in module._kept.pop(kept, []):
        connection.close()


def session(connection: Connection) -> int:
    """The server's process of a connection."""
    return connection.info.backend_pid


def test_a_kept_connection_is_used_again_and_remembers_nothing(keeping: Database) -> None:
    with keeping.connect() as connection:
        first = session(connection)
        connection.execute("create temp table left_over (n int)")
        connection.execute("set work_mem = '1MB'")
        connection.execute("select pg_advisory_lock(7)")
        with read_snapshot(connection):
            connection.execute("select 1")
    with keeping.connect() as connection:
        assert session(connection) == first
        with connection.transaction():
            assert connection.execute("show transaction_read_only").fetchone() == ("off",)
            assert connection.execute("show transaction_isolation").fetchone() == ("read committed",)
        assert connection.execute("select to_regclass('left_over')").fetchone() == (None,)
        assert connection.execute("show work_mem").fetchone() == ("64MB",)
        assert connection.execute("show timezone").fetchone() == ("UTC",)
        assert connection.execute("select count(*) from pg_locks where locktype = 'advisory'").fetchone() == (0,)


def test_statements_that_psycopg_prepared_go_on(keeping: Database) -> None:
    with keeping.connect() as connection:
        connection.execute("create table stage.numbers (n int)")
    for use in range(1, 4):
        with keeping.connect() as connection:
            with connection.cursor() as cursor:
                cursor.executemany("insert into stage.numbers values (%s)", [(number,) for number in range(8)])
            assert connection.execute("select count(*) from stage.numbers").fetchone() == (8 * use,)


def test_two_uses_at_once_have_a_connection_each(keeping: Database) -> None:
    with keeping.connect() as outer, keeping.connect() as inner:
        assert session(outer) != session(inner)


@pytest.mark.parametrize("how", ["ended by the server", "closed here"])
def test_a_connection_that_was_lost_while_it_lay_idle_costs_no_error(
    keeping: Database, database: Database, how: str
) -> None:
    with keeping.connect() as connection:
        first = session(connection)
    if how == "closed here":
        connection.close()
    else:
        with database.connect() as other:
            other.execute("select pg_terminate_backend(%s, 5000)", [first])
    with keeping.connect() as connection:
        assert session(connection) != first
        assert connection.execute("select 1").fetchone() == (1,)


def test_a_connection_on_which_something_failed_is_not_used_again(keeping: Database) -> None:
    with keeping.connect() as connection:
        first = session(connection)
    with pytest.raises(psycopg.errors.DivisionByZero), keeping.connect() as connection:
        connection.execute("select 1 / 0")
    assert connection.closed
    with keeping.connect() as connection:
        assert session(connection) != first


def test_no_more_than_a_few_are_kept_and_none_for_long(keeping: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = [keeping.connect() for _ in range(6)]
    for one in opened:
        one.__enter__()
    for one in opened:
        one.__exit__(None, None, None)
    kept = [connection for _, connection in module._kept[keeping]]
    assert len(kept) == 4
    monkeypatch.setattr(module, "_KEPT_SECONDS", 0.0)
    with keeping.connect() as connection:
        assert connection not in kept
    assert all(connection.closed for connection in kept)


def test_threads_that_take_and_keep_at_once_never_share_one(keeping: Database) -> None:
    def use(number: int) -> bool:
        with keeping.connect() as connection:
            before = connection.execute("select set_config('application_name', %s, false)", [str(number)]).fetchone()
            return connection.execute("show application_name").fetchone() == before

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(use, range(200)))


def test_by_default_a_connection_is_closed_after_its_use(database: Database) -> None:
    with database.connect() as connection:
        pass
    assert connection.closed
