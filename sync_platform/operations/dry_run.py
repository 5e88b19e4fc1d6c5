"""A pull that stores nothing: reads and decodes what a load would take in, and says what would be rejected."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import RecordRejected
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import read_pages
from sync_platform.partners.question import Current, WholeDay

SHOWN_REJECTS = 5


@dataclass(frozen=True)
class Reject:
    """A record that would become a dead letter; its key only where its field is not personal."""

    reason: str
    field: str
    message: str
    key: str | None


@dataclass(frozen=True)
class DryRun:
    """What one entity's day holds at the partner. `distinct` counts different keys among the accepted records.

    `obtainable` is false for a past day of a state entity, of which nothing was read.
    """

    system: str
    entity: str
    day: date
    obtainable: bool = True
    read: int = 0
    accepted: int = 0
    distinct: int = 0
    rejected: int = 0
    wrong_day: int = 0
    partner_count: int | None = None
    pages: int = 0
    requests: int = 0
    as_of: datetime | None = None
    rejects: tuple[Reject, ...] = ()

    @property
    def rejected_share(self) -> float:
        return self.rejected / self.read if self.read else 0.0


def dry_run(client: PartnerClient, entity: Entity, *, day: date) -> DryRun:
    """Read the whole day, or the current state, once. Raises PartnerError."""
    if entity.is_state and day < entity.calendar.day_of(client.partner_now()):
        return DryRun(system=entity.system, entity=entity.name, day=day, obtainable=False)
    reader = RecordReader(entity.contract, picks=entity.declaration.fields, calendar=entity.calendar)
    client.take_exchanges()
    keys: set[str] = set()
    rejects: list[Reject] = []
    read = accepted = rejected = wrong_day = pages = 0
    partner_count: int | None = None
    clocks: list[datetime] = []
    for page in read_pages(client, entity, Current() if entity.is_state else WholeDay(day)):
        pages += 1
        read += len(page.records)
        partner_count = page.total if page.total is not None else partner_count
        clocks += page.branch_as_of.values() or ([page.as_of] if page.as_of else [])
        for raw in page.records:
            try:
                record = reader.read(raw)
            except RecordRejected as error:
                rejected += 1
                if len(rejects) < SHOWN_REJECTS:
                    rejects.append(_reject(entity, reader, raw, error))
                continue
            accepted += 1
            wrong_day += not entity.is_state and record.business_day not in (None, day)
            keys.add(reader.key_of(record))
    return DryRun(
        system=entity.system,
        entity=entity.name,
        day=day,
        read=read,
        accepted=accepted,
        distinct=len(keys),
        rejected=rejected,
        wrong_day=wrong_day,
        partner_count=partner_count,
        pages=pages,
        requests=len(client.take_exchanges()),
        as_of=min(clocks) if clocks else None,
        rejects=tuple(rejects),
    )


def _reject(entity: Entity, reader: RecordReader, raw: bytes, error: RecordRejected) -> Reject:
    personal = any(entity.contract.field(name).personal for name in entity.contract.key)
    key = None if personal else reader.key_in(raw)
    return Reject(reason=error.reason, field=error.field, message=error.message, key=key)
