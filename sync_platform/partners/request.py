"""What is asked of a partner system and what came back, without the transport's own objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sync_platform.partners.envelope import Envelope


@dataclass(frozen=True)
class Request:
    """`path` is relative to the system's base URL, or an absolute URL of the same origin (a `next` link)."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    entity: str | None = None


@dataclass(frozen=True)
class Answer:
    """A complete answer: `body` is decoded, `headers` is read without regard to case.

    `requested_at` is when the request was made, by the partner's clock, never later than it truly was.
    `not_modified` is a 304: nothing changed, so the body is empty and yet the answer is complete.
    `length_known` is False when only the connection's end marked the body's end, so that a cut cannot be told.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes
    requested_at: datetime
    exchange_id: UUID
    not_modified: bool
    envelope: Envelope = field(repr=False, compare=False)
    length_known: bool = True
