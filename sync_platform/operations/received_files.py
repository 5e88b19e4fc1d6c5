"""Takes received files that are over their retention out of archive/ and rejected/; what became of them stays known.

Only what the platform moved there itself is deleted, by the names that it gave: what still waits, what was never taken
and what somebody else put there stays, whatever its age.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError, PartnerError
from sync_platform.landing.database import Connection
from sync_platform.landing.expiry import Pruned
from sync_platform.landing.files import KeptFile, count_kept, expired_files, mark_moved
from sync_platform.partners.files.folder import ARCHIVE, REJECTED, DropFolder, open_folder
from sync_platform.pull.file_move import REPORT, settled_name

PRUNED = "pruned"
RETENTIONS = {ARCHIVE: "archived_files", REJECTED: "rejected_files"}
"""The retention's key for each folder."""
_BATCH = 500


@dataclass(frozen=True)
class ReceivedFiles:
    """Where an entity's files lie; `environment` names its folder."""

    entity: Entity
    file: FileDeclaration
    environment: Mapping[str, str]

    @property
    def is_declared(self) -> bool:
        """Whether the variable of its folder is set."""
        return bool(self.environment.get(self.file.folder_env))


def prune_received(
    connection: Connection,
    received: ReceivedFiles,
    kept_since: Mapping[str, datetime],
    *,
    dry_run: bool,
    progress: Callable[[str, int], None],
) -> list[Pruned]:
    """Delete, or count, what is over age in the two folders of one entity, oldest first.

    A folder that is away keeps its files for the next time and is said so in the name of what went. May be stopped at
    any time: a file is deleted before that is noted, and one that is gone already is noted alone.
    """
    entity = received.entity
    try:
        folder = open_folder(received.file, received.environment, owner=entity.address)
        folder.entries()
    except (PartnerError, DeclarationError):
        return [_nothing(connection, entity, place, kept_since[key], "away") for place, key in RETENTIONS.items()]
    return [
        _prune_place(connection, received, folder, place, kept_since[key], dry_run=dry_run, progress=progress)
        for place, key in RETENTIONS.items()
    ]


def _prune_place(
    connection: Connection,
    received: ReceivedFiles,
    folder: DropFolder,
    place: str,
    kept_since: datetime,
    *,
    dry_run: bool,
    progress: Callable[[str, int], None],
) -> Pruned:
    entity, name = received.entity, f"files {received.entity.address} {place}/"
    names = {"system": entity.system, "entity": entity.name}
    rows = count_kept(connection, **names, place=place)
    gone = size = 0
    newest: KeptFile | None = None
    while batch := expired_files(connection, **names, place=place, before=kept_since, after=newest, most=_BATCH):
        for file in batch:
            if not dry_run:
                try:
                    _remove(folder, file, received.file, place=place)
                except PartnerError:
                    return Pruned(f"{name} (then it was away)", rows, gone, size, kept_since)
                mark_moved(connection, file.file_id, place=PRUNED)
            gone, size = gone + 1, size + file.size
        progress(name, gone)
        newest = batch[-1]
    return Pruned(name, rows, gone, size, kept_since)


def _remove(folder: DropFolder, file: KeptFile, declared: FileDeclaration, *, place: str) -> None:
    """The file last: while it is there, what belongs to it is looked for again."""
    name = settled_name(file.name, file.file_id)
    for ending in (*declared.companions, REPORT, ""):
        folder.remove(name + ending, below=place)


def _nothing(connection: Connection, entity: Entity, place: str, kept_since: datetime, why: str) -> Pruned:
    rows = count_kept(connection, system=entity.system, entity=entity.name, place=place)
    return Pruned(f"files {entity.address} {place}/ ({why})", rows, 0, 0, kept_since)
