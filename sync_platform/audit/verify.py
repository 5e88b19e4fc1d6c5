"""Finds what was tampered with in the audit log: entries against their batches, batches against each other and the
seals that are kept elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sync_platform.audit.archive import ArchivedBatch, read_archive_file, read_archived
from sync_platform.audit.batch import FIRST_LINK, Batch
from sync_platform.audit.entry import Entry
from sync_platform.audit.log import read_batches, read_entries
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class Tampering:
    """What does not agree: `kind` is changed, moved, removed, inserted, archive_lost, batch_changed, batch_removed, cut
    or resealed; `where` names the entry or batch."""

    kind: str
    where: str
    words: str


@dataclass(frozen=True)
class AuditVerdict:
    """What was found. `unsealed` entries are in no batch yet, so nothing holds them; without `kept_seals` a cut end of
    the chain cannot be seen."""

    tampering: tuple[Tampering, ...]
    batches: int
    entries: int
    archived: int
    unsealed: int
    kept_seals: int

    @property
    def sound(self) -> bool:
        return not self.tampering


def verify_audit(connection: Connection, *, kept_seals: Mapping[int, bytes], archive_folder: Path) -> AuditVerdict:
    """Read everything and say what does not agree. Needs no key: ciphertext is what the chain holds.

    All is read in one snapshot, so what is sealed meanwhile is no finding. `archive_folder` holds the files of archived
    batches.
    """
    with connection.transaction():
        connection.execute("set transaction isolation level repeatable read, read only")
        batches = read_batches(connection)
        archived = read_archived(connection)
        found = [*_chain(batches), *_against_kept(batches, kept_seals)]
        for batch in batches:
            found += _batch(connection, batch, archived.get(batch.batch_id), archive_folder)
        found += [
            Tampering("inserted", f"entry {entry_id}", "lies between two batches, where none was")
            for (entry_id,) in connection.execute(_outside())
        ]
        last = batches[-1].last_entry if batches else 0
        unsealed = connection.execute("select count(*) from audit.entry where entry_id > %s", [last]).fetchone()
    return AuditVerdict(
        tampering=tuple(found),
        batches=len(batches),
        entries=sum(batch.entries for batch in batches),
        archived=len(archived),
        unsealed=unsealed[0] if unsealed else 0,
        kept_seals=len(kept_seals),
    )


def _outside() -> str:
    return queries("entries", package="sync_platform.audit")["outside_batches"]


def _chain(batches: Sequence[Batch]) -> Iterator[Tampering]:
    """Each batch's own hash, and that it follows the one before."""
    for batch in batches:
        if batch.hash != batch.true_hash:
            yield Tampering("batch_changed", f"batch {batch.batch_id}", "says something else than when it was sealed")
    if batches and (batches[0].batch_id, batches[0].previous_hash) != (1, FIRST_LINK):
        yield Tampering("batch_removed", "batch 1", f"is missing: the chain begins with batch {batches[0].batch_id}")
    for before, batch in pairwise(batches):
        if batch.batch_id != before.batch_id + 1:
            missing = f"batches {before.batch_id + 1} to {batch.batch_id - 1}"
            yield Tampering("batch_removed", missing, "are missing")
        elif batch.previous_hash != before.hash or batch.first_entry <= before.last_entry:
            yield Tampering("batch_changed", f"batch {batch.batch_id}", f"does not follow batch {before.batch_id}")


def _against_kept(batches: Sequence[Batch], kept: Mapping[int, bytes]) -> Iterator[Tampering]:
    by_id = {batch.batch_id: batch for batch in batches}
    for batch_id, seal in kept.items():
        if batch_id not in by_id:
            yield Tampering("cut", f"batch {batch_id}", "was sealed, by the seal kept outside, and is gone")
        elif by_id[batch_id].hash != seal:
            yield Tampering("resealed", f"batch {batch_id}", "has another seal than the one kept outside")


def _batch(connection: Connection, batch: Batch, archived: ArchivedBatch | None, folder: Path) -> Iterator[Tampering]:
    here = read_entries(connection, first=batch.first_entry, last=batch.last_entry)
    if archived is None:
        yield from _entries(batch, here)
        return
    for entry in here:
        yield Tampering("inserted", f"entry {entry.entry_id}", f"stands where batch {batch.batch_id} was archived")
    there = read_archive_file(folder, archived)
    if there is None:
        words = f"its file {archived.file} is not in {folder}, or not as it was written"
        yield Tampering("archive_lost", f"batch {batch.batch_id}", words)
    else:
        yield from _entries(batch, there)


def _entries(batch: Batch, entries: Sequence[Entry]) -> Iterator[Tampering]:
    sealed = batch.hash_by_entry
    place_of = {content_hash: entry_id for entry_id, content_hash in sealed.items()}
    found = {entry.entry_id: entry.true_hash for entry in entries}
    within = f"batch {batch.batch_id}"
    for entry_id in sealed.keys() - found.keys():
        yield Tampering("removed", f"entry {entry_id}", f"is missing from {within}")
    for entry_id, true_hash in found.items():
        if entry_id not in sealed:
            yield Tampering("inserted", f"entry {entry_id}", f"was not in {within} when it was sealed")
        elif true_hash != sealed[entry_id] and true_hash in place_of:
            yield Tampering("moved", f"entry {entry_id}", f"says what entry {place_of[true_hash]} said")
        elif true_hash != sealed[entry_id]:
            yield Tampering("changed", f"entry {entry_id}", f"says something else than when {within} was sealed")
    for entry in entries:
        if entry.content_hash != entry.true_hash and found[entry.entry_id] == sealed.get(entry.entry_id):
            yield Tampering("changed", f"entry {entry.entry_id}", "its own hash was changed; its content is as sealed")
