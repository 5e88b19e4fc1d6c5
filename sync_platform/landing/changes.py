"""The change log: captured record versions, appended with the watermark and waiting until a load applies them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg import sql

from sync_platform.contracts.contract import VersionKind
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable, column_type
from sync_platform.landing.queries import queries

_INCOMING = """
create temporary table incoming (
    ordinal bigint generated always as identity, system text, entity text, business_day date, record_key text,
    source_version bigint, content_hash bytea, payload bytea, as_of timestamptz, observed_at timestamptz,
    exchange_id uuid
) on commit drop
"""
_COLUMNS = (
    "system, entity, business_day, record_key, source_version, content_hash, payload, as_of, observed_at, exchange_id"
)


@dataclass(frozen=True, slots=True)
class CapturedChange:
    """One record version as received. `record_key` is None where it breaks its contract: apply makes a letter of it."""

    business_day: date
    record_key: str | None
    source_version: int | None
    content_hash: bytes
    payload: bytes
    as_of: datetime
    observed_at: datetime
    exchange_id: UUID | None


@dataclass(frozen=True, slots=True)
class WaitingChange:
    """A change that waits to be applied."""

    change_id: int
    payload: bytes
    as_of: datetime
    observed_at: datetime
    exchange_id: UUID | None


def capture_changes(connection: Connection, table: EntityTable, changes: Sequence[CapturedChange]) -> int:
    """Append what is not known yet; returns how many. What the overlap window reads again is no change."""
    if not changes:
        return 0
    connection.execute(_INCOMING)
    with connection.cursor() as cursor, cursor.copy(f"copy incoming ({_COLUMNS}) from stdin") as copy:
        for change in changes:
            copy.write_row(
                (
                    table.system,
                    table.entity,
                    change.business_day,
                    change.record_key,
                    change.source_version,
                    change.content_hash,
                    change.payload,
                    change.as_of,
                    change.observed_at,
                    change.exchange_id,
                )
            )
    values = {
        "system": table.system,
        "entity": table.entity,
        "strict": table.contract.source_version.kind is VersionKind.STRICT,
    }
    names = _names(table)
    # Unknown to the planner, 5,000 incoming changes beside 5,000 waiting ones took 4 s in a nested loop.
    connection.execute("analyze incoming")
    connection.execute(sql.SQL(queries("changes")["forget_landed"]).format(**names), values)
    connection.execute("set local enable_nestloop = off")
    for name in ("seen_again", "forget_waiting"):
        connection.execute(sql.SQL(queries("changes")[name]).format(**names), values)
    connection.execute("set local enable_nestloop to default")
    captured = connection.execute(queries("changes")["capture"]).rowcount
    broken = connection.execute(queries("changes")["capture_broken"]).rowcount
    connection.execute("drop table incoming")
    return captured + broken


def waiting_days(connection: Connection, table: EntityTable) -> list[tuple[date, int]]:
    """The days that changes wait for, with their number, longest waiting first."""
    rows = connection.execute(queries("changes")["waiting_days"], {"system": table.system, "entity": table.entity})
    return [(day, count) for day, count in rows]


def broken_waiting(connection: Connection, table: EntityTable, *, day: date) -> int:
    """How many changes that wait for one day break their contract."""
    values = {"system": table.system, "entity": table.entity, "day": day}
    row = connection.execute(queries("changes")["broken_waiting"], values).fetchone()
    return int(row[0]) if row else 0


def read_waiting(connection: Connection, table: EntityTable, *, day: date, limit: int) -> list[WaitingChange]:
    """The changes that wait for one day, in the order of their capture."""
    rows = connection.execute(
        queries("changes")["waiting"], {"system": table.system, "entity": table.entity, "day": day, "limit": limit}
    )
    return [WaitingChange(*row) for row in rows]


def mark_applied(connection: Connection, change_ids: Sequence[int], *, load_id: UUID) -> None:
    """The caller's transaction took these changes in."""
    connection.execute(queries("changes")["applied"], {"change_ids": list(change_ids), "load_id": load_id})


def _names(table: EntityTable) -> dict[str, sql.Composable]:
    """What the queries on incoming changes are composed of. A state entity's records are told apart by day too."""
    of_a_day = "_business_day" in table.key
    same_record = sql.SQL("(i.record_key, i.business_day)" if of_a_day else "i.record_key")
    waiting_record = sql.SQL("(w.record_key, w.business_day)" if of_a_day else "w.record_key")
    joined = sql.SQL(" and ").join(
        sql.SQL("t.{column} = (i.record_key::jsonb ->> {index})::{type}").format(
            column=sql.Identifier(column), index=sql.Literal(index), type=sql.SQL(_key_type(table, column))
        )
        for index, column in enumerate(table.contract.key)
    )
    return {
        "landing": table.identifier,
        "same_record": same_record,
        "joined": sql.SQL("t._business_day = i.business_day and {}").format(joined) if of_a_day else joined,
        "last_incoming": sql.SQL(
            "select distinct on ({record}) {record} as same_record, i.content_hash, i.source_version, i.observed_at,"
            " i.as_of from incoming i where i.record_key is not null order by {record}, i.ordinal desc"
        ).format(record=same_record),
        "newest_waiting": sql.SQL(
            "select distinct on ({record}) {record} as same_record, w.change_id, w.content_hash, w.source_version,"
            " w.observed_at from sync.change w where w.system = %(system)s and w.entity = %(entity)s"
            " and w.applied_load_id is null and w.record_key is not null order by {record}, w.change_id desc"
        ).format(record=waiting_record),
    }


def _key_type(table: EntityTable, column: str) -> str:
    return column_type(table.contract.field(column))
