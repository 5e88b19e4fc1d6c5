"""What is asked of an entity, and the request that asks it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sync_platform.declarations.pages import CursorPages, Pages
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.window import Bound, BusinessDayWindow, EventsList
from sync_platform.errors import DeclarationError
from sync_platform.partners.body_template import Value, fill_body
from sync_platform.partners.bound import write_day, write_day_end, write_day_start, write_since, write_until
from sync_platform.partners.request import Request
from sync_platform.partners.walk import Step
from sync_platform.partners.walk_kind import open_walk

PAGING_NAMES = ("cursor", "page", "size", "offset", "limit")


@dataclass(frozen=True)
class WholeDay:
    """Everything of one business day, of an event entity."""

    day: date


@dataclass(frozen=True)
class DayPart:
    """A business day's records whose declared moment (`verify.windows.field`) is in [since, until); None is open."""

    day: date
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Current:
    """All that is so now, of a state entity."""


@dataclass(frozen=True)
class ChangedBetween:
    """What changed in [since, until), `until` None for what is so far known; `start_page` (from 0) goes on with a walk.

    The answer may hold records from outside the window where a partner can only be asked more coarsely.
    """

    since: datetime
    until: datetime | None
    start_page: int = 0


Question = WholeDay | DayPart | Current | ChangedBetween


@dataclass(frozen=True)
class Asking:
    """What stays the same over all pages of one question.

    `windows` are the body's window variables; those of the entity's other question are None, sent as null.
    """

    owner: str
    entity: str
    method: str
    path: str
    records: str
    pages: Pages
    events: EventsList | None = None
    params: tuple[tuple[str, str], ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    template: str | None = None
    windows: Mapping[str, Value] = field(default_factory=dict)

    def request(self, step: Step) -> Request:
        """The request for one page. A link holds its own parameters, so ours are left out where it names them."""
        body = self._body(step)
        headers = {**self.headers, **({"Content-Type": "application/json"} if body is not None else {})}
        if step.link is not None:
            return Request(self.method, step.link, (), headers, body, self.entity)
        replaced = {name for name, _ in step.params}
        params = (*(pair for pair in self.params if pair[0] not in replaced), *step.params)
        return Request(self.method, self.path, params, headers, body, self.entity)

    def _body(self, step: Step) -> bytes | None:
        if self.template is None:
            return None
        values = {**dict.fromkeys(PAGING_NAMES), **step.variables, **self.windows}
        required = {name for name, value in self.windows.items() if value is not None}
        if isinstance(self.pages, CursorPages) and self.pages.param is None:
            required.add("cursor")
        return fill_body(self.template, values, required=frozenset(required), owner=self.owner)


def first_request(entity: Entity, question: Question) -> Request:
    """The request for the question's first page. Raises DeclarationError where the entity cannot be asked so."""
    asking = ask_for(entity, question)
    start_page = question.start_page if isinstance(question, ChangedBetween) else 0
    return asking.request(open_walk(asking.pages, owner=asking.owner).first(start_page))


def ask_for(entity: Entity, question: Question) -> Asking:
    """The question as this entity's partner wants it put."""
    match question:
        case Current():
            return _plain(entity)
        case WholeDay(day):
            return _whole_day(entity, day)
        case DayPart(day, _, _):
            return within(_whole_day(entity, day), entity, question)
        case ChangedBetween(since, until, _):
            return _changed(entity, since, until)


def _plain(entity: Entity) -> Asking:
    declared = entity.declaration
    return Asking(
        owner=entity.address,
        entity=entity.name,
        method=declared.method,
        path=declared.path,
        records=declared.records,
        pages=declared.pages,
        params=_pairs(declared.params),
        headers=declared.headers,
        template=declared.body,
        windows=dict.fromkeys(_window_variables(entity)),
    )


def _window_variables(entity: Entity) -> Iterator[str]:
    """The body's places for any window: one body serves the question for a day and the one for changes."""
    day, changed, verify = entity.declaration.business_day, entity.declaration.changed_since, entity.declaration.verify
    bounds: tuple[Bound | None, ...] = (day.on, day.start, day.end) if day else ()
    bounds += (changed.since, changed.until) if changed and changed.events is None else ()
    bounds += (verify.windows.start, verify.windows.end) if verify and verify.windows else ()
    yield from (bound.variable for bound in bounds if bound is not None and bound.variable is not None)


def _whole_day(entity: Entity, day: date) -> Asking:
    window = entity.declaration.business_day
    if window is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked for a day.", remedy="Declare business_day, or ask for its current state."
        )
    return on_day(_with_params(_plain(entity), window.params), entity, window, day=day)


def on_day(asking: Asking, entity: Entity, window: BusinessDayWindow, *, day: date) -> Asking:
    """The question about that day alone."""
    if window.on is not None:
        return _with_bound(asking, window.on, write_day(day, window.on, calendar=entity.calendar))
    if window.start is None or window.end is None:
        raise DeclarationError(f"{entity.address}: business_day needs `on`, or both `from` and `to`.")
    asking = _with_bound(asking, window.start, write_day_start(day, window.start, calendar=entity.calendar))
    return _with_bound(asking, window.end, write_day_end(day, window.end, calendar=entity.calendar))


def within(asking: Asking, entity: Entity, part: DayPart) -> Asking:
    """A day's question cut to a part of the day. Raises DeclarationError where nothing says how."""
    if part.since is None and part.until is None:
        return asking
    verify = entity.declaration.verify
    if verify is None or verify.windows is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked for a part of a day.",
            remedy="Declare verify.windows, or ask for the day.",
        )
    windows = verify.windows
    if part.since is not None:
        written = write_since(part.since, windows.start, calendar=entity.calendar)
        asking = _with_bound(_without(asking, windows.start), windows.start, written)
    if part.until is not None:
        written = write_until(part.until, windows.end, calendar=entity.calendar)
        asking = _with_bound(_without(asking, windows.end), windows.end, written)
    return asking


def _without(asking: Asking, bound: Bound) -> Asking:
    """The question without what the day itself sends in the bound's place."""
    return replace(asking, params=tuple(pair for pair in asking.params if pair[0] != bound.param))


def _changed(entity: Entity, since: datetime, until: datetime | None) -> Asking:
    declared = entity.declaration.changed_since
    if declared is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked for changes.", remedy="Declare changed_since, or read whole days."
        )
    asking = _plain(entity)
    if declared.events is not None:
        asking = _events(entity, declared.events)
    asking = _with_params(asking, declared.params)
    asking = _with_bound(asking, declared.since, write_since(since, declared.since, calendar=entity.calendar))
    if until is None or declared.until is None:
        return asking
    return _with_bound(asking, declared.until, write_until(until, declared.until, calendar=entity.calendar))


def _events(entity: Entity, events: EventsList) -> Asking:
    return Asking(
        owner=entity.address,
        entity=entity.name,
        method="GET",
        path=events.path,
        records=events.records,
        pages=events.pages,
        events=events,
        params=_pairs(events.params),
        headers=entity.declaration.headers,
    )


def _with_params(asking: Asking, params: Mapping[str, str | int]) -> Asking:
    kept = tuple(pair for pair in asking.params if pair[0] not in params)
    return replace(asking, params=(*kept, *_pairs(params)))


def _with_bound(asking: Asking, bound: Bound, value: str | int) -> Asking:
    if bound.param is not None:
        return replace(asking, params=(*asking.params, (bound.param, str(value))))
    if bound.header is not None:
        return replace(asking, headers={**asking.headers, bound.header: str(value)})
    if asking.template is None:
        raise DeclarationError(
            f"{asking.owner}: the window's variable {{{bound.variable}}} needs a body.",
            remedy=f"Declare `body` with {{{bound.variable}}} in it, or send the window as a param.",
        )
    return replace(asking, windows={**asking.windows, str(bound.variable): value})


def _pairs(params: Mapping[str, str | int]) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in params.items())
