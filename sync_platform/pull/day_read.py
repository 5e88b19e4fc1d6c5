"""Reads one business day whole from a partner into a stage, until the read is known to be complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sync_platform.contracts.record_shape import RecordShape
from sync_platform.declarations.pages import OffsetPages, PageNumberPages
from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import PartnerMisbehaved, RecordRejected
from sync_platform.landing.database import Connection
from sync_platform.landing.dead_letters import DeadLetter, StagedLetters, payload_hash
from sync_platform.landing.leases import Lease, LeaseRenewal
from sync_platform.landing.merge import ConflictingRecord
from sync_platform.landing.stage import Copying, Stage, count_keys, empty_stage
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import Current, WholeDay
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.pull.page_reading import read_rows
from sync_platform.pull.page_rows import PageRows
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform.pull.tools import LoadTools

# Rows that move between pages while we read (somebody edits at the partner) make one pass miss some: passes are
# repeated until the partner's count agrees, or, where it gives none, until a pass brings nothing new.
MOST_PASSES = 3
CONFLICT = "conflict"
"""The reason of a dead letter whose payload is the contract's fields and not what was received."""


@dataclass
class DayRead:
    """What one complete read gave. `began_at` is by the partner's clock; `confirmed` says that its own count agreed.

    `staged` rows are in the stage; with `repeats`, some have the same key. Rejected records came, so they did not
    vanish: `rejected_keys` are their keys, `keyless` the hashes of those without one.
    """

    letters: StagedLetters
    read: int = 0
    pages: int = 0
    staged: int = 0
    repeats: bool = False
    rejected_keys: set[str] = field(default_factory=set)
    keyless: set[bytes] = field(default_factory=set)
    partner_count: int | None = None
    first_count: int | None = None
    shrank: bool = False
    confirmed: bool = False
    began_at: datetime | None = None
    as_of: datetime | None = None
    branches: dict[str, datetime] = field(default_factory=dict)
    shape: RecordShape = field(default_factory=RecordShape)

    @property
    def day_as_of(self) -> datetime | None:
        """The moment the whole answer is true as of: the oldest branch where the partner reports per branch."""
        return min(self.branches.values()) if self.branches else self.as_of


@dataclass(frozen=True)
class Met:
    """When a record was seen, by the partner's clock, and in which exchange or by which delivery."""

    observed_at: datetime
    as_of: datetime
    exchange_id: UUID | None
    delivery_id: int | None = None


@dataclass(frozen=True)
class LeasedDay:
    """A business day that this writer alone may write: its lease, the stage it is put together in, its requests."""

    tools: LoadTools
    entity: Entity
    day: date
    connection: Connection
    lease: Lease
    stage: Stage
    exchanges: ExchangeLedger
    partner_now: Callable[[], datetime]


def read_whole_day(leased: LeasedDay, client: PartnerClient) -> DayRead:
    """Stage the whole day. Raises PartnerError; PartnerMisbehaved when its count never agrees with its records."""
    entity, connection, stage, day = leased.entity, leased.connection, leased.stage, leased.day
    known = 0
    for number in range(1, MOST_PASSES + 1):
        question = Current() if entity.is_state else WholeDay(day=day)
        seen = stage_pages(leased, read_pages(client, entity, question))
        counted = count_keys(connection, stage, sorted(seen.rejected_keys))
        seen.repeats = counted.staged < seen.staged
        keys = counted.keys + len(seen.keyless)
        if seen.partner_count is not None:
            if keys == seen.partner_count and not seen.shrank:
                seen.confirmed = seen.first_count == seen.partner_count
                return seen
        elif not _may_drift(entity, seen) or (number > 1 and keys == known):
            return seen
        known = keys
        if number < MOST_PASSES:
            empty_stage(connection, stage)
    if seen.partner_count is None:
        raise PartnerMisbehaved(
            f"{entity.address}: {day} changed during each of {MOST_PASSES} reads; nothing was published. "
            "Read it again when the partner is quiet, or declare how it counts its records (pages.total)."
        )
    raise PartnerMisbehaved(
        f"{entity.address}: the partner counts {seen.partner_count} records for {day}, {known} different ones came in "
        f"{MOST_PASSES} reads; nothing was published. Ask the partner, or correct pages.total."
    )


def _may_drift(entity: Entity, seen: DayRead) -> bool:
    """Page numbers and offsets shift under the reader when rows come and go; cursors and keysets do not."""
    return seen.pages > 1 and isinstance(entity.declaration.pages, PageNumberPages | OffsetPages)


def stage_pages(leased: LeasedDay, pages: Iterator[Page]) -> DayRead:
    """Stage one read of the day, page by page, while the next page is on its way."""
    tools, entity, connection = leased.tools, leased.entity, leased.connection
    parts = entity_tools(entity)
    seen = DayRead(letters=StagedLetters(connection, parts.table, tools.seal))
    renewal = LeaseRenewal(connection, leased.lease, tools.clock)
    tools.reached("page_asked")
    with Copying(connection, leased.stage) as copying:
        for page, rows in read_rows(pages, entity, day=leased.day):
            if tools.statistics is not None:
                seen.shape.look_at_page(page.records)
            _take_page(parts, page, rows, day=leased.day, seen=seen)
            if renewal.is_due or seen.letters.is_full or leased.exchanges.is_full:
                copying.settle()
                renewal.renew_when_due()
                seen.letters.stage()
                leased.exchanges.flush(connection)
                tools.reached("memory_freed")
            copying.append(rows.text)
            # Handed over; the server takes it in while the next page is read.
            tools.reached("page_staged")
    return seen


def _take_page(parts: EntityTools, page: Page, rows: PageRows, *, day: date, seen: DayRead) -> None:
    if seen.began_at is None:
        seen.began_at = page.requested_at
        seen.as_of = page.as_of or page.requested_at
    seen.pages += 1
    if page.total is not None:
        seen.first_count = page.total if seen.first_count is None else seen.first_count
        # What vanished from a page already read draws the next page's first record onto it: that one is missed, and
        # yet the count of what came agrees with the count that went down.
        seen.shrank = seen.shrank or (seen.partner_count is not None and page.total < seen.partner_count)
        seen.partner_count = page.total
    for branch, as_of in page.branch_as_of.items():
        seen.branches[branch] = min(as_of, seen.branches.get(branch, as_of))
    seen.read += len(page.records)
    seen.staged += rows.count
    for position, error in rows.rejected:
        raw = page.records[position]
        key = parts.key_of_rejected(raw)
        met = Met(page.requested_at, page.as_of or page.requested_at, page.exchange_id)
        seen.letters.extend([dead_letter(parts, raw, error, day=day, met=met)])
        if key is None:
            seen.keyless.add(payload_hash(raw))
        else:
            seen.rejected_keys.add(key)


def dead_letter(parts: EntityTools, raw: bytes, error: RecordRejected, *, day: date, met: Met) -> DeadLetter:
    """A rejected record as it is kept."""
    return DeadLetter(
        business_day=day,
        record_key=parts.key_of_rejected(raw) or parts.reader.key_in(raw),
        reason=error.reason,
        field=error.field,
        message=error.message,
        payload=bytes(raw),
        source_version=parts.version_of_rejected(raw),
        observed_at=met.observed_at,
        as_of=met.as_of,
        exchange_id=met.exchange_id,
        delivery_id=met.delivery_id,
    )


def conflict_letters(conflicts: Iterable[ConflictingRecord]) -> list[DeadLetter]:
    """Records that have the same strict version and different content: none of them is chosen silently."""
    return [
        DeadLetter(
            business_day=record.business_day,
            record_key=record.record_key,
            reason=CONFLICT,
            field="",
            message="the same source version came with different content",
            payload=record.payload,
            source_version=record.source_version,
            observed_at=record.observed_at,
            as_of=record.as_of,
            exchange_id=record.exchange_id,
        )
        for record in conflicts
    ]
