"""A day as it was and as it is: which rows were added, changed or went, and what a staged answer would make of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from psycopg import sql

from sync_platform.contracts.contract import Contract, FieldType
from sync_platform.contracts.figures import Figures
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.queries import queries
from sync_platform.landing.stage import Stage, key_columns

_SNAPSHOT = sql.Identifier("day_before")


@dataclass(frozen=True)
class RowDifference:
    """Live rows of a day that are new, have other content, or are gone."""

    added: int
    changed: int
    gone: int

    @property
    def is_nothing(self) -> bool:
        return not (self.added or self.changed or self.gone)


@dataclass(frozen=True)
class DaySnapshot:
    """What was landed of one day when the snapshot was taken, on a connection of its own."""

    connection: Connection
    table: EntityTable
    day: date

    def difference(self) -> RowDifference:
        """How the day differs now."""
        row = self.connection.execute(_compose(self.table, self.day, "compare")).fetchone()
        return RowDifference(*row) if row else RowDifference(0, 0, 0)


@contextmanager
def snapshot_of(connection: Connection, table: EntityTable, *, day: date) -> Iterator[DaySnapshot]:
    """Remember the day's keys and contents while the block runs, in the database."""
    connection.execute(_compose(table, day, "take"))
    try:
        yield DaySnapshot(connection, table, day)
    finally:
        if not connection.closed:
            connection.execute(sql.SQL("drop table if exists {}").format(_SNAPSHOT))


def count_missing(connection: Connection, stage: Stage, *, day: date, rejected_keys: Sequence[str]) -> int:
    """How many live rows of the day the stage does not have."""
    statement = _compose(stage.table, day, "missing", stage=stage)
    row = connection.execute(statement, {"rejected_keys": list(rejected_keys)}).fetchone()
    return int(row[0]) if row else 0


def staged_figures(connection: Connection, stage: Stage, *, sums: Sequence[str]) -> Figures:
    """Rows of a stage and the sums of these fields."""
    terms = sql.Composed(
        [sql.SQL(", coalesce(sum({}), 0)::numeric").format(sql.Identifier("t", name)) for name in sums]
    )
    statement = sql.SQL(queries("day_snapshot")["staged_sums"]).format(sums=terms, stage=stage.identifier)
    count, *values = connection.execute(statement).fetchone() or (0, *(Decimal(0) for _ in sums))
    return Figures(count, dict(zip(sums, values, strict=True)))


def summed_fields(contract: Contract) -> tuple[str, ...]:
    """The fields whose sums say something: numbers with decimals or with a unit, that are neither key nor personal."""
    return tuple(
        field.name
        for field in contract.fields
        if (field.type is FieldType.DECIMAL or (field.type is FieldType.INTEGER and field.unit))
        and not field.personal
        and field.name not in contract.key
    )


def _compose(table: EntityTable, day: date, name: str, *, stage: Stage | None = None) -> sql.Composed:
    return sql.SQL(queries("day_snapshot")[name]).format(
        snapshot=_SNAPSHOT,
        landing=table.identifier,
        stage=stage.identifier if stage else sql.SQL(""),
        day=sql.Literal(day),
        key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
        same_key=sql.SQL(" and ").join(sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in table.key),
        rejected=key_columns(table),
        rejected_key=sql.SQL(" and ").join(
            sql.SQL("t.{0} = r.{0}").format(sql.Identifier(column)) for column in table.contract.key
        ),
    )
