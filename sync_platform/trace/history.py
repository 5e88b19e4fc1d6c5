"""What happened to the records of one entity: captured versions, dead letters, loads, landing, their days' checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg.rows import dict_row

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries
from sync_platform.trace.event import Event
from sync_platform.trace.identifier import Identifier, identifiers_in
from sync_platform.trace.records import FoundRecord
from sync_platform.trace.shown import Shown, read_payload

Row = dict[str, Any]


@dataclass(frozen=True)
class History:
    """The events of one entity's records, and the requests and loads that they name."""

    events: tuple[Event, ...]
    exchange_ids: frozenset[UUID]
    load_ids: frozenset[UUID]


def entity_history(
    connection: Connection,
    entity: Entity,
    records: Sequence[FoundRecord],
    *,
    identifiers: frozenset[Identifier],
    shown: Shown,
) -> History:
    """Everything about the entity's records, and about what came of them and never landed."""
    values = {
        "system": entity.system,
        "entity": entity.name,
        "keys": [record.key for record in records],
        "numbers": sorted({one.value.encode() for one in identifiers}),
    }
    keys = {record.key for record in records}

    def concerned(row: Row) -> bool:
        return row["record_key"] in keys or bool(identifiers_in(entity, row["payload"] or b"") & identifiers)

    changes = [row for row in select(connection, "changes", values) if concerned(row)]
    letters = [row for row in select(connection, "dead_letters", values) if concerned(row)]
    days = {record.row["_business_day"] for record in records} | {letter["business_day"] for letter in letters}
    rows = [record.row for record in records]
    events = [
        *_changes(entity, changes, shown),
        *_letters(entity, letters, shown),
        *(event for record in records for event in _landed(record, shown)),
        *(event for day in sorted(days) for event in _day(connection, entity, day, values)),
    ]
    exchange_ids = {row["exchange_id"] for row in (*changes, *letters)} | {row["_exchange_id"] for row in rows}
    load_ids = {row["applied_load_id"] for row in changes} | {row["_load_id"] for row in rows}
    load_ids |= {letter["load_id"] for letter in letters}
    # A whole day that came before the row's last change is named by the day alone.
    completed = select(connection, "completing_loads", {**values, "days": sorted(days)})
    load_ids |= {row["complete_load_id"] for row in completed}
    return History(tuple(events), frozenset(exchange_ids - {None}), frozenset(load_ids - {None}))


def select(connection: Connection, name: str, values: dict[str, Any]) -> list[Row]:
    """The rows of a named query of this package."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(queries("trace", package="sync_platform.trace")[name], values).fetchall()


def _changes(entity: Entity, changes: Sequence[Row], shown: Shown) -> Iterator[Event]:
    """Each captured version, with what it changed of the one captured before it."""
    before: dict[str | None, dict[str, Any]] = {}
    for row in changes:
        values = read_payload(entity, row["payload"])
        facts = {
            "as_of": row["as_of"],
            "observed_at": row["observed_at"],
            "exchange_id": row["exchange_id"],
            "load_id": row["applied_load_id"],
            **shown.payload(row["payload"]),
        }
        earlier = before.get(row["record_key"])
        if values is None:
            words = "a version that breaks its contract was captured"
        elif earlier is None:
            words, facts = "a version was captured", {**facts, "fields": shown.fields(entity.contract, values)}
        else:
            changed = shown.differences(entity.contract, earlier, values)
            words = f"a new version was captured: {', '.join(changed) or 'nothing that is kept'} changed"
            facts = {**facts, "changed": changed}
        if row["applied_load_id"] is None:
            words += "; it waits to be applied"
        if values is not None:
            before[row["record_key"]] = values
        yield _event(row["captured_at"], "change", entity, shown.key(entity, row["record_key"]), words, facts)


def _letters(entity: Entity, letters: Sequence[Row], shown: Shown) -> Iterator[Event]:
    for row in letters:
        of = f"{row['field']}: " if row["field"] else ""
        words = f"could not be taken in: {of}{row['message']}; {row['state']}"
        facts = {
            **{name: row[name] for name in ("dead_letter_id", "reason", "attempts", "last_at", "contract_version")},
            **{name: row[name] for name in ("way", "delivery_id", "file_name", "exchange_id", "load_id")},
            **({} if row["payload"] is None or row["sealed"] else shown.payload(row["payload"])),
        }
        event = _event(row["first_at"], "dead_letter", entity, shown.key(entity, row["record_key"]), words, facts)
        yield replace(event, correlation_id=row["correlation_id"])


def _landed(record: FoundRecord, shown: Shown) -> Iterator[Event]:
    """The moments that the record itself names, and those of its row."""
    entity, row = record.entity, record.row
    key = shown.key(entity, record.key)
    for field in entity.contract.fields:
        moment = row[field.name]
        if field.type is FieldType.TIMESTAMP and moment is not None and field.name != entity.contract.as_of_field:
            yield _event(moment, "partner", entity, key, f"{field.name}: {field.description}", {})
    facts = {"load_id": row["_load_id"], "exchange_id": row["_exchange_id"], "as_of": row["_as_of"]}
    first, last = row["_first_seen_at"], row["_last_changed_at"]
    if first != last:
        yield _event(first, "landed", entity, key, "landed for the first time", {})
    words = "landed, and unchanged since" if first == last else "its row was last changed, to what it is now"
    yield _event(last, "landed", entity, key, words, facts)
    if row["_deleted_at"] is not None:
        yield _event(row["_deleted_at"], "landed", entity, key, "the partner no longer has it: tombstone", {})


def _day(connection: Connection, entity: Entity, day: date, values: dict[str, Any]) -> Iterator[Event]:
    """What the rules and the partner say of the record's day."""
    of_day = {**values, "day": day}
    for row in select(connection, "checks", of_day):
        failed = row["failed"]
        words = f"the rules of {day}: {row['passed']} passed, {len(failed)} failed"
        yield _event(row["evaluated_at"], "check", entity, None, words, {"failed": failed} if failed else {})
    differing = {
        row["record_key"]: " ".join(filter(None, (row["kind"], row["note"])))
        for row in select(connection, "verification_differences", of_day)
    }
    for row in select(connection, "verifications", of_day):
        kept = ("scope", "partner_count", "landed_count", "partner_sums", "landed_sums", "exchange_id")
        facts = {name: row[name] for name in kept if row[name] is not None}
        facts |= {"differing": differing} if differing else {}
        words = f"{day} was held against the partner's own figures: {row['verdict']}; {row['words']}"
        yield _event(row["at"], "verification", entity, None, words, facts)


def _event(at: datetime, kind: str, entity: Entity, record: str | None, words: str, facts: dict[str, Any]) -> Event:
    told = {name: value for name, value in facts.items() if value is not None}
    return Event(at, kind, entity.system, entity.name, record, words, told)
