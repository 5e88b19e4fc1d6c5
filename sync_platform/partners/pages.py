"""Reads a question's pages one after another, each with what the partner says of it, and refuses endless walks."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from sync_platform.contracts.time_format import read_moment
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.window import EventsList
from sync_platform.errors import PartnerMisbehaved, RecordRejected
from sync_platform.partners.as_of import BranchTimes, page_as_of
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.question import Asking, ChangedBetween, Current, Question, WholeDay, ask_for
from sync_platform.partners.request import Answer, Request
from sync_platform.partners.walk import PageRead, Step, Walk, partner_total
from sync_platform.partners.walk_kind import open_walk

# Keys named twice are looked for where that costs little: every small body, and the first of a walk, which shows a
# partner's serialiser that writes them. 350 kB take 8 ms (measured 2026-11-21), a fifth of reading them over HTTP.
STRICT_BYTES, STRICT_FIRST_BYTES = 64_000, 1_000_000

_Read = TypeVar("_Read")


@dataclass(frozen=True)
class Page:
    """One page of an answer. `number` counts from 0, also when a walk goes on in the middle.

    `records` are each record's JSON text as the partner wrote it. `total` is the partner's own count for the whole
    question, None where it gives none. `as_of` and `branch_as_of` are what it says; `requested_at` is its clock at
    the request. `full`: a following page exists. `record_times`: of an events list, each event's time, else None.
    `text` is the whole list of records, where the answer has it so. `broken` are records, by their position, of which
    it is known already what is wrong with them.
    """

    number: int
    records: list[bytes]
    total: int | None
    as_of: datetime | None
    branch_as_of: dict[str, datetime]
    requested_at: datetime
    exchange_id: UUID
    full: bool
    record_times: list[datetime] | None = None
    text: bytes | None = None
    broken: Mapping[int, RecordRejected] = field(default_factory=dict)


def read_pages(client: PartnerClient, entity: Entity, question: Question) -> Iterator[Page]:
    """The pages in order; the next one is asked when the iterator is advanced.

    Raises what `PartnerClient.ask` raises, and PartnerMisbehaved for a wrong shape, a repeated page, a circle, or more
    pages than declared. A page that was yielded stays good whatever comes after.
    """
    asking = ask_for(entity, question)
    start_page = question.start_page if isinstance(question, ChangedBetween) else 0
    walk = open_walk(asking.pages, owner=asking.owner)
    branches = BranchTimes(entity.declaration.branches, zone=entity.calendar.zone)
    step: Step | None = walk.first(start_page)
    number = start_page
    repeats = _Repeats()
    while step is not None:
        _refuse_endless(number - start_page, asking)
        request = asking.request(step)
        answer = ask_page(client, request)
        origin = client.origin_of(request)
        if answer.not_modified:
            yield _unchanged(answer, question, number=number, first=number == start_page, origin=origin)
            return
        _refuse_duplicate_keys(answer, first=number == start_page)
        read = _read(client, asking, request=request, answer=answer)
        _refuse_uncertain_end(read, walk)
        repeats.refuse(read)
        step = walk.following(read)
        records, times = _unwrap(read, asking.events, entity=entity)
        yield Page(
            number=number,
            records=records,
            total=read.total,
            as_of=page_as_of(entity.declaration.as_of, answer, zone=entity.calendar.zone, origin=origin),
            branch_as_of={} if asking.events else branches.read(answer.envelope, origin=origin),
            requested_at=answer.requested_at,
            exchange_id=answer.exchange_id,
            full=step is not None,
            record_times=times,
            text=None if asking.events else answer.envelope.list_text(asking.records),
        )
        number += 1


def read_ahead(pages: Iterator[_Read]) -> Generator[_Read]:
    """The same pages; the next one is asked and read while the caller works on this one.

    One page ahead and no more, so that memory stays flat. Whoever stops early waits for the request under way.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="pages") as worker:
        upcoming = worker.submit(next, pages, None)
        while (page := upcoming.result()) is not None:
            upcoming = worker.submit(next, pages, None)
            yield page


def probe(client: PartnerClient, entity: Entity) -> Page:
    """The first page of an entity: of its current state, or of today, and of yesterday while today has nothing yet."""
    if entity.declaration.business_day is None:
        return next(read_pages(client, entity, Current()))
    today = entity.calendar.day_of(client.partner_now())
    page = next(read_pages(client, entity, WholeDay(today)))
    return page if page.records else next(read_pages(client, entity, WholeDay(today - timedelta(days=1))))


class _Repeats:
    """The last page that held something, to notice a partner that answers with it again."""

    def __init__(self) -> None:
        self._previous: list[bytes] = []

    def refuse(self, page: PageRead) -> None:
        if page.records and page.records == self._previous:
            raise PartnerMisbehaved(f"{page.origin} repeats the page before it; the paging declaration may be wrong.")
        self._previous = page.records or self._previous


def ask_page(client: PartnerClient, request: Request) -> Answer:
    """A page's answer. What a declared rule calls a rejected record cannot be one where a page was asked for."""
    try:
        return client.ask(request)
    except RecordRejected as error:
        raise PartnerMisbehaved(
            f"{error.message} It refuses one record, and a page of records was asked for."
        ) from error


def _read(client: PartnerClient, asking: Asking, *, request: Request, answer: Answer) -> PageRead:
    origin = client.origin_of(request)
    return PageRead(
        records=answer.envelope.records(asking.records),
        total=partner_total(asking.pages, answer, origin=origin),
        answer=answer,
        url=client.url_of(request),
        origin=origin,
    )


def _unwrap(read: PageRead, events: EventsList | None, *, entity: Entity) -> tuple[list[bytes], list[datetime] | None]:
    """The records, and for an events list when each event happened."""
    if events is None:
        return read.records, None
    records, times = [], []
    for text in read.records:
        event = Envelope(text, origin=f"{read.origin}: an event")
        records.append(event.record(events.record))
        try:
            written = event.value(events.time)
            times.append(read_moment(written, time_format=events.time_format, zone=entity.calendar.zone))
        except ValueError as error:
            raise PartnerMisbehaved(
                f"{read.origin} has an event without a time at `{events.time}`: {error}."
            ) from error
    return records, times


def _unchanged(answer: Answer, question: Question, *, number: int, first: bool, origin: str) -> Page:
    """The page that a 304 stands for: no changes. A whole day or state that is unchanged is not empty."""
    if not first or not isinstance(question, ChangedBetween):
        raise PartnerMisbehaved(f"{origin} is 304 where the records themselves were asked for.")
    return Page(
        number=number,
        records=[],
        total=None,
        as_of=answer.requested_at,
        branch_as_of={},
        requested_at=answer.requested_at,
        exchange_id=answer.exchange_id,
        full=False,
    )


def _refuse_endless(pages_read: int, asking: Asking) -> None:
    if pages_read >= asking.pages.limit_pages:
        raise PartnerMisbehaved(
            f"{asking.owner}: more than {asking.pages.limit_pages} pages from {asking.method} {asking.path}; "
            "the walk was stopped. Raise pages.limit_pages if there truly are so many."
        )


def _refuse_duplicate_keys(answer: Answer, *, first: bool) -> None:
    if len(answer.body) <= (STRICT_FIRST_BYTES if first else STRICT_BYTES):
        answer.envelope.refuse_duplicate_keys()


def _refuse_uncertain_end(read: PageRead, walk: Walk) -> None:
    """Without a length a cut answer can look whole (faults.md, A13), unless the partner's count vouches for it."""
    if not read.answer.length_known and read.total is None and not walk.knows_the_end:
        raise PartnerMisbehaved(
            f"{read.origin} came without a length, and nothing in it says that it is whole. "
            "Declare pages.total or pages.has_more."
        )
