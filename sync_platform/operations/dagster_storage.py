"""Which rows of Dagster's own storage expire: it purges its ticks itself, events, runs and check results never.

By SQL on its tables, because its API has nothing that fits: `DagsterInstance.delete_run` takes the newest
materialisations along, so that days look as if they had never been loaded; superseded events cannot be deleted at all;
and importing Dagster costs the command line 1.6 s and 70 MB. Written for dagster 1.13's tables, which `pyproject.toml`
pins; `sync_platform_tests/dagster/test_pruned_instance.py` holds it against a real instance.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import LiteralString

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.expiry import Expiry, Pruned, take_expired
from sync_platform.landing.queries import queries

_TABLES = ("event_logs", "asset_event_tags", "asset_check_executions", "runs")
# Which of Dagster's tables are not there: before its first start none is.
_MISSING = "select name from unnest(%(tables)s::text[]) as name where to_regclass(name) is null"
# An event is some 2 kB.
_BATCH = 2_000


def has_dagster_tables(connection: Connection) -> bool:
    """Whether Dagster was ever started on this database."""
    return connection.execute(_MISSING, {"tables": list(_TABLES)}).fetchone() is None


def prune_dagster(
    connection: Connection, kept_since: Mapping[str, datetime], *, dry_run: bool, progress: Callable[[str, int], None]
) -> list[Pruned]:
    """Delete, or count, what Dagster needs no more: `kept_since` has `events` and `runs`."""
    return [
        take_expired(connection, expiry, kept_since, dry_run=dry_run, progress=progress)
        for expiry in _expiries(kept_since)
    ]


def unfinished_runs(connection: Connection, kept_since: Mapping[str, datetime]) -> set[str]:
    """The ids of runs that are under way or ended since then."""
    statement = sql.SQL(_text("unfinished")).format(run_over=sql.SQL(_text("run_over")))
    return {run_id for (run_id,) in connection.execute(statement, kept_since)}


def _expiries(kept_since: Mapping[str, datetime]) -> list[Expiry]:
    """Tags before events, events and results before the runs that they name: a killed prune leaves no orphan."""
    run_over = sql.SQL(_text("run_over"))
    event = sql.SQL(_text("event")).format(run_over=run_over)
    check_execution = sql.SQL(_text("check_execution"))
    run = sql.SQL(_text("run")).format(run_over=run_over, event=event, check_execution=check_execution)
    return [
        _expiry("asset_event_tags", sql.SQL(_text("event_tag")).format(event=event), "false", kept_since["events"]),
        _expiry(
            "event_logs",
            event,
            "t.timestamp >= greatest(%(events)s, %(runs)s) at time zone 'UTC'",
            kept_since["events"],
        ),
        _expiry(
            "asset_check_executions",
            check_execution,
            "t.create_timestamp >= %(events)s at time zone 'UTC'",
            kept_since["events"],
        ),
        _expiry("runs", run, "t.create_timestamp >= %(runs)s at time zone 'UTC'", kept_since["runs"]),
    ]


def _expiry(table: str, condition: sql.Composable, young: LiteralString, kept_since: datetime) -> Expiry:
    return Expiry(
        name=f"dagster {table}",
        table=sql.Identifier(table),
        unit=("id",),
        condition=condition,
        young=young,
        kept_since=kept_since,
        batch=_BATCH,
    )


def _text(name: str) -> LiteralString:
    return queries("dagster_storage", package="sync_platform.operations")[name]
