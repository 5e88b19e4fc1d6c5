"""A sealed batch of entries: its hash covers theirs and the batch before it, so that no link goes unseen."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from sync_platform.audit.entry import Entry

FIRST_LINK = bytes(32)
"""What stands for the batch before the first one."""
_ID_BYTES, _HASH_BYTES = 8, 32


@dataclass(frozen=True)
class Batch:
    """Entries sealed together. `entry_hashes` holds, per entry, 8 bytes of its id and 32 of its content's hash."""

    batch_id: int
    first_entry: int
    last_entry: int
    entries: int
    entry_hashes: bytes
    sealed_at: datetime
    previous_hash: bytes
    hash: bytes

    @property
    def true_hash(self) -> bytes:
        """What `hash` has to be."""
        head = [
            self.batch_id,
            self.first_entry,
            self.last_entry,
            self.entries,
            self.sealed_at.astimezone(UTC).isoformat(timespec="microseconds"),
            self.previous_hash.hex(),
        ]
        return sha256(json.dumps(head).encode() + self.entry_hashes).digest()

    @property
    def hash_by_entry(self) -> dict[int, bytes]:
        """The sealed hash of each entry by its id, in their order."""
        step = _ID_BYTES + _HASH_BYTES
        rows = [self.entry_hashes[at : at + step] for at in range(0, len(self.entry_hashes), step)]
        return {int.from_bytes(row[:_ID_BYTES], "big"): row[_ID_BYTES:] for row in rows}


def seal_batch(entries: Sequence[Entry], *, after: Batch | None, now: datetime) -> Batch:
    """The batch of these entries (one at least, in the order of their ids) that follows `after`."""
    hashes = b"".join(entry.entry_id.to_bytes(_ID_BYTES, "big") + entry.content_hash for entry in entries)
    unhashed = Batch(
        batch_id=after.batch_id + 1 if after else 1,
        first_entry=entries[0].entry_id,
        last_entry=entries[-1].entry_id,
        entries=len(entries),
        entry_hashes=hashes,
        sealed_at=now,
        previous_hash=after.hash if after else FIRST_LINK,
        hash=b"",
    )
    return Batch(**{**vars(unhashed), "hash": unhashed.true_hash})
