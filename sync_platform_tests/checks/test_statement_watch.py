"""The watch spares statements and tells a database that is gone from one that says no."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import sqlalchemy
from sqlalchemy.exc import OperationalError, ProgrammingError

from sync_platform.checks.source import connect_arguments
from sync_platform.checks.statement_watch import StatementWatch

ROWS = "select n as number, n * 2 as twice from generate_series(1, 3) as n"


@pytest.fixture
def engine(database_url: str) -> Iterator[sqlalchemy.Engine]:
    arguments = connect_arguments(database_url, statement_timeout_seconds=0.3)
    engine = sqlalchemy.create_engine("postgresql+psycopg://", connect_args=arguments)
    yield engine
    engine.dispose()


def test_the_rows_query_alone_is_read_for_its_columns_only(engine: sqlalchemy.Engine) -> None:
    StatementWatch(engine, rows_query=ROWS)

    with engine.connect() as connection:
        rows = connection.execute(sqlalchemy.text(ROWS))
        assert list(rows.keys()) == ["number", "twice"]
        assert rows.fetchall() == []
        counted = connection.execute(sqlalchemy.text(f"select count(*) from ({ROWS}) as n"))  # noqa: S608
        assert counted.scalar() == 3


def test_a_statement_that_ran_out_of_time_is_not_sent_again(engine: sqlalchemy.Engine) -> None:
    watch = StatementWatch(engine, rows_query=ROWS)
    sleep = sqlalchemy.text("select pg_sleep(5)")
    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(sleep)
    started = time.monotonic()

    with engine.connect() as connection, pytest.raises(Exception, match="statement timeout"):
        connection.execute(sleep)

    assert time.monotonic() - started < 0.2
    assert not watch.lost


def test_a_wrong_statement_is_no_lost_database_and_an_ended_session_is(engine: sqlalchemy.Engine) -> None:
    watch = StatementWatch(engine, rows_query=ROWS)
    with engine.connect() as connection, pytest.raises(ProgrammingError):
        connection.execute(sqlalchemy.text("select colour"))
    lost_by_a_wrong_statement = watch.lost

    with engine.connect() as connection, pytest.raises(OperationalError):
        connection.execute(sqlalchemy.text("select pg_terminate_backend(pg_backend_pid())"))
    assert (lost_by_a_wrong_statement, watch.lost) == (False, True)
    assert len(watch.failures) == 2
