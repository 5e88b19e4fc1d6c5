"""A received file by its contract: examined as a whole before anything is landed, and as pages for the load."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import FileRefused, RecordRejected
from sync_platform.partners.files.columns import column_types
from sync_platform.partners.files.control import Control, day_of_file, judge_control
from sync_platform.partners.files.reading import read_records
from sync_platform.partners.files.record import FileRecord
from sync_platform.partners.pages import Page
from sync_platform.pull.page_rows import of_the_day, without_broken
from sync_platform.pull.readers import entity_tools

PAGE_RECORDS = 1000


@dataclass(frozen=True)
class ReceivedFile:
    """A file that is read: its working copy, its name as sent, when it was written, and its id."""

    path: Path
    name: str
    modified: datetime
    file_id: UUID


def examine(entity: Entity, file: FileDeclaration, received: ReceivedFile, *, today: date) -> tuple[date, Control]:
    """The file's business day and what it says of itself, once it was read to its end.

    Raises FileRefused when it is not whole, not of the known schema, or of a day that has not begun.
    """
    control = Control()
    for _ in read_records(received.path, file, types=column_types(entity), control=control):
        pass
    judge_control(control, file, named=file.name.read(received.name) or {})
    day = day_of_file(control, file, name=received.name)
    if day is None:
        raise FileRefused("day", "it tells no business day.")
    if day > today:
        raise FileRefused("day", f"it is of {day}, which has not begun.")
    return day, control


def file_pages(entity: Entity, file: FileDeclaration, received: ReceivedFile) -> Iterator[Page]:
    """The file's records as a load takes them; true as of, and observed, when the file was written."""
    for number, (_, records) in enumerate(_parts(entity, file, received)):
        yield _page(number, records, received)


def rejected_records(
    entity: Entity, file: FileDeclaration, received: ReceivedFile, *, day: date
) -> Iterator[tuple[int, RecordRejected]]:
    """The line and the reason of every record that its contract rejects."""
    parts = entity_tools(entity)
    for number, (lines, records) in enumerate(_parts(entity, file, received)):
        page = _page(number, records, received)
        batch = of_the_day(entity.contract, without_broken(parts.read(page.records), page.broken), day)
        for position, error in batch.rejected:
            yield lines[position], error


def _parts(
    entity: Entity, file: FileDeclaration, received: ReceivedFile
) -> Iterator[tuple[list[int], list[FileRecord]]]:
    records = read_records(received.path, file, types=column_types(entity), control=Control())
    while part := list(islice(records, PAGE_RECORDS)):
        yield [record.line for record in part], part


def _page(number: int, records: list[FileRecord], received: ReceivedFile) -> Page:
    return Page(
        number=number,
        records=[record.raw for record in records],
        total=None,
        as_of=received.modified,
        branch_as_of={},
        requested_at=received.modified,
        exchange_id=received.file_id,
        full=len(records) == PAGE_RECORDS,
        broken={at: record.broken for at, record in enumerate(records) if record.broken is not None},
    )
