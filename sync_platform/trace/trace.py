"""Puts the trail of one business record together from the platform's own tables; asks no partner, changes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from sync_platform.audit.log import entries_about
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.trace.derived import derived
from sync_platform.trace.event import Event, Trace, TracedRecord
from sync_platform.trace.history import entity_history
from sync_platform.trace.identifier import identifiers_of
from sync_platform.trace.received import deliveries, files
from sync_platform.trace.records import FoundRecord, find_records
from sync_platform.trace.selected import select
from sync_platform.trace.shown import Shown

_LOAD_FACTS = (
    "load_id",
    "business_day",
    "read",
    "inserted",
    "updated",
    "unchanged",
    "dead_lettered",
    "contract_version",
    "platform_version",
    "run_id",
    "error",
)
_EXCHANGE_FACTS = (
    "exchange_id",
    "path",
    "partner_time",
    "duration_ms",
    "response_bytes",
    "response_sha256",
    "body_kept",
    "attempt",
    "error",
)


def trace(
    connection: Connection,
    systems: Sequence[PartnerSystem],
    asked: str,
    *,
    personal: bool,
    now: datetime,
    seal: LetterSeal,
) -> Trace:
    """Everything about the business record with the number `asked`, by order of time, read in one snapshot.

    Nothing was found where it has neither records nor events. Sealed dead letters are found by what is in them where
    `seal` has their key, else by their record's key alone.
    """
    shown = Shown(personal, seal)
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        found = find_records(connection, systems, asked)
        histories = [
            entity_history(
                connection,
                entity,
                [record for record in found.records if record.entity is entity],
                identifiers=found.identifiers,
                shown=shown,
            )
            for system in systems
            for entity in system.entities
        ]
        exchange_ids = {each for history in histories for each in history.exchange_ids}
        load_ids = {each for history in histories for each in history.load_ids}
        delivery_ids = {each for history in histories for each in history.delivery_ids}
        events = [
            *(event for history in histories for event in history.events),
            *deliveries(connection, delivery_ids),
            *files(connection, exchange_ids),
            *derived(connection, found.records, shown),
            *_exchanges(connection, exchange_ids),
            *_loads(connection, load_ids),
            *_actions(connection, found.records, shown),
        ]
    events.sort(key=lambda event: event.order)
    return Trace(
        asked=asked,
        at=now,
        personal=personal,
        records=tuple(_traced(record, shown) for record in found.records),
        events=tuple(events),
        identifiers=tuple(
            f"{one.kind} {one.value}"
            for one in sorted({one for record in found.records for one in identifiers_of(record.entity, record.row)})
        ),
        correlation_ids=tuple(dict.fromkeys(event.correlation_id for event in events if event.correlation_id)),
        cut=found.cut,
    )


def _traced(record: FoundRecord, shown: Shown) -> TracedRecord:
    entity, row = record.entity, record.row
    return TracedRecord(
        system=entity.system,
        entity=entity.name,
        title=entity.contract.title,
        key=shown.key(entity, record.key) or record.key,
        found_by=record.found_by,
        business_day=row["_business_day"],
        contract_version=entity.contract.version,
        as_of=row["_as_of"],
        deleted_at=row["_deleted_at"],
        fields=shown.fields(entity.contract, row),
    )


def _exchanges(connection: Connection, ids: set[UUID]) -> Iterator[Event]:
    for row in select(connection, "exchanges", {"ids": list(ids)}):
        words = f"{row['method']}, answered with {row['status']}"
        facts = {name: row[name] for name in _EXCHANGE_FACTS if row[name] is not None}
        yield Event(
            row["requested_at"],
            "exchange",
            row["system"],
            row["entity"] or "",
            None,
            words,
            facts,
            row["correlation_id"],
        )


def _loads(connection: Connection, ids: set[UUID]) -> Iterator[Event]:
    for row in select(connection, "loads", {"ids": list(ids)}):
        way = {"whole_day": "the whole day", "delta": "changes of the day", "current": "the state of the day"}
        words = f"{way.get(row['way'], row['way'])} {row['business_day']} loaded: {row['outcome']}"
        facts = {name: row[name] for name in _LOAD_FACTS if row[name] is not None}
        yield Event(row["at"], "load", row["system"], row["entity"], None, words, facts, row["correlation_id"])


def _actions(connection: Connection, records: Sequence[FoundRecord], shown: Shown) -> Iterator[Event]:
    """What people did with these records, by the audit log."""
    by_place = {
        (record.entity.system, record.entity.name, subject): subject
        for record in records
        for subject in {record.key, shown.key(record.entity, record.key) or record.key}
    }
    for entry in entries_about(connection, list(by_place)):
        words = f"{entry.who}: {entry.action}"
        facts = {"audit_entry": entry.entry_id}
        system, entity = entry.system or "", entry.entity or ""
        yield Event(entry.at, "action", system, entity, entry.subject, words, facts, entry.correlation_id)
