"""What an audit entry says, and the hash that stands for it; the detail is hashed as it lies there, encrypted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Action:
    """Something that a person, or the platform by itself, did.

    `subject` is the record's key text, masked where a field of it is personal; `detail` may hold personal data, for it
    is encrypted, with the key of the person or record `about`: system, entity and subject when left out.
    """

    who: str
    action: str
    system: str | None = None
    entity: str | None = None
    subject: str | None = None
    correlation_id: UUID | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    about: str | None = None

    @property
    def key_subject(self) -> str:
        """Whose key encrypts the detail."""
        parts = filter(None, (self.system, self.entity, self.subject))
        return self.about or "/".join(parts) or "platform"


@dataclass(frozen=True)
class Entry:
    """An action as it is kept. `at` is in UTC; `detail` is ciphertext."""

    entry_id: int
    at: datetime
    who: str
    action: str
    system: str | None
    entity: str | None
    subject: str | None
    correlation_id: UUID | None
    detail: bytes
    detail_key_id: int
    content_hash: bytes

    @property
    def true_hash(self) -> bytes:
        """What `content_hash` has to be."""
        return hash_content(
            at=self.at,
            words=(self.who, self.action, self.system, self.entity, self.subject),
            correlation_id=self.correlation_id,
            detail=self.detail,
            detail_key_id=self.detail_key_id,
        )


def hash_content(
    *, at: datetime, words: tuple[str | None, ...], correlation_id: UUID | None, detail: bytes, detail_key_id: int
) -> bytes:
    """SHA-256 of an entry's content, 32 bytes. `words` are who, action, system, entity and subject."""
    content = [
        at.astimezone(UTC).isoformat(timespec="microseconds"),
        *words,
        str(correlation_id) if correlation_id else None,
        detail_key_id,
        sha256(detail).hexdigest(),
    ]
    return sha256(json.dumps(content, ensure_ascii=True).encode()).digest()
