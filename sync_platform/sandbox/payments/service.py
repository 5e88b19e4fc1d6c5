"""The payment gateway's dialect: lists newest first with `starting_after` and `has_more`, errors in Stripe's shape."""

import hmac
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.entity import Document, Entity
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.payments.events import PAYMENT_REFUNDED, PAYOUT_PAID, Events
from sync_platform.sandbox.payments.payments import Payments
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.request import Request
from sync_platform.sandbox.shop.orders import Orders
from sync_platform.sandbox.world import World

DEFAULT_LIMIT, MAX_LIMIT = 10, 100


class _ParameterError(Exception):
    """A parameter that the gateway does not accept; becomes 400."""

    def __init__(self, parameter: str, message: str) -> None:
        super().__init__(message)
        self.parameter = parameter


class _List(Protocol):
    feed: Feed

    def record(self, key: str) -> int | None:
        """The record number of an id."""


class PaymentsSystem:
    """`/v1/payments`, `/v1/payments/{id}`, `/v1/payouts`, `/v1/events` and `/v1/settlement_summary`; all gzipped."""

    name = "payments"
    always_gzip = True

    def __init__(self, world: World, clock: SystemClock, orders: Orders, *, api_key: str) -> None:
        self.clock, self._api_key = clock, api_key
        self.payments = Payments(world, clock, orders)
        self.payouts = self.payments.payouts
        self.events = Events(world, clock, self.payments, self.payouts)
        self.entities: Mapping[str, Entity] = {
            "payments": _Announced(self.payments, self.events, PAYMENT_REFUNDED),
            "payouts": _Announced(self.payouts, self.events, PAYOUT_PAID),
        }

    def answer(self, request: Request) -> Answer:
        """400, 401 and 404 as JSON."""
        if not hmac.compare_digest(request.headers.get("x-api-key", "").encode(), self._api_key.encode()):
            return _error(401, "authentication_error", "Invalid API key provided in X-Api-Key.")
        now = request.now
        lists: dict[str, Callable[[], Answer]] = {
            "/v1/payments": lambda: self._list(
                self.payments, request, lambda rows: self.payments.records(rows, now=now)
            ),
            "/v1/payouts": lambda: self._list(self.payouts, request, lambda rows: self.payouts.records(rows, now=now)),
            "/v1/events": lambda: self._list(self.events, request, self.events.records),
            "/v1/settlement_summary": lambda: self._summary(request),
        }
        try:
            if request.method == "GET" and request.path in lists:
                with self.events.lock:
                    return lists[request.path]()
            if request.method == "GET" and request.path.startswith("/v1/payments/"):
                return self._one_payment(request)
        except _ParameterError as error:
            return _error(400, "invalid_request_error", str(error), error.parameter)
        return _error(404, "invalid_request_error", f"Unrecognized request URL ({request.method}: {request.path}).")

    def _list(self, source: _List, request: Request, render: Callable[[IntArray], list[Document]]) -> Answer:
        limit = _whole(request, "limit", 1, MAX_LIMIT, default=DEFAULT_LIMIT)
        rows = source.feed.rows(now=request.now, since=_lowest(request), before=_highest(request))
        if isinstance(source, Events) and request.query.get("type"):
            rows = source.of_types(rows, request.query["type"])
        rows = _after_cursor(source, rows[::-1], request)
        records = render(rows[:limit])
        document = {"object": "list", "url": request.path, "has_more": len(rows) > limit, "data": records}
        return Answer(document=document, records=records)

    def _summary(self, request: Request) -> Answer:
        """What the payments of a stretch of time add up to, in minor units."""
        since, before = _lowest(request), _highest(request)
        totals = self.payments.totals(
            self.payments.feed.rows(now=request.now, since=since, before=before), at=request.now
        )
        document = {
            "object": "settlement_summary",
            "created": {"gte": since and since // 1000, "lt": before and before // 1000},
            "currency": "lkr",
            **totals,
        }
        return Answer(document=document, records=[], total_key="payment_count")

    def _one_payment(self, request: Request) -> Answer:
        key = request.path.removeprefix("/v1/payments/")
        record = self.payments.record(key)
        row = None if record is None else self.payments.feed.row_of(record, now=request.now)
        if row is None:
            return _error(404, "invalid_request_error", f"No such payment: '{key}'", "id")
        return Answer(document=self.payments.records(np.array([row]), now=request.now)[0])


class _Announced:
    """An entity whose touches are told by an event."""

    def __init__(self, entity: Entity, events: Events, type_: int) -> None:
        self._entity, self._events, self._type = entity, events, type_
        self.name, self.feed = entity.name, entity.feed
        self.key, self.record, self.records, self.day_rows = entity.key, entity.record, entity.records, entity.day_rows

    def touch(self, rows: IntArray, *, now: int) -> int:
        """Change the records and append their events."""
        changed_at = self._entity.touch(rows, now=now)
        self._events.append(self._type, self.feed.record(rows), now=now)
        return changed_at


def _after_cursor(source: _List, rows: IntArray, request: Request) -> IntArray:
    """The rows, newest first, that come after the record named by `starting_after`, whether or not it is among them."""
    key = request.query.get("starting_after")
    if not key:
        return rows
    record = source.record(key)
    if record is None:
        raise _ParameterError("starting_after", f"No such object: '{key}'")
    records = source.feed.record(rows)
    place = np.flatnonzero(records == record)
    return rows[place[0] + 1 :] if len(place) else rows[records < record]


def _lowest(request: Request) -> int | None:
    """The inclusive lower limit of `created` in milliseconds."""
    limits = [(_seconds(request, "created[gte]"), 0), (_seconds(request, "created[gt]"), 1)]
    return max((1000 * (limit + more) for limit, more in limits if limit is not None), default=None)


def _highest(request: Request) -> int | None:
    """The exclusive upper limit of `created` in milliseconds."""
    limits = [(_seconds(request, "created[lt]"), 0), (_seconds(request, "created[lte]"), 1)]
    return min((1000 * (limit + more) for limit, more in limits if limit is not None), default=None)


def _seconds(request: Request, name: str) -> int | None:
    return _whole(request, name, 0, 10**11, default=0) if name in request.query else None


def _whole(request: Request, name: str, low: int, high: int, *, default: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 18 and low <= int(text) <= high):
        raise _ParameterError(name, f"Invalid integer: {text}; {name} must be from {low} to {high}")
    return int(text)


def _error(status: int, kind: str, message: str, parameter: str | None = None) -> Answer:
    error = {"type": kind, "message": message} | ({"param": parameter} if parameter else {})
    return Answer(status=status, document={"error": error})
