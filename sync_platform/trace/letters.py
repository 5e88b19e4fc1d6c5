"""Dead letters in a trace: records that could not be taken in, and what was decided about each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection
from sync_platform.trace.event import Event, event_of
from sync_platform.trace.selected import Row, select
from sync_platform.trace.shown import Shown

_FACTS = ("dead_letter_id", "reason", "attempts", "last_at", "contract_version")
_CAME_BY = ("way", "delivery_id", "file_name", "exchange_id", "load_id")


def select_letters(connection: Connection, values: dict[str, Any], shown: Shown) -> list[Row]:
    """Letters that may be of the records: by key, by bytes that hold a number, and all sealed ones that can be opened.

    `payload` is as it was received; empty where it was withheld, or no key opens it.
    """
    rows = select(connection, "dead_letters", {**values, "opens": bool(shown.seal.keys)})
    for row in rows:
        kept = row["payload"]
        row["payload"] = (shown.seal.open(kept, sealed=row["sealed"]) if kept is not None else None) or b""
    return rows


def letter_events(connection: Connection, entity: Entity, letters: Sequence[Row], shown: Shown) -> Iterator[Event]:
    """Each letter when it was first met, and everything that was done with it."""
    keys = {letter["dead_letter_id"]: shown.key(entity, letter["record_key"]) for letter in letters}
    for row in letters:
        of = f"{row['field']}: " if row["field"] else ""
        words = f"could not be taken in: {of}{row['message']}; {row['state']}"
        facts = {name: row[name] for name in (*_FACTS, *_CAME_BY)} | _payload(row, shown)
        event = event_of(row["first_at"], "dead_letter", entity, keys[row["dead_letter_id"]], words, facts)
        yield replace(event, correlation_id=row["correlation_id"])
    for row in select(connection, "letter_actions", {"letters": list(keys)}):
        number = row["dead_letter_id"]
        words = f"dead letter {number} {row['action']} by {row['who']}: {row['why']}"
        facts = {name: row[name].hex() for name in ("before_hash", "after_hash") if row[name] is not None}
        facts = facts if row["action"] == "edited" else {}
        yield event_of(row["at"], "decision", entity, keys[number], words, {"dead_letter_id": number, **facts})


def _payload(row: Row, shown: Shown) -> dict[str, Any]:
    if row["payload"]:
        return shown.payload(row["payload"])
    return {"payload_sha256": row["payload_hash"].hex(), "payload": "sealed or withheld"}
