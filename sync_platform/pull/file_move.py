"""Moves what is settled out of the drop folder, as often as it takes: accepted to archive/, refused to rejected/."""

from __future__ import annotations

from uuid import UUID

from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import PartnerError
from sync_platform.landing.database import Connection
from sync_platform.landing.files import UnmovedFile, mark_moved, unmoved_files
from sync_platform.partners.files.folder import ARCHIVE, REJECTED, DropFolder
from sync_platform.pull.tools import LoadTools

GONE = "gone"
REPORT = ".report.csv"
"""What a refused file's report is called, after its name."""
_MOST_CHARACTERS = 150


def move_settled(tools: LoadTools, entity: Entity, folder: DropFolder, connection: Connection) -> list[str]:
    """Move each settled file that still lies there; what could not be moved now, in words."""
    problems = []
    for settled in unmoved_files(connection, system=entity.system, entity=entity.name):
        try:
            place = _moved(folder, settled, entity.file)
        except PartnerError as error:
            problems.append(f"{settled.name} is {settled.state} and still lies in the drop folder: {error}")
            continue
        tools.reached("file_moved")
        mark_moved(connection, settled.file_id, place=place)
        tools.reached("file_marked")
    return problems


def write_report(folder: DropFolder, name: str, file_id: UUID, content: bytes) -> None:
    """The report beside where the refused file will lie."""
    folder.write(content, below=REJECTED, to=settled_name(name, file_id) + REPORT)


def settled_name(name: str, file_id: UUID) -> str:
    """What a file is called once it is settled: revisions of one name do not meet, and sort beside each other."""
    stem, dot, ending = name[-_MOST_CHARACTERS:].rpartition(".")
    return f"{stem}.{file_id.hex[:8]}.{ending}" if dot else f"{ending}.{file_id.hex[:8]}"


def _moved(folder: DropFolder, settled: UnmovedFile, file: FileDeclaration | None) -> str:
    """Where it lies now. What belongs to it goes first, so that nothing of a newer file of its name is taken along."""
    below = REJECTED if settled.state == "rejected" else ARCHIVE
    to = settled_name(settled.name, settled.file_id)
    lying = folder.look(settled.name)
    if lying is None:
        return below if folder.has(below, to) else GONE
    if (lying.size, lying.modified) != (settled.size, settled.modified):
        # A newer file of the same name came meanwhile: it is taken on its own.
        return below if folder.has(below, to) else GONE
    for ending in file.companions if file else ():
        if folder.has(settled.name + ending):
            folder.move(settled.name + ending, below=below, to=to + ending)
    folder.move(settled.name, below=below, to=to)
    return below
