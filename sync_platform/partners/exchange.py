"""One request and its answer, as the audit table keeps it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Exchange:
    """One attempt at one request. It holds no secret, and of the bodies only their sizes and the answer's digest.

    `path` keeps its query with credentials masked. `requested_at` is our UTC time, `partner_time` what the answer said.
    `error_kind` is the kind of the error tree (`unreachable`, `throttled` …) and `error` its redacted text. `body` is
    the answer's body, compressed by zlib, where the declaration says that bodies are kept; never that of a login.
    """

    exchange_id: UUID
    system: str
    entity: str | None
    method: str
    path: str
    requested_at: datetime
    partner_time: datetime | None
    status: int | None
    duration_ms: int
    request_bytes: int
    response_bytes: int
    response_sha256: str | None
    attempt: int
    error_kind: str | None
    error: str | None
    body: bytes | None = None
