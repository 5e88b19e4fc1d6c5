"""A day's accepted file read once more out of the archive: the same bytes, by the same path as when it came.

A file is taken once by its content, so it cannot be dropped again; a replay reads what was kept of it, and its row in
sync.file stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import FileRefused, PartnerUnavailable
from sync_platform.landing.database import Connection
from sync_platform.landing.files import AcceptedFile, accepted_of_day
from sync_platform.landing.loads import Load
from sync_platform.partners.files.control import Control
from sync_platform.partners.files.folder import ARCHIVE, DropFolder, open_folder
from sync_platform.partners.files.work_copy import work_copy
from sync_platform.pull.day_read import DayRead, LeasedDay
from sync_platform.pull.day_source import DaySource
from sync_platform.pull.file_day import WAY, FileExchange, read_file_day
from sync_platform.pull.file_move import settled_name
from sync_platform.pull.file_records import ReceivedFile, examine
from sync_platform.pull.tools import LoadTools
from sync_platform.pull.whole_day import land_day
from sync_platform.replay.replaying import Replaying


@dataclass(frozen=True)
class ArchivedFile:
    """An accepted file, and where it lies since."""

    entity: Entity
    declared: FileDeclaration
    folder: DropFolder
    accepted: AcceptedFile

    @property
    def name(self) -> str:
        """What it is called in the archive."""
        return settled_name(self.accepted.name, self.accepted.file_id)


def drop_folders(entities: Iterable[Entity], environment: Mapping[str, str]) -> dict[str, DropFolder]:
    """The folders of the entities that come as files, by name. Raises DeclarationError for a missing variable."""
    return {
        entity.name: open_folder(entity.file, environment, owner=entity.address)
        for entity in entities
        if entity.file is not None
    }


def archived_file(replaying: Replaying, entity: Entity, connection: Connection, *, day: date) -> ArchivedFile | None:
    """The file that a day of the entity came with; None where it comes otherwise, or none was accepted."""
    if entity.file is None:
        return None
    accepted = accepted_of_day(connection, system=entity.system, entity=entity.name, day=day)
    return ArchivedFile(entity, entity.file, replaying.folders[entity.name], accepted) if accepted else None


def land_again(tools: LoadTools, archived: ArchivedFile) -> Load:
    """Publish the archived file as its day; a file that cannot be read makes a load whose outcome says so.

    Raises as `land_day`.
    """

    def read(leased: LeasedDay) -> DayRead:
        with opened_again(archived, tools) as (received, control):
            return read_file_day(leased, file=archived.declared, received=received, control=control)

    source = DaySource(exchanging=FileExchange(), partner_now=tools.clock.now, read=read, observed=False)
    return land_day(tools, archived.entity, source, day=archived.accepted.business_day, way=WAY)


@contextmanager
def opened_again(archived: ArchivedFile, tools: LoadTools) -> Iterator[tuple[ReceivedFile, Control]]:
    """The examined file for the length of a block. Raises PartnerUnavailable when it is not there any more, and
    FileRefused when it is another one by now, or its declaration reads it otherwise."""
    entity, accepted, archive = archived.entity, archived.accepted, archived.folder.below(ARCHIVE)
    if not archive.has(archived.name):
        raise PartnerUnavailable(
            f"{entity.address} {accepted.business_day}: {archived.name} is not in {ARCHIVE}/ of its folder. Is it "
            "mounted? If the file was moved away, put it back."
        )
    with work_copy(archive, archived.name, archived.declared) as copy:
        if copy.sha256 != accepted.sha256:
            raise FileRefused("checksum", f"{archived.name} in {ARCHIVE}/ is not the file that was accepted.")
        received = ReceivedFile(copy.path, accepted.name, accepted.written_at, accepted.file_id)
        today = entity.calendar.day_of(tools.clock.now())
        day, control = examine(entity, archived.declared, received, today=today)
        if day != accepted.business_day:
            raise FileRefused(
                "day", f"{archived.name} is of {day} by its declaration now; it was taken as another day."
            )
        tools.reached("archived_file_read")
        yield received, control
