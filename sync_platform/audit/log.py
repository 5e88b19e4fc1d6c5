"""Writes and reads the audit log, and seals what is new in it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from cryptography.fernet import InvalidToken

from sync_platform.audit.batch import Batch, seal_batch
from sync_platform.audit.detail_key import find_key, key_for
from sync_platform.audit.entry import Action, Entry, hash_content
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

MOST_PER_BATCH = 1_000
_QUERIES = queries("entries", package="sync_platform.audit")


def record(connection: Connection, action: Action, *, now: datetime) -> int:
    """Append an entry in the caller's transaction, so that what was done and the word of it commit together."""
    key = key_for(connection, action.key_subject)
    detail = key.fernet.encrypt(json.dumps(dict(action.detail), default=str, ensure_ascii=False).encode())
    row = connection.execute(
        _QUERIES["record"],
        {
            "at": now,
            "who": action.who,
            "action": action.action,
            "system": action.system,
            "entity": action.entity,
            "subject": action.subject,
            "correlation_id": action.correlation_id,
            "detail": detail,
            "detail_key_id": key.key_id,
            "content_hash": hash_content(
                at=now,
                words=(action.who, action.action, action.system, action.entity, action.subject),
                correlation_id=action.correlation_id,
                detail=detail,
                detail_key_id=key.key_id,
            ),
        },
    ).fetchone()
    if row is None:
        raise RuntimeError("an insert that returns its key returned nothing")
    return int(row[0])


def seal(connection: Connection, *, now: datetime, most_per_batch: int = MOST_PER_BATCH) -> list[Batch]:
    """Seal every committed entry that belongs to no batch yet; the new batches.

    Waits for whoever is writing an entry, and lets nobody write meanwhile: an id that was drawn and not yet committed
    would otherwise turn up within what is sealed. Raises LockConflict when a writer takes longer than the lock limit.
    """
    sealed: list[Batch] = []
    with connection.transaction():
        connection.execute("lock table audit.entry in share row exclusive mode")
        row = connection.execute(_QUERIES["last_batch"]).fetchone()
        last = Batch(*row) if row else None
        while True:
            values = {"after": last.last_entry if last else 0, "limit": most_per_batch}
            entries = [Entry(*found) for found in connection.execute(_QUERIES["unsealed"], values)]
            if not entries:
                return sealed
            last = seal_batch(entries, after=last, now=now)
            connection.execute(_QUERIES["seal"], vars(last))
            sealed.append(last)


def read_batches(connection: Connection, *, after: int = 0) -> list[Batch]:
    """The batches whose number is greater than `after`, in their order."""
    return [Batch(*row) for row in connection.execute(_QUERIES["batches"], {"after": after})]


def read_entries(connection: Connection, *, first: int, last: int) -> list[Entry]:
    """The entries from one id to another, in their order."""
    return [Entry(*row) for row in connection.execute(_QUERIES["entries"], {"first": first, "last": last})]


def newest_entries(connection: Connection, *, limit: int) -> list[Entry]:
    """The last entries, oldest of them first."""
    return [Entry(*row) for row in connection.execute(_QUERIES["newest"], {"limit": limit})][::-1]


def count_entries(connection: Connection) -> int:
    """How many entries lie in the database; archived ones do not."""
    row = connection.execute("select count(*) from audit.entry").fetchone()
    return int(row[0]) if row else 0


def entries_about(connection: Connection, records: Sequence[tuple[str, str, str]]) -> list[Entry]:
    """The entries about records, given as system, entity and key text."""
    systems, entities, subjects = ([record[part] for record in records] for part in range(3))
    values = {"systems": systems, "entities": entities, "subjects": subjects}
    return [Entry(*row) for row in connection.execute(_QUERIES["about_records"], values)]


def read_detail(connection: Connection, entry: Entry) -> dict[str, Any] | None:
    """The entry's detail in clear; None when its key was erased, or it was tampered with."""
    key = find_key(connection, entry.detail_key_id)
    if key is None:
        return None
    try:
        detail: dict[str, Any] = json.loads(key.decrypt(entry.detail))
    except InvalidToken:
        return None
    return detail
