"""The WooCommerce dialect: authentication, collections with X-WP headers and Link, single resources, errors.

As https://woocommerce.github.io/woocommerce-rest-api-docs/ describes it (read 2026-11-21); read-only.
"""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import urlencode

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.columns import IntArray, Times
from sync_platform.sandbox.entity import Document, Entity
from sync_platform.sandbox.pos.stock_levels import StockLevels
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.request import Request, page_of
from sync_platform.sandbox.shop.customers import Customers
from sync_platform.sandbox.shop.listings import Listings
from sync_platform.sandbox.shop.orders import STATUSES, Orders
from sync_platform.sandbox.shop.parameters import ParameterError, Parameters
from sync_platform.sandbox.world import World

BASE_PATH = "/wp-json/wc/v3"
_ORDERINGS = {"date": "date", "id": "id", "modified": "modified"}
_SECRETS = frozenset({"consumer_key", "consumer_secret"})


class _Collection(Entity, Protocol):
    def created(self, rows: IntArray) -> Times:
        """When the records were made, epoch milliseconds."""


class ShopSystem:
    """`/orders`, `/products` and `/customers`, each with `/{id}`, and `/system_status` under `/wp-json/wc/v3`."""

    name = "shop"
    always_gzip = False

    def __init__(self, world: World, clock: SystemClock, stock: StockLevels, *, key: str, secret: str) -> None:
        self.clock, self._key, self._secret = clock, key, secret
        self.listings = Listings(world, clock, stock)
        self.customers = Customers(world, clock)
        self.orders = Orders(world, clock, stock=stock, listings=self.listings, customers=self.customers)
        self.entities: Mapping[str, Entity] = {
            "orders": self.orders,
            "listings": self.listings,
            "customers": self.customers,
        }

    def answer(self, request: Request) -> Answer:
        """401, 404 and 400 in Woo's shape; a page past the last is an empty list."""
        refusal = self._refusal(request)
        if refusal is not None:
            return refusal
        route = request.path.removeprefix(BASE_PATH)
        if request.method != "GET" or route == request.path:
            return _no_route()
        try:
            return self._route(route, request)
        except ParameterError as error:
            return _error(
                400, "rest_invalid_param", f"Invalid parameter(s): {error.name}", {"params": {error.name: str(error)}}
            )

    def _route(self, route: str, request: Request) -> Answer:
        head, _, tail = route.strip("/").partition("/")
        if head == "orders":
            return (
                self._single(self.orders, tail, request, "woocommerce_rest_order_invalid_id")
                if tail
                else self._orders(request)
            )
        if head == "products":
            return (
                self._single(self.listings, tail, request, "woocommerce_rest_product_invalid_id")
                if tail
                else self._products(request)
            )
        if head == "customers":
            return (
                self._single(self.customers, tail, request, "woocommerce_rest_invalid_id")
                if tail
                else self._customers(request)
            )
        if route == "/system_status":
            return Answer(document=self._system_status(request))
        return _no_route()

    def _refusal(self, request: Request) -> Answer | None:
        key, secret = _credentials(request)
        if not key:
            return _error(401, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources.")
        if not hmac.compare_digest(key.encode(), self._key.encode()):
            return _error(401, "woocommerce_rest_authentication_error", "Consumer key is invalid.")
        if not hmac.compare_digest(secret.encode(), self._secret.encode()):
            return _error(401, "woocommerce_rest_authentication_error", "Consumer secret is invalid.")
        return None

    def _orders(self, request: Request) -> Answer:
        parameters = Parameters(request.query)
        rows = self._rows(self.orders, parameters, request)
        wanted = parameters.choices("status", ("any", *STATUSES, "cancelled", "trash"))
        if wanted and "any" not in wanted:
            rows = rows[np.array([status in wanted for status in self.orders.status(rows)], dtype=bool)]
        search = parameters.text("search")
        if search:
            texts = (f"{order['number']} {order['billing']}" for order in self.orders.records(rows, now=request.now))
            rows = rows[np.array([search.lower() in text.lower() for text in texts], dtype=bool)]
        return self._page(self.orders, rows, parameters, request)

    def _products(self, request: Request) -> Answer:
        parameters = Parameters(request.query)
        rows = self._rows(self.listings, parameters, request)
        skus = parameters.text("sku")
        if skus:
            rows = rows[np.isin(self.listings.sku(rows).astype("U"), [sku.strip() for sku in skus.split(",")])]
        search = parameters.text("search")
        if search:
            names = (listing["name"] for listing in self.listings.records(rows, now=request.now))
            rows = rows[np.array([search.lower() in name.lower() for name in names], dtype=bool)]
        return self._page(self.listings, rows, parameters, request)

    def _customers(self, request: Request) -> Answer:
        """WooCommerce sorts customers by no changed time; `modified_after` is a small plugin's, as our shop has it."""
        parameters = Parameters(request.query)
        rows = self._rows(self.customers, parameters, request)
        email = parameters.text("email")
        if email:
            found = (customer["email"] == email for customer in self.customers.records(rows, now=request.now))
            rows = rows[np.array(list(found), dtype=bool)]
        return self._page(self.customers, rows, parameters, request, orderings={"registered_date": "date", "id": "id"})

    def _rows(self, collection: _Collection, parameters: Parameters, request: Request) -> IntArray:
        """What is shown now within the date and id limits, all of them exclusive and of one second's resolution."""
        modified_after, modified_before = parameters.moment("modified_after"), parameters.moment("modified_before")
        rows = collection.feed.rows(
            now=request.now,
            since=None if modified_after is None else modified_after + 1000,
            before=modified_before,
        )
        created = collection.created(rows) // 1000 * 1000
        after, before = parameters.moment("after"), parameters.moment("before")
        rows = rows[
            (created > (after if after is not None else -1)) & (created < (before if before is not None else 2**62))
        ]
        included = parameters.ids("include")
        if included:
            numbers = [collection.record(str(number)) for number in included]
            rows = rows[np.isin(collection.feed.record(rows), [number for number in numbers if number is not None])]
        return rows

    def _page(
        self,
        collection: _Collection,
        rows: IntArray,
        parameters: Parameters,
        request: Request,
        *,
        orderings: Mapping[str, str] = _ORDERINGS,
    ) -> Answer:
        page, per_page = parameters.whole("page", 1, 1, 10**9), parameters.whole("per_page", 10, 1, 100)
        total, pages = len(rows), -(-len(rows) // per_page)
        rows = _sorted(collection, rows, parameters, orderings=orderings)
        chosen = rows[page_of(total, offset=(page - 1) * per_page, limit=per_page, shift=request.row_shift)]
        records = collection.records(chosen, now=request.now)
        headers = {"X-WP-Total": str(total), "X-WP-TotalPages": str(pages)}
        link = _link(request, page=page, pages=pages)
        return Answer(
            document=records,
            records=records,
            headers=headers | ({"Link": link} if link else {}),
            total_header="X-WP-Total",
        )

    def _single(self, collection: _Collection, key: str, request: Request, code: str) -> Answer:
        if not (key.isascii() and key.isdigit()):
            return _no_route()
        record = collection.record(key)
        row = collection.feed.row_of(record, now=request.now) if record is not None else None
        if row is None:
            return _error(404, code, "Invalid ID.")
        return Answer(document=collection.records(np.array([row]), now=request.now)[0])

    def _system_status(self, request: Request) -> Document:
        return {
            "environment": {
                "home_url": _site(request),
                "site_url": _site(request),
                "version": "10.3.5",
                "wp_version": "6.8.3",
            },
            "settings": {"api_enabled": True, "currency": "LKR", "number_of_decimals": 2},
        }


def _sorted(
    collection: _Collection, rows: IntArray, parameters: Parameters, *, orderings: Mapping[str, str]
) -> IntArray:
    """By one of `orderings`, Woo's word and what is meant; the first is the usual one."""
    orderby = orderings[parameters.one_of("orderby", next(iter(orderings)), tuple(orderings))]
    descending = parameters.one_of("order", "desc", ("asc", "desc")) == "desc"
    record = collection.feed.record(rows)
    by: Mapping[str, Callable[[], IntArray]] = {
        "date": lambda: collection.created(rows),
        "modified": lambda: collection.feed.changed(rows),
        "id": lambda: record,
    }
    order = np.lexsort((record, by[orderby]()))
    return rows[order[::-1] if descending else order]


def _credentials(request: Request) -> tuple[str, str]:
    """From the Basic header, else from the query; empty texts where there are none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            key, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return "", ""
        return key, secret
    return request.query.get("consumer_key", ""), request.query.get("consumer_secret", "")


def _link(request: Request, *, page: int, pages: int) -> str:
    """`<…page=1>; rel="prev", <…page=3>; rel="next"`; the query goes along, credentials do not."""
    query = {name: value for name, value in request.query.items() if name not in _SECRETS}

    def entry(number: int, rel: str) -> str:
        return f'<{_site(request)}{request.path}?{urlencode({**query, "page": number})}>; rel="{rel}"'

    entries = [entry(min(page - 1, pages), "prev")] if page > 1 and pages else []
    return ", ".join(entries + ([entry(page + 1, "next")] if page < pages else []))


def _site(request: Request) -> str:
    return f"http://{request.headers.get('host', 'shop.sandbox')}"


def _no_route() -> Answer:
    return _error(404, "rest_no_route", "No route was found matching the URL and request method.")


def _error(status: int, code: str, message: str, data: Document | None = None) -> Answer:
    return Answer(
        status=status, document={"code": code, "message": message, "data": {"status": status, **(data or {})}}
    )
