"""Records as they came, by whichever way in, made into the changes that the change log captures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sync_platform.contracts.record_batch import RecordBatch
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.changes import CapturedChange
from sync_platform.landing.dead_letters import payload_hash
from sync_platform.pull.readers import entity_tools


@dataclass(frozen=True, slots=True)
class ReceivedRecord:
    """One record's JSON text. `day` is the business day of a record that names none; moments are the partner's.

    It came as the answer in an exchange, or a webhook's delivery brought it.
    """

    payload: bytes
    day: date
    as_of: datetime
    observed_at: datetime
    exchange_id: UUID | None = None
    delivery_id: int | None = None


def captured_changes(
    entity: Entity, received: Sequence[ReceivedRecord], *, text: bytes | None = None
) -> tuple[list[CapturedChange], RecordBatch]:
    """A change for each record, in their order, and what its contract read. `text`: all as one JSON list, if had."""
    parts = entity_tools(entity)
    batch = parts.read([one.payload for one in received], text=text)
    changes: dict[int, CapturedChange] = {}
    for position, _ in batch.rejected:
        one = received[position]
        changes[position] = CapturedChange(
            business_day=parts.day_of_rejected(one.payload) or one.day,
            record_key=None,
            source_version=None,
            content_hash=payload_hash(one.payload),
            payload=one.payload,
            as_of=one.as_of,
            observed_at=one.observed_at,
            exchange_id=one.exchange_id,
            delivery_id=one.delivery_id,
        )
    hashes = parts.writer.content_hashes(batch.columns)
    for position, key, hash_, version, day, as_of in zip(
        batch.positions, parts.keys(batch), hashes, batch.versions, batch.days, batch.as_of, strict=True
    ):
        one = received[position]
        changes[position] = CapturedChange(
            business_day=one.day if entity.is_state or day is None else day,
            record_key=key,
            source_version=version,
            content_hash=hash_,
            payload=one.payload,
            as_of=as_of or one.as_of,
            observed_at=one.observed_at,
            exchange_id=one.exchange_id,
            delivery_id=one.delivery_id,
        )
    return [changes[position] for position in range(len(received))], batch
