"""The first half of the delta way in: what changed goes into the change log, and the watermark moves with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from sync_platform.contracts.record_shape import RecordShape
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.window import ChangedSince
from sync_platform.errors import DeclarationError, PartnerError
from sync_platform.landing.changes import CapturedChange, broken_waiting, capture_changes
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, first_read_began_at, read_day, record_branches, record_look
from sync_platform.landing.leases import CAPTURE, Lease, LeaseRenewal, fence, held
from sync_platform.landing.transaction import transactions
from sync_platform.landing.watermarks import Watermark, move_watermark, read_watermark
from sync_platform.partners.pages import Page, read_pages
from sync_platform.partners.question import WholeDay
from sync_platform.pull.captured_shape import note_shape
from sync_platform.pull.change_walk import changed_at, walk_changes
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.pull.held_day import rejects_too_much
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform.pull.received_record import ReceivedRecord, captured_changes
from sync_platform.pull.tools import PullTools

# A backlog is taken in by slices of about this many records, each with its own commit, where the partner sorts by
# changed time; memory stays flat and a tick that ends early keeps what it has.
SLICE_RECORDS = 5_000


@dataclass(frozen=True)
class Capture:
    """What one delta question brought. `captured`: what was new; `behind`: the budget ended before the feed."""

    read: int = 0
    captured: int = 0
    pages: int = 0
    changed_until: datetime | None = None
    looked_at: datetime | None = None
    behind: bool = False


@dataclass
class _Slice:
    """Changes read so far and not yet stored, with what the pages said beside them."""

    changes: list[CapturedChange]
    read: int = 0
    pages: int = 0
    as_of: datetime | None = None
    branches: dict[str, datetime] | None = None
    newest: datetime | None = None
    shape: RecordShape = field(default_factory=RecordShape)


@dataclass(frozen=True)
class _Window:
    """What is asked, [since, until). `known_until` is the watermark so far, `deadline` on the tools' clock.

    What is younger than `settled_until`, the safety lag before `until`, is taken in at once, but the watermark stays
    behind it: a change that becomes visible late is found by the next question. Waiting for the lag instead made every
    change 7 s older when it landed.
    """

    since: datetime
    known_until: datetime
    settled_until: datetime
    until: datetime
    deadline: float


def capture_delta(tools: PullTools, entity: Entity, *, deadline: float) -> Capture:
    """Take in what changed since the watermark; the window is fixed by the partner's clock before the first request.

    `deadline` is on the tools' monotonic clock; where the partner sorts by changed time a longer feed is left for the
    next call at a safe place. Raises PartnerError (its requests are in the ledger), LandingConflict when another
    capturer is at work.
    """
    declared = entity.declaration.changed_since
    if declared is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked what changed.", remedy="Declare changed_since, or pull whole days."
        )
    with tools.database.connect() as connection:
        wanted = {"system": entity.system, "entity": entity.name, "scope": CAPTURE, "holder": tools.holder}
        with held(connection, **wanted, clock=tools.clock, wait_seconds=0) as lease:
            tools.reached("capture_leased")
            with _exchanges_kept(tools, connection) as exchanges:
                return _capture(tools, entity, declared, connection, lease, exchanges, deadline=deadline)


def capture_day(tools: PullTools, entity: Entity, *, day: date) -> int:
    """Read one business day's records again into the change log; returns how many say something new.

    Moves no watermark and settles nothing that vanished: it only sees changes that the changed time did not tell of.
    Raises as `capture_delta` does.
    """
    with tools.database.connect() as connection:
        wanted = {"system": entity.system, "entity": entity.name, "scope": CAPTURE, "holder": tools.holder}
        with held(connection, **wanted, clock=tools.clock, wait_seconds=0) as lease:
            tools.reached("recheck_leased")
            part = _Slice(changes=[])
            renewal = LeaseRenewal(connection, lease, tools.clock)
            with _exchanges_kept(tools, connection) as exchanges:
                for page in read_pages(tools.client, entity, WholeDay(day=day)):
                    renewal.renew_when_due()
                    _take_page(entity, entity.declaration.changed_since, page, part)
            tools.reached("recheck_read")
            captured = 0
            for transaction in transactions(connection, clock=tools.clock):
                with transaction:
                    fence(connection, lease)
                    captured = capture_changes(connection, entity_tools(entity).table, part.changes)
                    exchanges.insert(connection, eventful=captured > 0)
                    tools.reached("recheck_stored")
            tools.reached("recheck_committed")
            return captured


def _capture(
    tools: PullTools,
    entity: Entity,
    declared: ChangedSince,
    connection: Connection,
    lease: Lease,
    exchanges: ExchangeLedger,
    *,
    deadline: float,
) -> Capture:
    until = tools.client.partner_now()
    settled = until - declared.safety_lag
    mark = read_watermark(connection, entity.system, entity.name)
    if mark is None:
        known_until = _first_watermark(entity, connection, now=until, until=settled)
    else:
        known_until = _known_until(mark, until=settled, now=tools.clock.now())
    since = known_until - declared.overlap
    done = Capture(changed_until=mark.changed_until if mark else None)
    renewal = LeaseRenewal(connection, lease, tools.clock)
    walk = _Window(since=since, known_until=known_until, settled_until=settled, until=until, deadline=deadline)
    for part, reached, finished in _slices(tools, entity, declared, window=walk, renewal=renewal):
        tools.reached("changes_read")
        captured = _store(tools, entity, connection, lease, part, exchanges, changed_until=reached, finished=finished)
        done = replace(
            done,
            read=done.read + part.read,
            captured=done.captured + captured,
            pages=done.pages + part.pages,
            changed_until=max(reached, done.changed_until or reached),
            looked_at=tools.clock.now(),
            behind=not finished,
        )
    return done


def _first_watermark(entity: Entity, connection: Connection, *, now: datetime, until: datetime) -> datetime:
    """Where the first delta begins: where the oldest whole read began, else the changes since then would be lost."""
    oldest = entity.calendar.day_of(now) if entity.is_state else None
    began_at = first_read_began_at(connection, entity.system, entity.name, since=oldest)
    return until if began_at is None else min(began_at, until)


def _known_until(mark: Watermark, *, until: datetime, now: datetime) -> datetime:
    """Up to which moment of the partner's present clock nothing is missing; `now` is by our clock, as `looked_at` is.

    A partner that set its clock back stamps new changes with times before the watermark: what it wrote since we looked
    is then found by the time that passed here.
    """
    return min(mark.changed_until, until - (now - mark.looked_at))


def _slices(
    tools: PullTools, entity: Entity, declared: ChangedSince, *, window: _Window, renewal: LeaseRenewal
) -> Iterator[tuple[_Slice, datetime, bool]]:
    """Slices of the feed, each with the moment up to which nothing is missing, and whether the feed ended with it."""
    part = _Slice(changes=[])
    settled = window.settled_until
    for page in walk_changes(tools, entity, declared, since=window.since, until=window.until):
        renewal.renew_when_due()
        _take_page(entity, declared, page, part)
        safe = part.newest
        # Never before the watermark moves: else a burst longer than one budget would be begun again for ever.
        stop = tools.clock.monotonic() > window.deadline and safe is not None and safe > window.known_until
        if declared.ascending and safe is not None and page.full and (part.read >= SLICE_RECORDS or stop):
            yield part, min(safe, settled), False
            if stop:
                return
            part = _Slice(changes=[], as_of=part.as_of, branches=part.branches)
    if declared.events is not None and not declared.ascending:
        part.changes.reverse()
    yield part, settled, True


def _take_page(entity: Entity, declared: ChangedSince | None, page: Page, part: _Slice) -> None:
    parts = entity_tools(entity)
    part.shape.look_at_page(page.records)
    part.pages += 1
    part.read += len(page.records)
    if part.as_of is None:
        part.as_of = page.as_of or page.requested_at
    if page.branch_as_of:
        part.branches = {**(part.branches or {}), **page.branch_as_of}
    changes, changed_at = _changes(entity, parts, declared, page)
    part.changes.extend(changes)
    if changed_at:
        part.newest = max(changed_at) if part.newest is None else max(part.newest, *changed_at)


def _changes(
    entity: Entity, parts: EntityTools, declared: ChangedSince | None, page: Page
) -> tuple[list[CapturedChange], list[datetime]]:
    """The page's changes in its order, and the changed times that they name."""
    today = entity.calendar.day_of(page.requested_at)
    times: Sequence[datetime | None] = page.record_times or [None] * len(page.records)
    received = [
        ReceivedRecord(
            payload=bytes(record),
            day=today,
            as_of=time or page.as_of or page.requested_at,
            observed_at=_observed_at(time, declared, page),
            exchange_id=page.exchange_id,
        )
        for record, time in zip(page.records, times, strict=True)
    ]
    changes, batch = captured_changes(entity, received, text=page.text)
    changed = (
        [times[position] for position in batch.positions] if page.record_times else changed_at(parts, declared, batch)
    )
    return changes, [moment for moment in changed if moment]


def _observed_at(event_at: datetime | None, declared: ChangedSince | None, page: Page) -> datetime:
    """When a record was as it came: when the page was asked for, or within the tick of its event's time.

    The end of that tick: a change that a whole read of the same second was too early for must not look older.
    """
    if event_at is None or declared is None:
        return page.requested_at
    return event_at + declared.since.resolution - timedelta(microseconds=1)


def _store(
    tools: PullTools,
    entity: Entity,
    connection: Connection,
    lease: Lease,
    part: _Slice,
    exchanges: ExchangeLedger,
    *,
    changed_until: datetime,
    finished: bool,
) -> int:
    """Changes, watermark, clocks and requests in one transaction (promise 1).

    The day's clocks move on only when the feed was read to its end: before that nobody knows as of when it is true.
    """
    now = tools.clock.now()
    captured = 0
    for transaction in transactions(connection, clock=tools.clock):
        with transaction:
            tools.reached("capture_begun")
            fence(connection, lease)
            captured = capture_changes(connection, entity_tools(entity).table, part.changes)
            tools.reached("changes_stored")
            move_watermark(connection, entity.system, entity.name, changed_until=changed_until, looked_at=now)
            if tools.statistics is not None:
                note_shape(connection, entity, day=entity.calendar.day_of(tools.client.partner_now()), shape=part.shape)
            if finished and part.as_of is not None:
                _record_clocks(tools, entity, connection, part, looked_at=now)
            exchanges.insert(connection, eventful=captured > 0)
            tools.reached("watermark_moved")
    exchanges.forget()
    tools.reached("capture_committed")
    return captured


def _record_clocks(
    tools: PullTools, entity: Entity, connection: Connection, part: _Slice, *, looked_at: datetime
) -> None:
    """A complete answer to "what changed?" moves the open day's clocks on, as far as the oldest branch."""
    as_of = min(part.branches.values()) if part.branches else part.as_of
    if as_of is None:
        return
    today = entity.calendar.day_of(tools.client.partner_now())
    key = DayKey(system=entity.system, entity=entity.name, day=today)
    if part.changes and _is_about_to_be_held(connection, entity, key):
        return
    record_look(connection, key, looked_at=looked_at, as_of=as_of)
    record_branches(connection, key, branches=part.branches or {}, looked_at=looked_at)


def _is_about_to_be_held(connection: Connection, entity: Entity, key: DayKey) -> bool:
    """Whether so many of the open day's changes break the contract that it is not true as of now."""
    broken = broken_waiting(connection, entity_tools(entity).table, day=key.day)
    landed = read_day(connection, key) if broken else None
    return landed is not None and rejects_too_much(
        connection, entity, key, rejected=broken, rows=landed.rows, today=key.day
    )


@contextmanager
def _exchanges_kept(tools: PullTools, connection: Connection) -> Iterator[ExchangeLedger]:
    """The requests that led to a partner's error are in the ledger all the same."""
    exchanges = ExchangeLedger(tools.client, correlation_id=tools.correlation_id)
    try:
        yield exchanges
    except PartnerError:
        exchanges.flush(connection)
        raise
