"""The exchange log: one row per request to a partner system and its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sync_platform.landing.database import Connection

_INSERT = """
insert into sync.exchange (
    exchange_id, system, entity, method, path, requested_at, partner_time, status, duration_ms, request_bytes,
    response_bytes, response_sha256, attempt, error_kind, error, correlation_id
) values (
    %(exchange_id)s, %(system)s, %(entity)s, %(method)s, %(path)s, %(requested_at)s, %(partner_time)s, %(status)s,
    %(duration_ms)s, %(request_bytes)s, %(response_bytes)s, %(response_sha256)s, %(attempt)s, %(error_kind)s, %(error)s,
    %(correlation_id)s
)
on conflict (exchange_id) do nothing
"""


def insert_exchanges(connection: Connection, exchanges: Sequence[Mapping[str, Any]], *, correlation_id: UUID) -> None:
    """Store exchanges (their fields by column name) in the caller's transaction."""
    if exchanges:
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [{**exchange, "correlation_id": correlation_id} for exchange in exchanges])
