"""Moves kept bodies from the database into a store, and out of the store when they are over their retention."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sync_platform.audit.body_store import BodyStore
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# A body has some 5 to 40 kB: so many are in memory at once.
BATCH = 200
_QUERIES = queries("exchange_bodies", package="sync_platform.audit")


def move_bodies(connection: Connection, store: BodyStore, *, kept_before: datetime, dry_run: bool) -> tuple[int, int]:
    """Move the bodies received before a moment; how many, and their bytes. Safe to stop and to repeat.

    A file is in the store before its body leaves the database. `connection` is in autocommit mode.
    """
    if dry_run:
        counted = connection.execute(_QUERIES["count_movable"], {"kept_before": kept_before}).fetchone()
        return (int(counted[0]), int(counted[1])) if counted else (0, 0)
    moved = size = 0
    values = {"kept_before": kept_before, "limit": BATCH}
    while rows := connection.execute(_QUERIES["movable"], values).fetchall():
        for exchange_id, kept_at, body in rows:
            name = f"{kept_at:%Y-%m-%d}/{exchange_id}"
            store.put(name, body)
            connection.execute(_QUERIES["moved"], {"exchange_id": exchange_id, "stored_as": name})
            moved, size = moved + 1, size + len(body)
    return moved, size


def drop_bodies(connection: Connection, store: BodyStore, kept_since: Mapping[str, datetime], *, dry_run: bool) -> int:
    """Remove the bodies in the store that are over their retention, each file before its row; how many.

    One that is stopped in between leaves a row without a file, which the next one finds again.
    """
    if dry_run:
        return len(connection.execute(_QUERIES["droppable"], {**kept_since, "limit": None}).fetchall())
    dropped = 0
    while rows := connection.execute(_QUERIES["droppable"], {**kept_since, "limit": BATCH}).fetchall():
        for _, name in rows:
            store.delete(name)
        connection.execute(_QUERIES["dropped"], {"exchange_ids": [exchange_id for exchange_id, _ in rows]})
        dropped += len(rows)
    return dropped
