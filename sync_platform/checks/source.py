"""Gives Great Expectations the rows of one relation: a data source of its own for each run, gone when the run ends.

A fresh one costs 45 ms, 20 ms of it processor time. A kept one would answer from its metric cache, which knows assets
by name and not by content, and would hold on to every batch it ever saw.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.pq import Conninfo

from sync_platform.checks.statement_watch import StatementWatch
from sync_platform.errors import LandingUnavailable
from sync_platform.redact import excerpt

if TYPE_CHECKING:
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.datasource.fluent.interfaces import Batch

# Great Expectations accepts only URLs with a host in them (no socket folder, no list of hosts) and replaces `$NAME` in
# them. So it gets this one, and libpq's own reading of the real URL as connection arguments, which go before it.
_URL = "postgresql+psycopg://postgres@localhost"

_CONNECT_TIMEOUT_SECONDS = 10

_lock = threading.Lock()
_context: AbstractDataContext | None = None


@dataclass(frozen=True)
class Source:
    """The rows as a batch, and the watch over the statements that judging them takes."""

    batch: Batch
    watch: StatementWatch


@contextmanager
def open_source(rows_query: str, *, database_url: str, statement_timeout_seconds: float) -> Iterator[Source]:
    """The rows that `rows_query` selects, for one run. Raises LandingUnavailable when there is no database."""
    context = _shared_context()
    name = uuid.uuid4().hex
    options = connect_arguments(database_url, statement_timeout_seconds=statement_timeout_seconds)
    # One connection: statements of a run follow each other.
    engine_options = {"pool_size": 1, "max_overflow": 1, "connect_args": options}
    with landing_errors(database_url), _lock:
        source = context.data_sources.add_postgres(
            # Their stub leaves `kwargs` out.
            name,
            connection_string=_URL,
            create_temp_table=False,
            kwargs=engine_options,  # type: ignore[call-arg]
        )
    try:
        watch = StatementWatch(source.get_execution_engine().engine, rows_query=rows_query)
        asset = source.add_query_asset("rows", query=rows_query)
        yield Source(batch=asset.add_batch_definition_whole_table("all").get_batch(), watch=watch)
    finally:
        executing = source.get_execution_engine()
        executing.engine.dispose()
        source.get_engine().dispose()
        # When collected it would dispose of its engine once more, and each time leave a dead entry in SQLAlchemy's
        # event registry for as long as the process lives (one per run, seen with SQLAlchemy 2.1.9).
        del executing.engine
        with _lock:
            context.data_sources.delete(name)


def connect_arguments(database_url: str, *, statement_timeout_seconds: float) -> dict[str, Any]:
    """What psycopg needs to connect to `database_url`, read-only and with a time limit on every statement."""
    arguments: dict[str, Any] = dict(conninfo_to_dict(database_url))
    # What the URL leaves open is libpq's to choose, not the stand-in URL's.
    defaults = {option.keyword.decode(): (option.val or b"").decode() for option in Conninfo.get_defaults()}
    for name in ("host", "user", "dbname"):
        arguments.setdefault(name, defaults.get(name, ""))
    arguments.setdefault("connect_timeout", _CONNECT_TIMEOUT_SECONDS)
    arguments.setdefault("application_name", "sync-platform checks")
    limits = f"-c statement_timeout={round(statement_timeout_seconds * 1000)} -c default_transaction_read_only=on"
    arguments["options"] = f"{arguments.get('options', '')} {limits} -c timezone=UTC".strip()
    return arguments


@contextmanager
def landing_errors(database_url: str) -> Iterator[None]:
    """Turns a failed connection into LandingUnavailable that says why, without the password."""
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        yield
    except (psycopg.OperationalError, TestConnectionError) as error:
        raise unanswered(error.__cause__ or error, database_url, what="the rules could not be run") from error


def unanswered(cause: BaseException, database_url: str, *, what: str) -> LandingUnavailable:
    """The error that says why, without the password."""
    password = str(conninfo_to_dict(database_url).get("password") or "")
    return LandingUnavailable(
        f"{what}, the database did not answer: {excerpt(str(cause), secrets=(password,))} "
        "Start it or correct SYNC_PLATFORM_DATABASE_URL, then run again."
    )


def _shared_context() -> AbstractDataContext:
    """The one context of this process: in memory, silent, sending nothing."""
    global _context
    with _lock:
        if _context is None:
            _context = _new_context()
        return _context


def _new_context() -> AbstractDataContext:
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    # It logs failed statements with their parameters and tracebacks; what matters of them is in our results.
    logging.getLogger("great_expectations").setLevel(logging.CRITICAL)
    # A configuration of our own: the default one creates a temporary folder for pages that nobody asked for.
    return gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
