"""What is landed of a business day, as figures: counts and exact sums, of all of it or of a stretch of its moments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from psycopg import sql

from sync_platform.contracts.figures import Figures
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class Stretch:
    """A day's rows whose `field` is in [since, until); None leaves an end open. Without a field: the whole day."""

    field: str | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def conditions(self) -> sql.Composed:
        """As conditions on the landed row `t`, each with its `and` before it."""
        parts = []
        if self.field is not None:
            moment = sql.Identifier("t", self.field)
            if self.since is not None:
                parts.append(sql.SQL(" and {} >= {}").format(moment, sql.Literal(self.since)))
            if self.until is not None:
                parts.append(sql.SQL(" and {} < {}").format(moment, sql.Literal(self.until)))
        return sql.Composed(parts)


@dataclass(frozen=True)
class Spread:
    """How the moments of some rows lie; None of no rows."""

    rows: int
    first: datetime | None
    middle: datetime | None
    last: datetime | None


@dataclass(frozen=True)
class OpenLetter:
    """A dead letter that is open or settled by a person. `landed`: its record, otherwise, is a live row of the day.

    `payload` is None where it is withheld or no key opens it.

    `met_lately` is False where the last complete read of the day did not have the record any more.
    """

    record_key: str | None
    payload_hash: bytes
    payload: bytes | None
    landed: bool
    met_lately: bool


def landed_figures(
    connection: Connection, table: EntityTable, *, day: date, sums: Sequence[str] = (), stretch: Stretch | None = None
) -> Figures:
    """Live rows and sums; `sums` name a field, or `list[].name` for what each item of a list field has."""
    terms = [sql.SQL(", coalesce(sum({}), 0)::numeric").format(_term(summed)) for summed in sums]
    row = connection.execute(
        sql.SQL(queries("landed_figures")["figures"]).format(
            sums=sql.Composed(terms), landing=table.identifier, within=(stretch or Stretch()).conditions
        ),
        {"day": day},
    ).fetchone()
    count, *values = row or (0, *(Decimal(0) for _ in sums))
    return Figures(count, dict(zip(sums, values, strict=True)))


def spread_of(connection: Connection, table: EntityTable, *, day: date, stretch: Stretch) -> Spread:
    """How the rows of a stretch lie in time."""
    if stretch.field is None:
        raise ValueError("a stretch without a field has no moments")
    row = connection.execute(
        sql.SQL(queries("landed_figures")["spread"]).format(
            moment=sql.Identifier("t", stretch.field), landing=table.identifier, within=stretch.conditions
        ),
        {"day": day},
    ).fetchone()
    return Spread(*row) if row else Spread(0, None, None, None)


def open_letters(connection: Connection, table: EntityTable, *, day: date, seal: LetterSeal) -> Iterator[OpenLetter]:
    """The day's dead letters whose records the partner may still send, one of each record."""
    cursor = connection.execute(
        sql.SQL(queries("landed_figures")["open_letters"]).format(
            landing=table.identifier, key_text=key_text("t", table)
        ),
        {"system": table.system, "entity": table.entity, "day": day},
    )
    return (
        OpenLetter(
            key,
            bytes(hashed),
            None if payload is None else seal.open(bytes(payload), sealed=sealed),
            landed=landed,
            met_lately=met_lately,
        )
        for key, hashed, payload, sealed, landed, met_lately in cursor
    )


def key_text(alias: str, table: EntityTable) -> sql.Composed:
    """A row's key as the one text that RecordReader.key_of writes: a JSON array without blanks."""
    return sql.SQL("concat('[', concat_ws(',', {}), ']')").format(
        sql.SQL(", ").join(
            sql.SQL("to_json({})::text").format(sql.Identifier(alias, name)) for name in table.contract.key
        )
    )


def _term(summed: str) -> sql.Composable:
    name, _, item = summed.partition("[].")
    column: Any = sql.Identifier("t", name)
    if not item:
        return column  # type: ignore[no-any-return]
    return sql.SQL(queries("landed_figures")["item_sum"]).format(name=sql.Literal(item), column=column)
