"""Moves entries that are over their retention into files, a file per batch; the chain stays, and stays verifiable."""

from __future__ import annotations

import base64
import gzip
import json
import os
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from sync_platform.audit.batch import Batch
from sync_platform.audit.entry import Entry
from sync_platform.audit.log import read_entries
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

ARCHIVE = Path("audit") / "archive"
"""Below the state folder."""
_QUERIES = queries("entries", package="sync_platform.audit")


@dataclass(frozen=True)
class ArchivedBatch:
    """Which file holds a batch's entries, and its SHA-256 in hexadecimal."""

    batch_id: int
    file: str
    sha256: str


def archive(connection: Connection, folder: Path, *, kept_since: datetime, now: datetime, dry_run: bool) -> int:
    """Move the batches sealed before `kept_since` into files; how many entries. Safe to stop and to repeat.

    A file is on the disk before its entries leave the database.
    """
    moved = 0
    for row in connection.execute(_QUERIES["to_archive"], {"kept_since": kept_since}).fetchall():
        batch = Batch(*row)
        if not dry_run:
            _archive_batch(connection, folder, batch, now=now)
        moved += batch.entries
    return moved


def read_archived(connection: Connection) -> dict[int, ArchivedBatch]:
    """The archived batches by their number."""
    return {row[0]: ArchivedBatch(*row) for row in connection.execute(_QUERIES["archived"])}


def read_archive_file(folder: Path, archived: ArchivedBatch) -> list[Entry] | None:
    """The entries in a batch's file; None where there is no such file, or it is not the one that was written."""
    file = folder / Path(archived.file).name
    if not file.is_file():
        return None
    content = file.read_bytes()
    if sha256(content).hexdigest() != archived.sha256:
        return None
    return [_entry(json.loads(line)) for line in gzip.decompress(content).splitlines()]


def _archive_batch(connection: Connection, folder: Path, batch: Batch, *, now: datetime) -> None:
    entries = read_entries(connection, first=batch.first_entry, last=batch.last_entry)
    content = gzip.compress("".join(map(_line, entries)).encode(), mtime=0)
    name = f"batch-{batch.batch_id:08d}.jsonl.gz"
    _write_whole(folder / name, content)
    with connection.transaction():
        connection.execute(
            _QUERIES["archive"],
            {
                "batch_id": batch.batch_id,
                "first_entry": batch.first_entry,
                "last_entry": batch.last_entry,
                "file": name,
                "sha256": sha256(content).hexdigest(),
                "archived_at": now,
            },
        )
        connection.execute(_QUERIES["delete_archived"])


def _write_whole(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    with unfinished.open("wb") as written:
        written.write(content)
        written.flush()
        os.fsync(written.fileno())
    unfinished.replace(file)


def _line(entry: Entry) -> str:
    written = {
        **vars(entry),
        "at": entry.at.isoformat(),
        "correlation_id": str(entry.correlation_id) if entry.correlation_id else None,
        "detail": base64.b64encode(entry.detail).decode(),
        "content_hash": entry.content_hash.hex(),
    }
    return json.dumps(written, ensure_ascii=False) + "\n"


def _entry(written: dict[str, Any]) -> Entry:
    return Entry(
        **{
            **written,
            "at": datetime.fromisoformat(written["at"]),
            "correlation_id": UUID(written["correlation_id"]) if written["correlation_id"] else None,
            "detail": base64.b64decode(written["detail"]),
            "content_hash": bytes.fromhex(written["content_hash"]),
        }
    )
