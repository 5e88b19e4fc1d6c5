"""Connections to our database, with a limit on everything that could hang, and its errors told apart."""

from __future__ import annotations

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Lock

import psycopg
from psycopg.rows import TupleRow

from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform.redact import redact
from sync_platform.settings import DATABASE_URL, LOST_SERVER_LIMITS

Connection = psycopg.Connection[TupleRow]

# client_connection_check_interval: a client killed in mid-statement kept its locks 19 s without it, 1 s with it.
# work_mem: the keys of 200,000 staged rows in memory; the server's default of 4 MB writes them to disk.
_OPTIONS = (
    "-c timezone=UTC -c client_connection_check_interval=1s -c lock_timeout={lock} -c statement_timeout={statement}"
    " -c idle_in_transaction_session_timeout={idle} -c work_mem=64MB"
)
# PostgreSQL ended the transaction for the sake of another one: the same again may well succeed.
INTERLEAVED = (psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
# A session costs the server 4.4 ms and the client 2 ms to begin, and has to read the catalogue anew; the sensors of the
# demo's four systems began 9 a second. Past this many, or this long unused, kept ones are closed at the next use.
_MOST_KEPT, _KEPT_SECONDS = 4, 60.0

_kept: dict[Database, list[tuple[float, Connection]]] = {}
"""Idle connections of this process and since when, the newest last; Dagster's ticks are threads of one process."""
_keeping = Lock()


class LockConflict(LandingConflict):
    """Another session of the database was in the way: whoever it is, it need not hold a lease."""


@dataclass(frozen=True)
class Database:
    """Where our tables are. Limits are in seconds.

    `keeps`: a process that lives on uses its connections again, with nothing left of what was done on them.
    """

    url: str
    lock_timeout_seconds: int = 15
    statement_timeout_seconds: int = 300
    idle_in_transaction_seconds: int = 300
    connect_timeout_seconds: int = 10
    keeps: bool = False

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """A connection in autocommit mode; use `transaction` for what belongs together.

        Raises LandingUnavailable when there is no database, LockConflict on a lock or deadlock.
        """
        connection = self._take() or self._open()
        try:
            with landing_errors():
                yield connection
            self._put_by(connection)
        except BaseException:
            connection.close()
            raise

    def _open(self) -> Connection:
        options = _OPTIONS.format(
            lock=f"{self.lock_timeout_seconds}s",
            statement=f"{self.statement_timeout_seconds}s",
            idle=f"{self.idle_in_transaction_seconds}s",
        )
        try:
            return psycopg.connect(
                self.url,
                autocommit=True,
                options=options,
                connect_timeout=self.connect_timeout_seconds,
                application_name="sync_platform",
                **LOST_SERVER_LIMITS,
                # What is kept is used by many: no plan outlives its use, and psycopg (3.3.9) went on naming, in an
                # executemany, statements that `discard all` had ended.
                prepare_threshold=None if self.keeps else 5,
            )
        except psycopg.OperationalError as error:
            raise unanswered(error) from error

    def _take(self) -> Connection | None:
        """A kept connection, unless the server closed it meanwhile."""
        with _keeping:
            kept = _kept.get(self, [])
            while kept:
                since, connection = kept.pop()
                if not _is_over_age(since) and _is_quiet(connection):
                    return connection
                connection.close()
        return None

    def _put_by(self, connection: Connection) -> None:
        """Keep the connection for the next use, with nothing left of this one; or close it."""
        if not self.keeps or connection.closed:
            connection.close()
            return
        try:
            # What psycopg itself remembers for the next transaction, then what the server does.
            connection.isolation_level = connection.read_only = connection.deferrable = None
            connection.execute("discard all")
        except psycopg.Error:
            connection.close()
            return
        with _keeping:
            kept = _kept.setdefault(self, [])
            kept.append((time.monotonic(), connection))
            while kept and (len(kept) > _MOST_KEPT or _is_over_age(kept[0][0])):
                kept.pop(0)[1].close()


def _is_over_age(since: float) -> bool:
    return time.monotonic() - since > _KEPT_SECONDS


def _is_quiet(connection: Connection) -> bool:
    """Nothing has come from the server since: an idle one speaks only to say that it ends."""
    if connection.closed:
        return False
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN | select.POLLHUP | select.POLLERR)
    return not poll.poll(0)


@contextmanager
def landing_errors() -> Iterator[None]:
    """psycopg's errors as the platform's own; a constraint or data error stays what it is, a fault of ours."""
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise LockConflict(
            f"another session of the database keeps a lock: {_text(error)}; nothing was changed. pg_stat_activity and "
            "pg_blocking_pids() say which: wait for it or end it, then try again."
        ) from error
    except INTERLEAVED as error:
        raise LockConflict(
            f"another session of the database was in the way: {_text(error)}; nothing was changed. Try again."
        ) from error
    except psycopg.errors.UndefinedTable as error:
        raise LandingUnavailable(f"the database is not set up: {_text(error)}. Run `sync-platform migrate`.") from error
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise unanswered(error) from error


def unanswered(error: BaseException) -> LandingUnavailable:
    """What a driver says of a database that is away or gave up, with the remedy; its text holds no password."""
    text = _text(error)
    if isinstance(error, psycopg.errors.QueryCanceled):
        return LandingUnavailable(
            f"the database took too long: {text}; nothing was changed. Is it busy with something else "
            "(pg_stat_activity)? Try again when it is not."
        )
    if isinstance(error, psycopg.errors.DiskFull):
        return LandingUnavailable(
            f"the database's disk is full: {text}; nothing was changed. Free space there, then try again."
        )
    if _is_crowded(text):
        return LandingUnavailable(
            f"the database takes no more connections: {text}. Raise its limit (max_connections, or CONNECTION LIMIT of "
            "the role or database) or run fewer loads at once, then try again."
        )
    return LandingUnavailable(f"the database did not answer: {text}. Does its server run, and is {DATABASE_URL} right?")


def _is_crowded(text: str) -> bool:
    """By its words (PostgreSQL 18, postmaster and InitPostgres): an error on connecting has no SQLSTATE in psycopg."""
    return any(words in text for words in ("too many clients", "too many connections", "remaining connection slots"))


def _text(error: BaseException) -> str:
    return redact(str(error)).splitlines()[0] if str(error) else type(error).__name__
