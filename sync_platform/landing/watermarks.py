"""The watermark of each change feed, moved only in the transaction that stores the changes it covers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class Watermark:
    """Every change before `changed_until` (partner's clock) is in the database."""

    changed_until: datetime
    looked_at: datetime
    rechecked_at: datetime | None


def read_watermark(connection: Connection, system: str, entity: str) -> Watermark | None:
    """The entity's watermark, or None before its first delta."""
    row = connection.execute(queries("watermarks")["read"], {"system": system, "entity": entity}).fetchone()
    return Watermark(*row) if row else None


def move_watermark(
    connection: Connection, system: str, entity: str, *, changed_until: datetime, looked_at: datetime
) -> None:
    """Move it forward in the caller's transaction."""
    connection.execute(
        queries("watermarks")["move"],
        {"system": system, "entity": entity, "changed_until": changed_until, "looked_at": looked_at},
    )


def mark_rechecked(connection: Connection, system: str, entity: str, *, rechecked_at: datetime) -> None:
    """Open records were read again at this moment."""
    connection.execute(
        queries("watermarks")["rechecked"], {"system": system, "entity": entity, "rechecked_at": rechecked_at}
    )
