"""What happened to the records of one entity: captured versions, dead letters, loads, landing, their days' checks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.trace.event import Event, event_of
from sync_platform.trace.identifier import Identifier, identifiers_in, keys_named
from sync_platform.trace.letters import letter_events, select_letters
from sync_platform.trace.records import FoundRecord
from sync_platform.trace.selected import Row, select
from sync_platform.trace.shown import Shown, read_payload


@dataclass(frozen=True)
class History:
    """The events of one entity's records, and the requests (or files), loads and deliveries that they name."""

    events: tuple[Event, ...]
    exchange_ids: frozenset[UUID]
    load_ids: frozenset[UUID]
    delivery_ids: frozenset[int]


def entity_history(
    connection: Connection,
    entity: Entity,
    records: Sequence[FoundRecord],
    *,
    identifiers: frozenset[Identifier],
    shown: Shown,
) -> History:
    """Everything about the entity's records, and about what came of them and never landed."""
    # What never landed has no row to be found by: a waiting change, a rejected record.
    keys = {record.key for record in records} | keys_named(entity, identifiers)
    values = {
        "system": entity.system,
        "entity": entity.name,
        "keys": sorted(keys),
        "numbers": sorted({one.value.encode() for one in identifiers}),
    }

    def concerned(row: Row) -> bool:
        return row["record_key"] in keys or bool(identifiers_in(entity, row["payload"] or b"") & identifiers)

    changes = [row for row in select(connection, "changes", values) if concerned(row)]
    letters = [row for row in select_letters(connection, values, shown) if concerned(row)]
    days = {record.row["_business_day"] for record in records} | {letter["business_day"] for letter in letters}
    rows = [record.row for record in records]
    events = [
        *_changes(entity, changes, shown),
        *letter_events(connection, entity, letters, shown),
        *(event for record in records for event in _landed(record, shown)),
        *(event for day in sorted(days) for event in _day(connection, entity, day, values)),
    ]
    exchange_ids = {row["exchange_id"] for row in (*changes, *letters)} | {row["_exchange_id"] for row in rows}
    load_ids = {row["applied_load_id"] for row in changes} | {row["_load_id"] for row in rows}
    load_ids |= {letter["load_id"] for letter in letters}
    # A whole day that came before the row's last change is named by the day alone.
    completed = select(connection, "completing_loads", {**values, "days": sorted(days)})
    load_ids |= {row["complete_load_id"] for row in completed}
    delivery_ids = {row["delivery_id"] for row in changes}
    return History(tuple(events), *(frozenset(ids - {None}) for ids in (exchange_ids, load_ids, delivery_ids)))


def _changes(entity: Entity, changes: Sequence[Row], shown: Shown) -> Iterator[Event]:
    """Each captured version, with what it changed of the one captured before it."""
    before: dict[str | None, dict[str, Any]] = {}
    for row in changes:
        values = read_payload(entity, row["payload"])
        facts = {
            "as_of": row["as_of"],
            "observed_at": row["observed_at"],
            "exchange_id": row["exchange_id"],
            "delivery_id": row["delivery_id"],
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
        yield event_of(row["captured_at"], "change", entity, shown.key(entity, row["record_key"]), words, facts)


def _landed(record: FoundRecord, shown: Shown) -> Iterator[Event]:
    """The moments that the record itself names, and those of its row."""
    entity, row = record.entity, record.row
    key = shown.key(entity, record.key)
    for field in entity.contract.fields:
        moment = row[field.name]
        if field.type is FieldType.TIMESTAMP and moment is not None and field.name != entity.contract.as_of_field:
            yield event_of(moment, "partner", entity, key, f"{field.name}: {field.description}", {})
    facts = {"load_id": row["_load_id"], "exchange_id": row["_exchange_id"], "as_of": row["_as_of"]}
    first, last = row["_first_seen_at"], row["_last_changed_at"]
    if first != last:
        yield event_of(first, "landed", entity, key, "landed for the first time", {})
    words = "landed, and unchanged since" if first == last else "its row was last changed, to what it is now"
    yield event_of(last, "landed", entity, key, words, facts)
    if row["_deleted_at"] is not None:
        yield event_of(row["_deleted_at"], "landed", entity, key, "the partner no longer has it: tombstone", {})


def _day(connection: Connection, entity: Entity, day: date, values: dict[str, Any]) -> Iterator[Event]:
    """What the rules and the partner say of the record's day."""
    of_day = {**values, "day": day}
    for row in select(connection, "checks", of_day):
        failed = row["failed"]
        words = f"the rules of {day}: {row['passed']} passed, {len(failed)} failed"
        yield event_of(row["evaluated_at"], "check", entity, None, words, {"failed": failed} if failed else {})
    differing = {
        row["record_key"]: " ".join(filter(None, (row["kind"], row["note"])))
        for row in select(connection, "verification_differences", of_day)
    }
    for row in select(connection, "verifications", of_day):
        kept = ("scope", "partner_count", "landed_count", "partner_sums", "landed_sums", "exchange_id")
        facts = {name: row[name] for name in kept if row[name] is not None}
        facts |= {"differing": differing} if differing else {}
        words = f"{day} was held against the partner's own figures: {row['verdict']}; {row['words']}"
        yield event_of(row["at"], "verification", entity, None, words, facts)
