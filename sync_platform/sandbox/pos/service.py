"""The POS dialect: paths, parameters, paging with a total, and errors that come with HTTP 200."""

import hmac
from collections.abc import Mapping

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import day_from
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.entity import Document, Entity
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.pos.customers import Customers
from sync_platform.sandbox.pos.sales import Sales
from sync_platform.sandbox.pos.stock_levels import StockLevels
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.request import Request, page_of
from sync_platform.sandbox.world import World

MAX_PAGE_SIZE = 1000
DEFAULT_PAGE_SIZE = 500


class _ParameterError(Exception):
    """A parameter that the POS does not accept; becomes `{"error": ...}` with HTTP 200."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class PosSystem:
    """`GET /api/v1/sales`, `/api/v1/stock-levels` and `/api/v1/customers`, with a bearer token."""

    name = "pos"
    always_gzip = False

    def __init__(self, world: World, clock: SystemClock, *, token: str) -> None:
        self._world, self.clock, self._token = world, clock, token
        self.sales = Sales(world, clock)
        self.stock_levels = StockLevels(world, clock)
        self.customers = Customers(world, clock)
        self.entities: Mapping[str, Entity] = {
            "sales": self.sales,
            "stock_levels": self.stock_levels,
            "customers": self.customers,
        }

    def answer(self, request: Request) -> Answer:
        """401 without the token, 404 for an unknown path, else always 200."""
        given = request.headers.get("authorization", "")
        if not hmac.compare_digest(given.encode(), f"Bearer {self._token}".encode()):
            return Answer(
                status=401,
                headers={"WWW-Authenticate": "Bearer"},
                document={"error": {"code": "E401", "message": "missing or unknown token"}},
            )
        pages = {
            "/api/v1/sales": self._sales_page,
            "/api/v1/stock-levels": self._stock_page,
            "/api/v1/customers": self._customers_page,
        }
        if request.path not in pages or request.method != "GET":
            return Answer(status=404, document={"error": {"code": "E404", "message": f"no resource {request.path}"}})
        try:
            return pages[request.path](request)
        except _ParameterError as error:
            return Answer(document={"error": {"code": error.code, "message": str(error)}})

    def _sales_page(self, request: Request) -> Answer:
        day = _business_day(request)
        among = None if day is None else self.sales.day_rows(day)
        page = _Page(request)
        branch = self._branch(request)
        rows = _shown(self.sales.feed, self.sales.branch, request=request, among=among, branch=branch)
        records = self.sales.records(self._with_repeats(rows, page), now=request.now)
        return self._envelope(request, page=page, total=len(rows), key="sales", records=records, branch=branch)

    def _stock_page(self, request: Request) -> Answer:
        page = _Page(request)
        branch = self._branch(request)
        rows = _shown(self.stock_levels.feed, self.stock_levels.branch, request=request, among=None, branch=branch)
        records = self.stock_levels.records(rows[page.slice(len(rows))], now=request.now)
        return self._envelope(request, page=page, total=len(rows), key="stockLevels", records=records, branch=branch)

    def _customers_page(self, request: Request) -> Answer:
        """Members belong to no branch; the envelope's branches are those of the sales."""
        page = _Page(request)
        rows = self.customers.feed.rows(
            now=request.now,
            since=_epoch_ms(request, "modifiedSince"),
            before=_epoch_ms(request, "modifiedBefore"),
        )
        records = self.customers.records(rows[page.slice(len(rows))], now=request.now)
        return self._envelope(request, page=page, total=len(rows), key="customers", records=records, branch=None)

    def _with_repeats(self, rows: IntArray, page: "_Page") -> IntArray:
        """A page's rows, at the head those the page before repeats onto it, at the end those it repeats itself."""
        own = rows[page.slice(len(rows))]
        repeated = self.sales.repeated(own)
        last = page.number * page.size >= len(rows)
        tail = own[(repeated == 1) | ((repeated == 2) & last)]
        if page.number == 1 or not len(own):
            return np.concatenate((own, tail))
        before = rows[(page.number - 2) * page.size : (page.number - 1) * page.size]
        return np.concatenate((before[self.sales.repeated(before) == 2], own, tail))

    def _branch(self, request: Request) -> int | None:
        name = request.query.get("branch")
        if name is None:
            return None
        if name not in self._world.baskets.branch:
            raise _ParameterError("E104", f"branch {name} is unknown")
        return self._world.baskets.branch.index(name)

    def _envelope(
        self, request: Request, *, page: "_Page", total: int, key: str, records: list[Document], branch: int | None
    ) -> Answer:
        document = {
            "page": page.number,
            "pageSize": page.size,
            "total": total,
            "serverTime": self.clock.stamp(request.now),
            "branches": self.sales.branches_as_of(now=request.now, branch=branch),
            key: records,
        }
        return Answer(document=document, records=records, total_key="total")


class _Page:
    def __init__(self, request: Request) -> None:
        self.number = _whole(request, "page", default=1, low=1, high=10**9)
        self.size = _whole(request, "pageSize", default=DEFAULT_PAGE_SIZE, low=1, high=MAX_PAGE_SIZE)
        self._shift = request.row_shift

    def slice(self, total: int) -> slice:
        return page_of(total, offset=(self.number - 1) * self.size, limit=self.size, shift=self._shift)


def _shown(feed: Feed, branches: IntArray, *, request: Request, among: IntArray | None, branch: int | None) -> IntArray:
    rows = feed.rows(
        now=request.now,
        since=_epoch_ms(request, "modifiedSince"),
        before=_epoch_ms(request, "modifiedBefore"),
        among=among,
    )
    return rows if branch is None else rows[branches[feed.base(rows)] == branch]


def _epoch_ms(request: Request, name: str) -> int | None:
    return _whole(request, name, default=0, low=0, high=10**15) if name in request.query else None


def _business_day(request: Request) -> int | None:
    text = request.query.get("businessDate")
    if text is None:
        return None
    day = day_from(text)
    if day is None:
        raise _ParameterError("E103", f"businessDate {text!r} is not a date like 2026-11-20")
    return day


def _whole(request: Request, name: str, *, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 18 and low <= int(text) <= high):
        raise _ParameterError("E102", f"{name} {text!r} is not a whole number from {low} to {high}")
    return int(text)
