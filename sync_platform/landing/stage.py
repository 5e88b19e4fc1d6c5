"""A stage: an unlogged table that holds what was read until it is checked and published, or thrown away."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

import psycopg
from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import ROW_COLUMNS, STAGE, EntityTable, column_type
from sync_platform.landing.row import RowWriter, StagedRows


@dataclass(frozen=True)
class Stage:
    """One stage table. `schema` is None for a temporary one, seen by its own connection only."""

    table: EntityTable
    name: str
    schema: str | None

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name) if self.schema else sql.Identifier(self.name)


def create_stage(connection: Connection, table: EntityTable, *, day: date, token: int) -> Stage:
    """A fresh stage for a whole day, visible to the checks. Stages that earlier writers of the day left are dropped."""
    prefix = table.stage_name(day, 0)[:-1]
    rows = connection.execute(
        "select tablename from pg_tables where schemaname = %s and starts_with(tablename, %s)", [STAGE, prefix]
    ).fetchall()
    for (left_over,) in rows:
        _drop_unless_in_use(connection, sql.Identifier(STAGE, left_over))
    stage = Stage(table=table, name=table.stage_name(day, token), schema=STAGE)
    connection.execute(sql.SQL("create unlogged table {} ({})").format(stage.identifier, _columns(table)))
    return stage


def create_temporary_stage(connection: Connection, table: EntityTable, *, of_the_session: bool = False) -> Stage:
    """A stage for a delta; it lives as long as the caller's transaction, `of_the_session` until it is dropped."""
    stage = Stage(table=table, name=f"stage_{table.name}"[:60], schema=None)
    statement = sql.SQL("create temporary table {} ({}){}").format(
        stage.identifier, _columns(table), sql.SQL("" if of_the_session else " on commit drop")
    )
    connection.execute(statement)
    return stage


class Copying:
    """Appends batches to a stage by COPY: the server takes one in while the caller prepares the next; `with` ends it.

    Between `append` and `settle` the connection is the COPY's own. Without threads: what was written waits in the
    socket's buffer. A thread for it made a load of 200,000 rows no quicker, because both want the interpreter.
    """

    def __init__(self, connection: Connection, stage: Stage) -> None:
        self._connection = connection
        names = [*stage.table.contract.columns, *(name for name, _ in ROW_COLUMNS)]
        self._statement = sql.SQL("copy {} ({}) from stdin").format(
            stage.identifier, sql.SQL(", ").join(map(sql.Identifier, names))
        )
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: Any) -> None:
        self._open.__exit__(*error)

    def append(self, text: bytes) -> None:
        """Hand COPY lines over, as a RowWriter wrote them; earlier ones are waited for."""
        self.settle()
        if text:
            cursor = self._open.enter_context(self._connection.cursor())
            self._open.enter_context(cursor.copy(self._statement)).write(text)

    def settle(self) -> None:
        """Until what was appended is in the stage. Raises what went wrong with it."""
        self._open.close()


def copy_rows(connection: Connection, stage: Stage, *, writer: RowWriter, rows: StagedRows) -> None:
    """Append one batch to the stage."""
    with Copying(connection, stage) as copying:
        copying.append(writer.text(rows))


def empty_stage(connection: Connection, stage: Stage) -> None:
    """Throw away what was read so far. DELETE and not TRUNCATE: the latter fails on a full disk."""
    connection.execute(sql.SQL("delete from {}").format(stage.identifier))


def drop_stage(connection: Connection, stage: Stage) -> None:
    """Remove the stage table."""
    connection.execute(sql.SQL("drop table if exists {}").format(stage.identifier))


@dataclass(frozen=True)
class KeyCount:
    """How many different records came, `staged` of them as rows of the stage; the others were rejected."""

    keys: int
    staged: int


def count_keys(connection: Connection, stage: Stage, rejected_keys: Sequence[str] = ()) -> KeyCount:
    """The different keys of the stage and of the rejected ones (key texts), each counted once."""
    key = sql.SQL(", ").join(map(sql.Identifier, stage.table.contract.key))
    row = connection.execute(
        sql.SQL(
            "select count(*), count(*) filter (where staged) from ("
            "select {key}, bool_or(staged) as staged from (select {key}, true as staged from {stage} union all"
            " select {rejected}, false from unnest(%(rejected_keys)s::text[]) as k(key)) as a group by {key}) as keys"
        ).format(key=key, stage=stage.identifier, rejected=key_columns(stage.table)),
        {"rejected_keys": list(rejected_keys)},
    ).fetchone()
    return KeyCount(*row) if row else KeyCount(0, 0)


def key_columns(table: EntityTable) -> sql.Composed:
    """The parts of a key text `k.key` as the table's own key columns."""
    return sql.SQL(", ").join(
        sql.SQL("(k.key::jsonb ->> {})::{} as {}").format(
            sql.Literal(index), sql.SQL(column_type(table.contract.field(name))), sql.Identifier(name)
        )
        for index, name in enumerate(table.contract.key)
    )


def _drop_unless_in_use(connection: Connection, left_over: sql.Identifier) -> None:
    """A writer that stands still within a COPY keeps its stage locked; no other stage has its name, so it may stay."""
    try:
        with connection.transaction():
            connection.execute(sql.SQL("lock table {} in access exclusive mode nowait").format(left_over))
            connection.execute(sql.SQL("drop table {}").format(left_over))
    except (psycopg.errors.LockNotAvailable, psycopg.errors.UndefinedTable):
        return


def _columns(table: EntityTable) -> sql.Composed:
    columns: list[sql.Composable] = [
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(column_type(field)))
        for field in table.contract.fields
    ]
    columns += [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in ROW_COLUMNS]
    columns += [sql.SQL("_ordinal bigint generated always as identity"), sql.SQL("_deleted_at timestamptz")]
    return sql.SQL(", ").join(columns)
