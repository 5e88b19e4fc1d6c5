"""Stored webhook deliveries: each once, waiting until what it brought is in the change log. SQL beside it says how."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, LiteralString

import msgspec

from sync_platform.errors import LandingConflict
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# A delivery that was begun so often and never ended kills whoever handles it.
MOST_ATTEMPTS = 5


class Stored(Enum):
    """What became of a received delivery: stored, known already, or refused for its id with another body is known."""

    NEW = "new"
    KNOWN = "known"
    CONFLICT = "conflict"


@dataclass(frozen=True, slots=True)
class ReceivedDelivery:
    """A verified delivery to be stored. `content_key` is its hash where equal content is the same delivery."""

    system: str
    webhook: str
    event_id: str
    content_hash: bytes
    content_key: bytes | None
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    secret: str | None

    @property
    def identity(self) -> tuple[str, str, str]:
        return self.system, self.webhook, self.event_id


@dataclass(frozen=True, slots=True)
class WaitingDelivery:
    """A delivery whose handling has begun for the `attempts`-th time."""

    delivery_id: int
    received_at: datetime
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    attempts: int


@dataclass(frozen=True, slots=True)
class Settlement:
    """What became of a delivery: captured, ignored, or dead with its reason."""

    delivery_id: int
    state: str
    error: str | None = None


def store_deliveries(connection: Connection, deliveries: Sequence[ReceivedDelivery]) -> list[Stored]:
    """Store deliveries, in one commit of their own; what became of each, in their order.

    `connection` is in autocommit mode. May be repeated: what is stored is known.
    """
    rows = connection.execute(
        _sql("store"),
        {
            "system": [one.system for one in deliveries],
            "webhook": [one.webhook for one in deliveries],
            "event_id": [one.event_id for one in deliveries],
            "content_hash": [one.content_hash for one in deliveries],
            "content_key": [one.content_key for one in deliveries],
            "headers": [msgspec.json.encode(one.headers).decode() for one in deliveries],
            "body": [one.body for one in deliveries],
            "secret": [one.secret for one in deliveries],
        },
    )
    new = set(rows.fetchall())
    stored: list[Stored] = []
    for one in deliveries:
        stored.append(Stored.NEW if one.identity in new else Stored.KNOWN)
        new.discard(one.identity)
    known = [position for position, result in enumerate(stored) if result is Stored.KNOWN]
    for number in _conflicting(connection, [deliveries[position] for position in known]):
        stored[known[number]] = Stored.CONFLICT
    return stored


def waiting_webhooks(connection: Connection, system: str) -> list[str]:
    """The webhooks of a system with deliveries that are due."""
    return [name for (name,) in connection.execute(_sql("waiting_webhooks"), {"system": system})]


def entities_waiting(connection: Connection, system: str) -> list[str]:
    """The entities of a system with changes that deliveries brought and no load has applied."""
    return [name for (name,) in connection.execute(_sql("waiting_changes"), {"system": system})]


@contextmanager
def webhook_lock(connection: Connection, system: str, webhook: str) -> Iterator[bool]:
    """Whether this is the one that takes the webhook's deliveries in, for the length of the block."""
    values = {"system": system, "webhook": webhook}
    row = connection.execute(_sql("lock"), values).fetchone()
    locked = row is not None and bool(row[0])
    try:
        yield locked
    finally:
        if locked and not connection.closed:
            connection.execute(_sql("unlock"), values)


def begin_deliveries(connection: Connection, system: str, webhook: str, *, limit: int) -> list[WaitingDelivery]:
    """The next deliveries, oldest first, their attempt counted and committed. One that was begun before comes alone.

    What kills its handler takes no other with it then. `connection` is in autocommit mode.
    """
    values = {"system": system, "webhook": webhook, "limit": limit}
    due = connection.execute(_sql("due"), values).fetchall()
    chosen = [delivery_id for delivery_id, _ in due[:1]]
    if due and due[0][1] == 0:
        again = next((number for number, (_, attempts) in enumerate(due) if attempts), len(due))
        chosen = [delivery_id for delivery_id, _ in due[:again]]
    rows = connection.execute(_sql("begin"), {"delivery_ids": chosen}) if chosen else ()
    return sorted((WaitingDelivery(*row) for row in rows), key=lambda one: one.delivery_id)


def settle_deliveries(connection: Connection, settlements: Sequence[Settlement]) -> None:
    """Say what became of deliveries, in the caller's transaction. Raises LandingConflict when somebody else did."""
    values = {
        "delivery_id": [one.delivery_id for one in settlements],
        "state": [one.state for one in settlements],
        "error": [one.error for one in settlements],
    }
    if connection.execute(_sql("settle"), values).rowcount != len(settlements):
        raise LandingConflict("another process has taken these deliveries in; nothing was changed.")


def count_dead(
    connection: Connection, system: str, webhooks: Sequence[str], *, since: datetime, until: datetime
) -> int:
    """How many deliveries of these webhooks that came from `since` until before `until` are dead."""
    row = connection.execute(_sql("dead"), _came(system, webhooks, since, until)).fetchone()
    return int(row[0]) if row else 0


def revive_dead(
    connection: Connection, system: str, webhooks: Sequence[str], *, since: datetime, until: datetime
) -> int:
    """Let them wait again; returns how many they were."""
    return connection.execute(_sql("revive"), _came(system, webhooks, since, until)).rowcount


def put_back(
    connection: Connection, delivery_ids: Sequence[int], *, wait: timedelta, error: str | None, counts: bool
) -> None:
    """Leave deliveries for later. An attempt that failed for the partner's outage does not count."""
    values = {"delivery_ids": list(delivery_ids), "wait": wait, "error": error, "counts": counts}
    connection.execute(_sql("put_back"), values)


def _came(system: str, webhooks: Sequence[str], since: datetime, until: datetime) -> dict[str, Any]:
    return {"system": system, "webhooks": list(webhooks), "since": since, "until": until}


def _conflicting(connection: Connection, known: Sequence[ReceivedDelivery]) -> list[int]:
    """Which of these are known with another body, by their position; the refusal is written down."""
    if not known:
        return []
    rows = connection.execute(
        _sql("conflicting"),
        {
            "system": [one.system for one in known],
            "webhook": [one.webhook for one in known],
            "event_id": [one.event_id for one in known],
            "content_hash": [one.content_hash for one in known],
        },
    )
    return [ordinal - 1 for (ordinal,) in rows]


def _sql(name: str) -> LiteralString:
    return queries("webhook_deliveries")[name]
