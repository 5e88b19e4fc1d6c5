"""Dead letters: records that could not be taken in, each once, with its reason, until somebody resolves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable

_INSERT = """
insert into sync.dead_letter as letter (
    system, entity, business_day, record_key, reason, field, message, payload, payload_hash, contract_version, load_id
) values (
    %(system)s, %(entity)s, %(day)s, %(record_key)s, %(reason)s, %(field)s, %(message)s, %(payload)s, %(payload_hash)s,
    %(contract_version)s, %(load_id)s
)
on conflict (system, entity, payload_hash) where state = 'open' do update
set attempts = letter.attempts + 1, last_at = now(), load_id = excluded.load_id, reason = excluded.reason,
    field = excluded.field, message = excluded.message, contract_version = excluded.contract_version
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A rejected record: its payload as received, and why. `record_key` is None where even the key is unreadable."""

    business_day: date
    record_key: str | None
    reason: str
    field: str
    message: str
    payload: bytes


def insert_dead_letters(
    connection: Connection, table: EntityTable, letters: Sequence[DeadLetter], *, load_id: UUID
) -> None:
    """Store the letters in the caller's transaction; the same bytes met again count as one more attempt."""
    if not letters:
        return
    with connection.cursor() as cursor:
        cursor.executemany(
            _INSERT,
            [
                {
                    "system": table.system,
                    "entity": table.entity,
                    "day": letter.business_day,
                    "record_key": letter.record_key,
                    "reason": letter.reason,
                    "field": letter.field,
                    "message": letter.message,
                    "payload": letter.payload,
                    "payload_hash": payload_hash(letter.payload),
                    "contract_version": table.contract.version,
                    "load_id": load_id,
                }
                for letter in letters
            ],
        )


def payload_hash(payload: bytes) -> bytes:
    """What tells two dead letters apart."""
    return sha256(payload).digest()
