"""What was found in the drop folders: noted while it waits, settled once, and where it lies since."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

FILES = "files"
"""The lease scope of who looks through an entity's folder."""
REFUSED_SHOWN = timedelta(days=14)
"""As many days as the freshness report shows; what was refused before is history."""


@dataclass(frozen=True)
class SeenFile:
    """Something that lies in a drop folder, as it was at `seen_at` by our clock."""

    system: str
    entity: str
    name: str
    size: int
    modified: datetime
    seen_at: datetime


@dataclass(frozen=True)
class NotedFile:
    """A file that waits: since when it is known, and since when it did not change any more."""

    file_id: UUID
    first_seen_at: datetime
    changed_at: datetime


@dataclass(frozen=True)
class UnmovedFile:
    """A settled file that may still lie in the drop folder, as it was when it was taken."""

    file_id: UUID
    name: str
    state: str
    size: int
    modified: datetime


@dataclass(frozen=True)
class AcceptedFile:
    """A file whose rows are its day's. `written_at` is what they were observed at."""

    file_id: UUID
    name: str
    sha256: bytes
    business_day: date
    written_at: datetime


@dataclass(frozen=True)
class SettledFile:
    """What became of a file: accepted, duplicate or rejected. `control` is what it says of itself."""

    file_id: UUID
    state: str
    sha256: bytes | None = None
    place: str = "drop"
    reason: str | None = None
    message: str | None = None
    business_day: date | None = None
    rows: int | None = None
    dead_lettered: int | None = None
    control: Mapping[str, str] = field(default_factory=dict)
    load_id: UUID | None = None


@dataclass(frozen=True)
class KnownFile:
    """A row of sync.file, for showing."""

    file_id: UUID
    entity: str
    name: str
    size: int
    modified: datetime
    state: str
    reason: str | None
    message: str | None
    sha256: bytes | None
    business_day: date | None
    revision: int | None
    rows: int | None
    dead_lettered: int | None
    control: dict[str, Any] | None
    load_id: UUID | None
    first_seen_at: datetime
    settled_at: datetime | None
    place: str


@dataclass(frozen=True)
class RefusedFile:
    """A file that was refused and that no accepted one of its name answers yet."""

    system: str
    entity: str
    name: str
    reason: str
    settled_at: datetime


@dataclass(frozen=True)
class KeptFile:
    """A settled file that lies in archive/ or rejected/."""

    file_id: UUID
    name: str
    size: int
    settled_at: datetime


def note_file(connection: Connection, seen: SeenFile) -> NotedFile | None:
    """Note that a file lies there; None when one of its name is settled and still has to be moved away."""
    row = connection.execute(queries("files")["note"], {**vars(seen), "file_id": uuid4()}).fetchone()
    return NotedFile(*row) if row else None


def say_why_it_waits(connection: Connection, file_id: UUID, *, reason: str, message: str) -> None:
    """Why a noted file is not taken yet."""
    connection.execute(queries("files")["waits"], {"file_id": file_id, "reason": reason, "message": message})


def forget_waiting(connection: Connection, *, system: str, entity: str, but: Iterable[str]) -> None:
    """Noted files that are gone from the folder before they were taken are forgotten; `but` are those still there."""
    connection.execute(queries("files")["forget"], {"system": system, "entity": entity, "names": list(but)})


def refuse_entry(connection: Connection, seen: SeenFile, *, reason: str, message: str) -> bool:
    """Note what is no file and is left where it lies; whether that is new."""
    values = {**vars(seen), "file_id": uuid4(), "reason": reason, "message": message}
    return connection.execute(queries("files")["refuse_entry"], values).rowcount == 1


def settle_file(connection: Connection, settled: SettledFile, *, now: datetime) -> None:
    """Write what became of a noted file, in the caller's transaction."""
    values = {**vars(settled), "control": Jsonb(dict(settled.control)), "now": now}
    connection.execute(queries("files")["settle"], values)


def accepted_as(connection: Connection, *, system: str, entity: str, sha256: bytes, business_day: date) -> str | None:
    """The name of the accepted file with this content and day."""
    values = {"system": system, "entity": entity, "sha256": sha256, "business_day": business_day}
    row = connection.execute(queries("files")["accepted_as"], values).fetchone()
    return str(row[0]) if row else None


def accepted_of_day(connection: Connection, *, system: str, entity: str, day: date) -> AcceptedFile | None:
    """The accepted file that is the day: of several the one that was written last."""
    values = {"system": system, "entity": entity, "business_day": day}
    row = connection.execute(queries("files")["accepted_of_day"], values).fetchone()
    return AcceptedFile(*row) if row else None


def unmoved_files(connection: Connection, *, system: str, entity: str) -> list[UnmovedFile]:
    """Settled files that were not seen to have been moved."""
    rows = connection.execute(queries("files")["unmoved"], {"system": system, "entity": entity})
    return [UnmovedFile(*row) for row in rows]


def mark_moved(connection: Connection, file_id: UUID, *, place: str) -> None:
    """Where a settled file lies now: archive, rejected, gone, or pruned."""
    connection.execute(queries("files")["moved"], {"file_id": file_id, "place": place})


def was_archived(connection: Connection, *, system: str, entity: str) -> bool:
    """Whether the entity's folder must have an archive."""
    row = connection.execute(queries("files")["was_archived"], {"system": system, "entity": entity}).fetchone()
    return bool(row and row[0])


def count_kept(connection: Connection, *, system: str, entity: str, place: str) -> int:
    """How many files lie in that folder."""
    values = {"system": system, "entity": entity, "place": place}
    row = connection.execute(queries("files")["kept"], values).fetchone()
    return int(row[0]) if row else 0


def expired_files(
    connection: Connection,
    *,
    system: str,
    entity: str,
    place: str,
    before: datetime,
    after: KeptFile | None,
    most: int,
) -> list[KeptFile]:
    """The next files of a folder that were settled before a moment, oldest first, behind `after`."""
    values = {"system": system, "entity": entity, "place": place, "before": before, "most": most}
    values |= {"after": after.settled_at if after else None, "after_id": after.file_id if after else None}
    with connection.cursor(row_factory=class_row(KeptFile)) as cursor:
        return cursor.execute(queries("files")["expired"], values).fetchall()


def read_refused(connection: Connection, *, now: datetime) -> list[RefusedFile]:
    """The refused files of the last 14 days that nothing of their name followed, newest first."""
    with connection.cursor(row_factory=class_row(RefusedFile)) as cursor:
        return cursor.execute(queries("files")["refused"], {"since": now - REFUSED_SHOWN}).fetchall()


def read_files(connection: Connection, *, system: str, entity: str | None = None, limit: int) -> list[KnownFile]:
    """The files of a system, newest first."""
    with connection.cursor(row_factory=class_row(KnownFile)) as cursor:
        return cursor.execute(
            queries("files")["newest_first"], {"system": system, "entity": entity, "limit": limit}
        ).fetchall()
