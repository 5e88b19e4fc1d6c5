"""The seals kept outside the database, in a file: with them a chain that was cut off or sealed anew is found out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from sync_platform.audit.batch import Batch
from sync_platform.audit.log import read_batches, seal
from sync_platform.errors import AuditBroken
from sync_platform.landing.database import Connection

SEALS = Path("audit") / "seals.jsonl"
"""Below the state folder."""


def seal_and_keep(connection: Connection, state_dir: Path, *, now: datetime) -> int:
    """Seal what is new and keep the seals that the state folder lacks; how many entries were sealed.

    Raises AuditBroken, and LockConflict when somebody writes an entry for longer than the lock limit.
    """
    sealed = seal(connection, now=now)
    keep_seals(state_dir / SEALS, read_batches(connection))
    return sum(batch.entries for batch in sealed)


def read_kept_seals(file: Path) -> dict[int, bytes]:
    """The kept hashes by the number of their batch; nothing where there is no file yet. Raises AuditBroken."""
    if not file.exists():
        return {}
    seals = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            kept = json.loads(line)
            seals[int(kept["batch_id"])] = bytes.fromhex(kept["hash"])
        except (ValueError, KeyError, TypeError) as error:
            raise AuditBroken(f"{file}:{number} is no seal. Put the file back from a copy.") from error
    return seals


def keep_seals(file: Path, batches: Sequence[Batch]) -> int:
    """Append the seals that the file lacks, of all batches in order; how many.

    Raises AuditBroken when the file holds another seal of a batch: what is kept is never made to fit.
    """
    kept = read_kept_seals(file)
    for batch in batches:
        if kept.get(batch.batch_id, batch.hash) != batch.hash:
            raise AuditBroken(
                f"batch {batch.batch_id} of the audit log is not as it was sealed. Run `sync-platform audit verify`."
            )
    lines = [
        json.dumps({"batch_id": batch.batch_id, "last_entry": batch.last_entry, "hash": batch.hash.hex()}) + "\n"
        for batch in batches
        if batch.batch_id not in kept
    ]
    if lines:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as appended:
            appended.writelines(lines)
    return len(lines)
