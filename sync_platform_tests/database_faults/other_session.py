"""A second session of the database: it keeps locks, and waits for those that others have, in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import LiteralString

import psycopg

from sync_platform.landing.database import Database

MOST_SECONDS = 30.0
"""For what a busy machine may take; nothing waits for as long where all is well."""
_WAITS_FOR_A_LOCK = "pid = %s and wait_event_type = 'Lock'"
_BLOCKED_BY = "%s = any (pg_blocking_pids(pid))"


class OtherSession:
    """A transaction that is open until `ends`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = psycopg.connect(database.url)
        # It is never the one that PostgreSQL ends: who finds the deadlock is ended, and it does not look.
        self.does("set deadlock_timeout = '1h'")
        self._waiting: threading.Thread | None = None

    @property
    def _pid(self) -> int:
        return self._connection.info.backend_pid

    def does(self, statement: LiteralString) -> None:
        self._connection.execute(statement)

    def waits_for(self, statement: LiteralString) -> None:
        """Begins a statement that has to wait for somebody's lock; the transaction ends as soon as it got it."""

        def wait() -> None:
            self.does(statement)
            self._connection.commit()

        self._waiting = threading.Thread(target=wait)
        self._waiting.start()
        until(self._database, _WAITS_FOR_A_LOCK, self._pid)

    def until_somebody_waits_for_it(self) -> None:
        until(self._database, _BLOCKED_BY, self._pid)

    def waits_no_more(self) -> None:
        if self._waiting is not None:
            self._waiting.join(MOST_SECONDS)

    def ends(self) -> None:
        self.waits_no_more()
        self._connection.close()


def until(database: Database, condition: LiteralString, value: object) -> None:
    """Until pg_stat_activity shows it. Raises TimeoutError."""
    deadline = time.monotonic() + MOST_SECONDS
    with psycopg.connect(database.url, autocommit=True) as connection:
        while time.monotonic() < deadline:
            if connection.execute(f"select from pg_stat_activity where {condition}", [value]).fetchone() is not None:
                return
            connection.execute("select pg_sleep(0.01)")
    raise TimeoutError(f"never came true: {condition}")


@contextmanager
def other_session(database: Database) -> Iterator[OtherSession]:
    session = OtherSession(database)
    try:
        yield session
    finally:
        session.ends()
