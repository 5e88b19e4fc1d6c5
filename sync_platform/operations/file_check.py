"""Checks a file as it would be taken, and takes nothing: who sends it can try it first, and so can who declares it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice
from uuid import uuid4

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError, FileRefused, RecordRejected
from sync_platform.partners.files.checksum import judge_checksum, told_digest
from sync_platform.partners.files.folder import DropFolder
from sync_platform.partners.files.work_copy import work_copy
from sync_platform.pull.file_records import ReceivedFile, examine, rejected_records

SHOWN_ROWS = 100


@dataclass(frozen=True)
class RejectedRow:
    """A record that its contract rejects, by the line on which it ends."""

    line: int
    reason: str
    field: str
    message: str


@dataclass(frozen=True)
class CheckedFile:
    """What would become of a file. `reason` and `message` say why it would be refused whole.

    `rows` are the first rejected records, `rejected` how many there are.
    """

    name: str
    ok: bool
    reason: str | None = None
    message: str | None = None
    business_day: date | None = None
    records: int = 0
    rejected: int = 0
    control: dict[str, str] | None = None
    rows: tuple[RejectedRow, ...] = ()


def check_folder(entity: Entity, folder: DropFolder) -> list[CheckedFile]:
    """What would become of each file that lies in a drop folder and is meant, oldest first."""
    if entity.file is None:
        raise _asked_for(entity)
    meant = [entry for entry in folder.entries() if entity.file.name.read(entry.name) is not None]
    return [
        check_file(entity, folder, entry.name)
        if entry.kind == "file"
        else _refused(entry.name, FileRefused(entry.kind, f"{entry.name} is no plain file but a {entry.kind}."))
        for entry in meant
    ]


def check_file(entity: Entity, folder: DropFolder, name: str, *, now: datetime | None = None) -> CheckedFile:
    """Read a file to its end by declaration and contract. Raises PartnerError when it cannot be read at all.

    Its digest is only looked at where it lies beside it: who tries a file has not always written one yet.
    """
    file = entity.file
    if file is None:
        raise _asked_for(entity)
    now = now or datetime.now(UTC)
    try:
        if file.name.read(name) is None:
            raise FileRefused("name", f"its name is not like {file.name.text}; it would be left alone.")
        with work_copy(folder, name, file) as copy:
            told = told_digest(folder, name, file.checksum) if file.checksum else None
            if file.checksum and told:
                judge_checksum(copy, told, file.checksum)
            received = ReceivedFile(path=copy.path, name=name, modified=now, file_id=uuid4())
            day, control = examine(entity, file, received, today=entity.calendar.day_of(now))
            found = rejected_records(entity, file, received, day=day)
            shown = tuple(_row(line, error) for line, error in islice(found, SHOWN_ROWS))
            rejected = len(shown) + sum(1 for _ in found)
    except FileRefused as error:
        return _refused(name, error)
    too_many = rejected > entity.contract.max_rejected * control.records
    message = f"more than {entity.contract.max_rejected:.1%} of its records break the contract." if too_many else None
    return CheckedFile(
        name=name,
        ok=not too_many,
        reason="held" if too_many else None,
        message=message,
        business_day=day,
        records=control.records,
        rejected=rejected,
        control=control.said,
        rows=shown,
    )


def _asked_for(entity: Entity) -> DeclarationError:
    return DeclarationError(
        f"{entity.address} does not come as files.", remedy=f"Ask for it: sync-platform pull {entity.address}"
    )


def _refused(name: str, error: FileRefused) -> CheckedFile:
    return CheckedFile(name=name, ok=False, reason=error.reason, message=str(error))


def _row(line: int, error: RecordRejected) -> RejectedRow:
    return RejectedRow(line=line, reason=error.reason, field=error.field, message=error.message)
