"""Finds all landed records of one business record: by the number asked for, then by what those refer to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from sync_platform.contracts.contract import FieldType
from sync_platform.contracts.record import key_text
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.trace.identifier import Identifier, identifiers_of, known_as

# A receipt of the demo's data has some 10 lines, a payout 300 payments, which are not followed.
MOST_RECORDS = 200
_BIGINT = range(-(2**63), 2**63)
_SELECT = "select * from {table} where {where} order by {key} limit {limit}"


@dataclass(frozen=True)
class FoundRecord:
    """A landed record; `row` holds all columns of its landing table, `found_by` says in words what led to it."""

    entity: Entity
    key: str
    row: dict[str, Any]
    found_by: str

    @property
    def place(self) -> tuple[str, str, str]:
        return (self.entity.system, self.entity.name, self.key)


@dataclass(frozen=True)
class FoundRecords:
    """What was found, every identifier that it was looked for by, and whether there was more than is shown."""

    records: tuple[FoundRecord, ...]
    identifiers: frozenset[Identifier]
    cut: bool


def find_records(connection: Connection, systems: Sequence[PartnerSystem], asked: str) -> FoundRecords:
    """The records known by the number `asked`, and those that they refer to or that refer to them.

    Where a declared reference has that number, keys of entities without one are not looked at: their numbers may be
    the same by chance. At most 200 records.
    """
    entities = [entity for system in systems for entity in system.entities]
    declared = [entity for entity in entities if entity.declaration.known_as]
    others = [entity for entity in entities if not entity.declaration.known_as]
    if not declared:
        declared, others = others, []
    found: dict[tuple[str, str, str], FoundRecord] = {}
    looked_for: set[Identifier] = set()
    todo = _asked(declared, asked)
    while todo:
        _add(found, connection, entities, todo)
        looked_for |= todo
        todo = {one for record in found.values() for one in identifiers_of(record.entity, record.row)} - looked_for
        if not todo and not found and others:
            todo, others = _asked(others, asked), []
        if len(found) >= MOST_RECORDS:
            break
    shown = list(found.values())[:MOST_RECORDS]
    return FoundRecords(tuple(shown), frozenset(looked_for), cut=len(found) >= MOST_RECORDS)


def _asked(entities: Iterable[Entity], value: str) -> set[Identifier]:
    return {Identifier(kind, value) for entity in entities for kind in known_as(entity)}


def _add(
    found: dict[tuple[str, str, str], FoundRecord],
    connection: Connection,
    entities: Sequence[Entity],
    identifiers: set[Identifier],
) -> None:
    for entity in entities:
        wanted = {one for one in identifiers if one.kind in known_as(entity)}
        for row in _rows(connection, entity, wanted) if wanted else ():
            led = identifiers_of(entity, row) & wanted
            key = key_text(tuple(row[name] for name in entity.contract.key))
            record = FoundRecord(entity, key, row, found_by=_words(led or wanted))
            found.setdefault(record.place, record)


def _words(led: set[Identifier]) -> str:
    """One of the numbers, with all its kinds: a payment's reference may be of an order or of a receipt."""
    value = min(one.value for one in led)
    return f"{' or '.join(sorted(one.kind for one in led if one.value == value))} {value}"


def _rows(connection: Connection, entity: Entity, identifiers: set[Identifier]) -> list[dict[str, Any]]:
    """By each field in its own type, so that an index on it is used."""
    table = EntityTable(entity.system, entity.contract)
    conditions: list[sql.Composable] = []
    values: list[Any] = []
    for kind, fields in known_as(entity).items():
        texts = sorted(one.value for one in identifiers if one.kind == kind)
        for field in fields if texts else ():
            if entity.contract.field(field).type is FieldType.INTEGER:
                conditions.append(sql.SQL("{} = any(%s::bigint[])").format(sql.Identifier(field)))
                values.append(
                    [int(text) for text in texts if text.isascii() and text.isdigit() and int(text) in _BIGINT]
                )
            else:
                conditions.append(sql.SQL("{} = any(%s::text[])").format(sql.Identifier(field)))
                values.append(texts)
    if not conditions:
        return []
    query = sql.SQL(_SELECT).format(
        table=table.identifier,
        where=sql.SQL(" or ").join(conditions),
        key=sql.SQL(", ").join(map(sql.Identifier, table.key)),
        limit=sql.Literal(MOST_RECORDS),
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query, values).fetchall()
