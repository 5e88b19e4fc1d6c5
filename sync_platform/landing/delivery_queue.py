"""Stored deliveries as people look at them: which wait, were ignored or given up and why; those may be tried again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import LiteralString

from psycopg.rows import class_row

from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

STATES = ("waiting", "captured", "ignored", "dead")


@dataclass(frozen=True)
class DeliveryCount:
    """Deliveries of one webhook in one state; `conflicts` came again with another body, and were refused."""

    system: str
    webhook: str
    state: str
    deliveries: int
    conflicts: int
    oldest_at: datetime
    newest_at: datetime


@dataclass(frozen=True, kw_only=True)
class KeptDelivery:
    """One delivery without what it brought. `secret` names the variable whose secret signed it."""

    delivery_id: int
    system: str
    webhook: str
    event_id: str
    received_at: datetime
    state: str
    attempts: int
    retry_at: datetime | None
    error: str | None
    settled_at: datetime | None
    conflicts: int
    secret: str | None
    body_bytes: int
    content_hash: bytes


@dataclass(frozen=True)
class DeliveryContent:
    """What it brought, as it came; the headers without credentials. It may hold personal data."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


def count_deliveries(
    connection: Connection, *, since: datetime, system: str | None = None, webhook: str | None = None
) -> list[DeliveryCount]:
    """By webhook and state, those that came since then; what waits or was given up counts whenever it came."""
    with connection.cursor(row_factory=class_row(DeliveryCount)) as cursor:
        values = {"since": since, "system": system, "webhook": webhook}
        return cursor.execute(_sql("counted"), values).fetchall()


def list_deliveries(
    connection: Connection,
    *,
    state: str | None,
    limit: int,
    system: str | None = None,
    webhook: str | None = None,
) -> list[KeptDelivery]:
    """At most `limit`, the newest first."""
    return _listed(connection, state=state, limit=limit, system=system, webhook=webhook, delivery_id=None)


def find_delivery(connection: Connection, delivery_id: int) -> KeptDelivery | None:
    """The delivery of that number, while it is kept."""
    found = _listed(connection, state=None, limit=1, system=None, webhook=None, delivery_id=delivery_id)
    return found[0] if found else None


def require_delivery(connection: Connection, delivery_id: int) -> KeptDelivery:
    """The delivery of that number. Raises DeclarationError when there is none."""
    found = find_delivery(connection, delivery_id)
    if found is None:
        raise DeclarationError(
            f"there is no delivery {delivery_id}.", remedy="`sync-platform webhooks list --each` shows the numbers."
        )
    return found


def read_content(connection: Connection, delivery_id: int) -> DeliveryContent:
    """What the delivery brought. Raises DeclarationError when there is none of that number."""
    require_delivery(connection, delivery_id)
    with connection.cursor(row_factory=class_row(DeliveryContent)) as cursor:
        return cursor.execute(_sql("content"), {"delivery_id": delivery_id}).fetchall()[0]


def dead_deliveries(
    connection: Connection,
    *,
    delivery_ids: Sequence[int] | None,
    system: str | None = None,
    webhook: str | None = None,
) -> list[int]:
    """The numbers of those that were given up; of the given ones, where some are."""
    wanted = None if delivery_ids is None else list(delivery_ids)
    values = {"system": system, "webhook": webhook, "delivery_ids": wanted}
    return [number for (number,) in connection.execute(_sql("dead"), values)]


def retry_deliveries(connection: Connection, delivery_ids: Sequence[int]) -> list[int]:
    """Those that were given up wait again, for the next round of the applier or sensor; the numbers of these."""
    return sorted(number for (number,) in connection.execute(_sql("retried"), {"delivery_ids": list(delivery_ids)}))


def _listed(connection: Connection, **values: object) -> list[KeptDelivery]:
    with connection.cursor(row_factory=class_row(KeptDelivery)) as cursor:
        return cursor.execute(_sql("listed"), values).fetchall()


def _sql(name: str) -> LiteralString:
    return queries("delivery_queue")[name]
