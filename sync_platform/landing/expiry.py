"""Takes expired rows out of a table: small batches, oldest first, each its own transaction. What expires it is told."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString

from psycopg import sql

from sync_platform.landing.database import Connection

# To count the rows of a table that grew for years takes longer than a statement may.
_MOST_COUNTED = 1_000_000
_ROWS = """
select case when counted.rows <= {most} then counted.rows else greatest(counted.rows, c.reltuples::bigint) end
from (select count(*) as rows from (select from {table} limit {most} + 1) as looked_at) as counted
join pg_class c on c.oid = {relation}::regclass
"""
# Looks at the next units of a table in its order; what expired of them is taken, or only counted.
_STEP = """
with examined as (
    select distinct {unit}, {young} as young from {table} t where {beyond} order by {unit} limit {batch}
),
gone as ({take})
select (select count(*) from gone), (select coalesce(sum(bytes), 0)::bigint from gone), last.*
from (select * from examined order by {backwards} limit 1) last
"""
_DELETE = """
delete from {table} t using examined x where {same_unit} and ({condition}) returning pg_column_size(row(t.*)) as bytes
"""
_COUNT = """
select pg_column_size(row(t.*)) as bytes from {table} t join examined x on {same_unit} where {condition}
"""


@dataclass(frozen=True)
class Expiry:
    """Which rows of a table expire.

    `condition` and `young` are SQL on a row `t`. The table is walked in the order of the columns `unit`, `batch` units
    at a time; rows that agree in them go together. `young` says of a unit that none after it can have expired.
    """

    name: str
    table: sql.Identifier
    unit: tuple[str, ...]
    condition: sql.Composable
    young: LiteralString
    kept_since: datetime
    batch: int = 5_000


@dataclass(frozen=True)
class Pruned:
    """What went of a table or folder, or would go: `rows` there were before, `gone` of them with `bytes`.

    Everything since `kept_since` is still there. `rows` of more than a million are PostgreSQL's own estimate.
    """

    name: str
    rows: int
    gone: int
    bytes: int
    kept_since: datetime


def take_expired(
    connection: Connection,
    expiry: Expiry,
    values: Mapping[str, Any],
    *,
    dry_run: bool,
    progress: Callable[[str, int], None],
) -> Pruned:
    """Delete the expired rows, or with `dry_run` count them by the very same walk.

    `connection` is in autocommit mode. May be stopped at any time and called again: what is gone is gone, the rest is
    found again. No row is locked that a writer wants. `progress` is told the name and the rows so far after each batch.
    """
    rows = _count(connection, expiry)
    gone = size = 0
    after: tuple[Any, ...] | None = None
    while True:
        found = connection.execute(_step(expiry, dry_run=dry_run, after=after), values).fetchone()
        if found is None:
            break
        gone, size = gone + found[0], size + found[1]
        *after_values, young = found[2:]
        after = tuple(after_values)
        progress(expiry.name, gone)
        if young:
            break
    return Pruned(name=expiry.name, rows=rows, gone=gone, bytes=size, kept_since=expiry.kept_since)


def _count(connection: Connection, expiry: Expiry) -> int:
    statement = sql.SQL(_ROWS).format(
        table=expiry.table, relation=sql.Literal(expiry.table.as_string(connection)), most=sql.Literal(_MOST_COUNTED)
    )
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _step(expiry: Expiry, *, dry_run: bool, after: tuple[Any, ...] | None) -> sql.Composed:
    columns = [sql.Identifier("t", column) for column in expiry.unit]
    unit = sql.SQL(", ").join(columns)
    beyond = (
        sql.SQL("true")
        if after is None
        else sql.SQL("({}) > ({})").format(unit, sql.SQL(", ").join(map(sql.Literal, after)))
    )
    same_unit = sql.SQL(" and ").join(
        sql.SQL("{} = {}").format(sql.Identifier("t", column), sql.Identifier("x", column)) for column in expiry.unit
    )
    take = sql.SQL(_COUNT if dry_run else _DELETE).format(
        table=expiry.table, same_unit=same_unit, condition=expiry.condition
    )
    return sql.SQL(_STEP).format(
        unit=unit,
        young=sql.SQL(expiry.young),
        table=expiry.table,
        beyond=beyond,
        batch=sql.Literal(expiry.batch),
        take=take,
        backwards=sql.SQL(", ").join(sql.SQL("{} desc").format(sql.Identifier(column)) for column in expiry.unit),
    )
