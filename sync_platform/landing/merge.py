"""The one write path into landing tables: merge a stage by key and version, settle what a complete read lacked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from sync_platform.contracts.contract import VersionKind
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import ROW_COLUMNS, EntityTable
from sync_platform.landing.queries import queries
from sync_platform.landing.stage import Stage, key_columns

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ConflictingRecord:
    """A staged row with the strict version of another one and other content; `payload` is its fields as JSON."""

    record_key: str
    business_day: date
    source_version: int | None
    observed_at: datetime
    as_of: datetime
    exchange_id: UUID | None
    payload: bytes


@dataclass(frozen=True)
class Repeats:
    """Staged rows that had to make way for another of their key."""

    unchanged: int = 0
    superseded: int = 0
    conflicts: tuple[ConflictingRecord, ...] = ()


@dataclass(frozen=True)
class MergeCounts:
    """What became of the staged rows (promise 3): the first four and `conflicts` add up to them; the rest is beside.

    `present` of them are live rows of their business day now, `missing` were thought to be gone. `live` are all live
    rows of the day that was read whole.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    conflicts: int = 0
    revived: int = 0
    moved: int = 0
    changed_without_version: int = 0
    tombstoned: int = 0
    present: int = 0
    missing: int = 0
    live: int = 0
    left_days: tuple[date, ...] = ()


def settle_repeats(connection: Connection, stage: Stage) -> Repeats:
    """Leave one row per key in the stage, the newest version, so that checks see what would be published."""
    strict = stage.table.contract.source_version.kind is VersionKind.STRICT
    rows = connection.execute(_compose(stage.table, stage, "settle_repeats"), {"strict": strict}).fetchall()
    return Repeats(
        unchanged=sum(verdict == "unchanged" for verdict, *_ in rows),
        superseded=sum(verdict == "superseded" for verdict, *_ in rows),
        conflicts=tuple(_conflicting(row) for verdict, *row in rows if verdict == "conflict"),
    )


def merge_stage(
    connection: Connection, stage: Stage, *, load_id: UUID, vanished_before: datetime | None = None
) -> MergeCounts:
    """Move staged rows, one per key, into the landing table; the newest version wins, an equal one is unchanged.

    Runs in the caller's transaction and may be repeated: a second run changes nothing. Rows of equal key and strict
    version that differ stay in the stage: see `conflicting_records`. `vanished_before` is when a complete and confirmed
    read of the day began: a record observed earlier that is not landed had vanished by then and lands as a tombstone.
    """
    values = {**_values(stage, vanished_before), "load_id": load_id}
    found = _classified(connection, stage, values)
    counted = {verdict["verdict"]: verdict["rows"] for verdict in found}
    _write(connection, stage, values, counted, seen_later=any(verdict["seen_later"] for verdict in found))
    return _counts(found)


def judge_stage(connection: Connection, stage: Stage) -> MergeCounts:
    """What `merge_stage` would do with the staged rows; only reads."""
    return _counts(_classified(connection, stage, _values(stage, None)))


def _values(stage: Stage, vanished_before: datetime | None) -> dict[str, Any]:
    version = stage.table.contract.source_version.kind
    return {
        "strict": version is VersionKind.STRICT,
        "versioned": version is not VersionKind.NONE,
        "vanished_before": vanished_before or _NEVER,
    }


def _classified(connection: Connection, stage: Stage, values: dict[str, Any]) -> list[dict[str, Any]]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(_compose(stage.table, stage, "classify"), values).fetchall()


def _counts(found: list[dict[str, Any]]) -> MergeCounts:
    counted = {verdict["verdict"]: verdict["rows"] for verdict in found}
    return MergeCounts(
        inserted=counted.get("inserted", 0),
        updated=counted.get("updated", 0),
        unchanged=counted.get("unchanged", 0),
        superseded=counted.get("superseded", 0),
        conflicts=counted.get("conflict", 0),
        revived=sum(verdict["revived"] for verdict in found),
        moved=sum(verdict["moved"] for verdict in found),
        changed_without_version=sum(verdict["without_version"] for verdict in found),
        tombstoned=sum(verdict["born_gone"] for verdict in found),
        present=sum(verdict["present"] for verdict in found),
        missing=sum(verdict["missing"] for verdict in found),
        left_days=tuple(sorted({day for verdict in found for day in verdict["left_days"] or ()})),
    )


def _write(
    connection: Connection, stage: Stage, values: dict[str, Any], counted: dict[str, int], *, seen_later: bool
) -> None:
    """Only what there is to write: a load that changes nothing rewrites no row.

    An INSERT of what is known to be new and an UPDATE of the rest, because one INSERT … ON CONFLICT takes 1.5 times as
    long for 200,000 new rows (1.5 s, 1.0 s; November 2026).
    """
    table = stage.table
    written = 0
    try:
        if counted.get("inserted"):
            all_new = counted["inserted"] == sum(counted.values())
            written += connection.execute(_compose(table, stage, "insert_new"), {**values, "all_new": all_new}).rowcount
        if counted.get("updated"):
            written += connection.execute(_compose(table, stage, "update_changed"), values).rowcount
    except psycopg.errors.UniqueViolation as error:
        raise _touched_meanwhile(table) from error
    if written != counted.get("inserted", 0) + counted.get("updated", 0):
        raise _touched_meanwhile(table)
    if seen_later:
        connection.execute(_compose(table, stage, "seen_later"), values)


def conflicting_records(connection: Connection, stage: Stage) -> tuple[ConflictingRecord, ...]:
    """The merged stage's rows that are in conflict with what is landed, for dead letters."""
    rows = connection.execute(_compose(stage.table, stage, "conflicting"), _values(stage, None))
    return tuple(_conflicting(row) for row in rows)


def _conflicting(row: Sequence[Any]) -> ConflictingRecord:
    key, day, version, observed_at, as_of, exchange_id, payload = row
    return ConflictingRecord(key, day, version, observed_at, as_of, exchange_id, bytes(payload))


def _touched_meanwhile(table: EntityTable) -> psycopg.errors.SerializationFailure:
    """What PostgreSQL itself would say under a stricter isolation; the transaction is tried again in the same way."""
    return psycopg.errors.SerializationFailure(f"{table.name}: another day's writer touched the same records meanwhile")


def settle_vanished(
    connection: Connection,
    stage: Stage,
    counts: MergeCounts,
    *,
    load_id: UUID,
    day: date,
    read_at: datetime,
    confirmed: bool,
    rejected_keys: list[str],
    keyless: bool = False,
) -> MergeCounts:
    """Tombstone what a complete read of `day` did not have (promise 6); the counts with `tombstoned` and `live`.

    `read_at` is when the read began, by the partner's clock: what was observed later is left alone. `rejected_keys`
    are key texts of records that came but were rejected: they did not vanish. `keyless`: rejected records came whose
    key nobody can read; each could be any of those that seem to be missing, so none is judged.
    """
    values = {
        "day": day,
        "read_at": read_at,
        "confirmed": confirmed,
        "load_id": load_id,
        "rejected_keys": rejected_keys,
    }
    with hashed(connection):
        if counts.missing:
            connection.execute(_compose(stage.table, stage, "seen_again"), values)
        live = count_live(connection, stage.table, day)
        if keyless or live <= counts.present:
            return replace(counts, live=live)
        gone = connection.execute(_compose(stage.table, stage, "vanish"), values).fetchall()
    tombstoned = sum(1 for (deleted,) in gone if deleted)
    return replace(counts, tombstoned=counts.tombstoned + tombstoned, live=live - tombstoned)


@contextmanager
def hashed(connection: Connection) -> Iterator[None]:
    """A stage has no index: planned as a nested loop, 200,000 rows took 80 s; hashed they take 0.2 s."""
    connection.execute("set local enable_nestloop = off")
    yield
    connection.execute("set local enable_nestloop to default")


def count_live(connection: Connection, table: EntityTable, day: date) -> int:
    """Live rows of a business day."""
    row = connection.execute(_compose(table, None, "count_live"), {"day": day}).fetchone()
    return int(row[0]) if row else 0


def _compose(table: EntityTable, stage: Stage | None, name: str) -> sql.Composed:
    columns = table.contract.columns
    row_columns = [name for name, _ in ROW_COLUMNS]
    names: dict[str, Any] = {
        "landing": table.identifier,
        "stage": stage.identifier if stage else sql.SQL(""),
        "key": _list(table.key),
        "same_key": sql.SQL(" and ").join(
            sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in table.key
        ),
        "rejected": key_columns(table),
        "rejected_key": sql.SQL(" and ").join(
            sql.SQL("t.{0} = r.{0}").format(sql.Identifier(column)) for column in table.contract.key
        ),
        "verdict": sql.SQL(queries("merge")["verdict"]),
        "columns": _list(columns),
        "row_columns": _list(row_columns),
        "assignments": sql.SQL(", ").join(
            sql.SQL("{0} = s.{0}").format(sql.Identifier(column)) for column in (*columns, *row_columns)
        ),
        # The same text that RecordReader.key_of writes: a JSON array without blanks.
        "key_text": sql.SQL("concat('[', concat_ws(',', {}), ']')").format(
            sql.SQL(", ").join(
                sql.SQL("to_json({})::text").format(sql.Identifier("s", column)) for column in table.contract.key
            )
        ),
        # Not jsonb_build_object: it takes 100 arguments at most, which is 50 fields.
        "payload": sql.SQL("select to_jsonb(r) from (select {}) as r").format(
            sql.SQL(", ").join(sql.Identifier("s", column) for column in columns)
        ),
    }
    return sql.SQL(queries("merge")[name]).format(**names)


def _list(names: tuple[str, ...] | list[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))
