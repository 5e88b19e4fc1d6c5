"""Takes the files of one entity out of its drop folder: each once, whole or not at all, and moves it away.

What is decided is committed first and the file moved after, so a kill at any step leaves either a file that is taken
again from the beginning, or one whose fate is known and which the next look moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sync_platform.declarations.file_name import MOST_NAME_BYTES
from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError, FileRefused, LandingConflict, PartnerError, PartnerUnavailable
from sync_platform.landing.database import Connection
from sync_platform.landing.files import (
    FILES,
    NotedFile,
    SeenFile,
    SettledFile,
    accepted_as,
    forget_waiting,
    note_file,
    refuse_entry,
    say_why_it_waits,
    settle_file,
    unmoved_files,
    was_archived,
)
from sync_platform.landing.leases import held
from sync_platform.landing.loads import Load
from sync_platform.partners.files.checksum import judge_checksum, told_digest
from sync_platform.partners.files.folder import ARCHIVE, DropFolder, Entry
from sync_platform.partners.files.work_copy import WorkCopy, work_copy
from sync_platform.pull.file_day import land_file
from sync_platform.pull.file_move import move_settled, write_report
from sync_platform.pull.file_records import ReceivedFile, examine, rejected_records
from sync_platform.pull.file_report import report_of
from sync_platform.pull.freeze import refuse_frozen
from sync_platform.pull.tools import LoadTools


@dataclass(frozen=True)
class TakenFile:
    """What became of a file in this look: accepted, duplicate, rejected or waiting, and why."""

    name: str
    state: str
    reason: str | None = None
    message: str | None = None
    load: Load | None = None


@dataclass(frozen=True)
class FilesTaken:
    """One look through a folder. `problems`: files that could not be read or moved now; the next look tries again."""

    files: tuple[TakenFile, ...]
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Look:
    tools: LoadTools
    entity: Entity
    file: FileDeclaration
    folder: DropFolder
    connection: Connection


def take_files(tools: LoadTools, entity: Entity, folder: DropFolder, *, deadline: float) -> FilesTaken:
    """Take what is ready, oldest first, until `deadline` (tools' monotonic clock); one file is taken in any case.

    Raises PartnerUnavailable when the folder is away, which is not the same as no files, PartnerRefused when it may not
    be read, LandingConflict when another process looks through it, LandingUnavailable, PipelineFrozen.
    """
    refuse_frozen(entity, tools.clock.now())
    if entity.file is None:
        raise DeclarationError(
            f"{entity.address} does not come as files.", remedy=f"sync-platform pull {entity.address}"
        )
    names = {"system": entity.system, "entity": entity.name}
    with (
        tools.database.connect() as connection,
        held(connection, **names, scope=FILES, holder=tools.holder, clock=tools.clock, wait_seconds=0),
    ):
        tools.reached("files_leased")
        look = _Look(tools=tools, entity=entity, file=entity.file, folder=folder, connection=connection)
        entries = folder.entries()
        _refuse_unmounted(look, entries)
        taken: list[TakenFile] = []
        # One whose fate is known is moved now; what has its name by then is for the next look.
        settled = {file.name for file in unmoved_files(connection, **names)}
        problems = move_settled(tools, entity, folder, connection)
        meant = [entry for entry in entries if _is_meant(entity.file, entry) and entry.name not in settled]
        forget_waiting(connection, **names, but=[entry.name for entry in meant])
        for entry in meant:
            if taken and tools.clock.monotonic() > deadline:
                break
            try:
                found = _take(look, entry)
            except (PartnerError, LandingConflict) as error:
                problems.append(str(error))
                continue
            taken += [found] if found else []
            problems += move_settled(tools, entity, folder, connection)
        return FilesTaken(files=tuple(taken), problems=tuple(dict.fromkeys(problems)))


def _is_meant(file: FileDeclaration, entry: Entry) -> bool:
    return file.name.read(entry.name) is not None


def _refuse_unmounted(look: _Look, entries: Sequence[Entry]) -> None:
    """An empty mount point looks like a folder without files; but what we archived must still be there."""
    entity = look.entity
    archive = any(entry.name == ARCHIVE and entry.kind == "directory" for entry in entries)
    if not archive and was_archived(look.connection, system=entity.system, entity=entity.name):
        raise PartnerUnavailable(
            f"{entity.address}: its folder has lost its {ARCHIVE}/. Is it mounted? "
            f"If the folder is a new one, create {ARCHIVE}/ in it."
        )


def _take(look: _Look, entry: Entry) -> TakenFile | None:
    """What became of one entry; None when there is nothing new to say."""
    entity, now = look.entity, look.tools.clock.now()
    seen = SeenFile(
        system=entity.system, entity=entity.name, name=entry.name, size=entry.size, modified=entry.modified, seen_at=now
    )
    if entry.kind != "file":
        message = f"{entry.name} is no plain file but a {entry.kind}; it was left where it is."
        is_new = refuse_entry(look.connection, seen, reason=entry.kind, message=message)
        return TakenFile(entry.name, "rejected", entry.kind, message) if is_new else None
    noted = note_file(look.connection, seen)
    if noted is None:
        return None
    look.tools.reached("file_noted")
    try:
        if len(entry.name.encode()) > MOST_NAME_BYTES:
            raise FileRefused("name", f"its name has more than {MOST_NAME_BYTES} bytes.")
        return _waiting(look, entry, noted) or _read(look, entry, noted)
    except FileRefused as error:
        return _refused(look, entry, noted, error)


def _waiting(look: _Look, entry: Entry, noted: NotedFile) -> TakenFile | None:
    """That the file, or its digest, may not have come to its end yet."""
    ready, checksum, now = look.file.ready, look.file.checksum, look.tools.clock.now()
    is_done = ready.done is not None and look.folder.has(entry.name + ready.done)
    if not is_done and now - noted.changed_at < ready.quiet:
        return _waits(look, entry, noted, "writing", "it may still be written")
    if checksum is None or told_digest(look.folder, entry.name, checksum) is not None:
        return None
    if now - noted.first_seen_at < checksum.wait:
        return _waits(look, entry, noted, "checksum", "its digest has not come yet")
    minutes = checksum.wait / timedelta(minutes=1)
    raise FileRefused("checksum", f"no digest of it came within {minutes:.0f} minutes.")


def _waits(look: _Look, entry: Entry, noted: NotedFile, reason: str, message: str) -> TakenFile:
    say_why_it_waits(look.connection, noted.file_id, reason=reason, message=message)
    return TakenFile(entry.name, "waiting", reason, message)


def _read(look: _Look, entry: Entry, noted: NotedFile) -> TakenFile:
    tools, entity, file = look.tools, look.entity, look.file
    with work_copy(look.folder, entry.name, file) as copy:
        tools.reached("file_copied")
        if look.folder.look(entry.name) != entry:
            return _waits(look, entry, noted, "writing", "it changed while it was read")
        told = told_digest(look.folder, entry.name, file.checksum) if file.checksum else None
        if file.checksum and told:
            judge_checksum(copy, told, file.checksum)
        now = tools.clock.now()
        # A sender's clock may be ahead: what it wrote is true as of now at the latest.
        written_at = min(entry.modified, now)
        received = ReceivedFile(path=copy.path, name=entry.name, modified=written_at, file_id=noted.file_id)
        day, control = examine(entity, file, received, today=entity.calendar.day_of(now))
        tools.reached("file_examined")
        same = accepted_as(
            look.connection, system=entity.system, entity=entity.name, sha256=copy.sha256, business_day=day
        )
        if same is not None:
            return _skipped(look, noted, entry, copy, same=same)
        load = land_file(tools, entity, file, received, copy=copy, control=control, day=day)
        if not load.ok:
            rejected = rejected_records(entity, file, received, day=day)
            write_report(look.folder, entry.name, noted.file_id, report_of(load.error or load.outcome, rejected))
            settled = SettledFile(
                file_id=noted.file_id,
                state="rejected",
                sha256=copy.sha256,
                reason=load.outcome,
                message=load.error,
                business_day=day,
                rows=control.records,
                dead_lettered=load.dead_lettered,
                control=control.said,
                load_id=load.load_id,
            )
            settle_file(look.connection, settled, now=tools.clock.now())
        tools.reached("file_settled")
        state = "accepted" if load.ok else "rejected"
        return TakenFile(entry.name, state, None if load.ok else load.outcome, load.error, load)


def _skipped(look: _Look, noted: NotedFile, entry: Entry, copy: WorkCopy, *, same: str) -> TakenFile:
    message = f"its content was taken before, as {same}"
    settled = SettledFile(
        file_id=noted.file_id, state="duplicate", sha256=copy.sha256, reason="duplicate", message=message
    )
    settle_file(look.connection, settled, now=look.tools.clock.now())
    look.tools.reached("file_settled")
    return TakenFile(entry.name, "duplicate", "duplicate", message)


def _refused(look: _Look, entry: Entry, noted: NotedFile, error: FileRefused) -> TakenFile:
    """The report goes beside it before its fate is committed: a refused file without a reason helps nobody."""
    write_report(look.folder, entry.name, noted.file_id, report_of(str(error)))
    settled = SettledFile(file_id=noted.file_id, state="rejected", reason=error.reason, message=str(error))
    settle_file(look.connection, settled, now=look.tools.clock.now())
    look.tools.reached("file_settled")
    return TakenFile(entry.name, "rejected", error.reason, str(error))
