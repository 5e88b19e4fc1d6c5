"""What partner systems sent by themselves and a trace leads to: webhook deliveries and files, with checksums."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

from sync_platform.landing.database import Connection
from sync_platform.trace.event import Event
from sync_platform.trace.selected import select

_FILE_FACTS = ("file_id", "reason", "message", "business_day", "revision", "rows", "dead_lettered", "load_id", "place")


def deliveries(connection: Connection, ids: Collection[int]) -> Iterator[Event]:
    """The deliveries that brought changes, when each was received; `secret` is the variable that verified it."""
    for row in select(connection, "deliveries", {"ids": sorted(ids)}):
        words = f"delivery {row['event_id']} of webhook {row['webhook']} was received: {row['state']}"
        facts = {
            "delivery_id": row["delivery_id"],
            "body_bytes": row["body_bytes"],
            "body_sha256": row["content_hash"].hex(),
            "secret": row["secret"] or "none: unsigned",
            "settled_at": row["settled_at"],
            "refused_with_another_body": row["conflicts"] or None,
        }
        told = {name: value for name, value in facts.items() if value is not None}
        yield Event(row["received_at"], "delivery", row["system"], "", None, words, told)


def files(connection: Connection, ids: Collection[UUID]) -> Iterator[Event]:
    """The files among the ids of exchanges, when each was first seen."""
    for row in select(connection, "files", {"ids": list(ids)}):
        words = f"{row['name']}, {row['size']} bytes, written {row['modified'].isoformat()}: {row['state']}"
        facts = {name: row[name] for name in _FILE_FACTS if row[name] is not None}
        facts |= {"sha256": row["sha256"].hex()} if row["sha256"] else {}
        yield Event(row["first_seen_at"], "file", row["system"], row["entity"], None, words, facts)
