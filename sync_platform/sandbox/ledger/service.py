"""The ledger dialect: tokens, journal entries by offset and limit, 304 when nothing changed."""

import hmac
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from datetime import UTC
from email.utils import formatdate, parsedate_to_datetime
from urllib.parse import parse_qsl

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import day_from, day_label, epoch_ms, wall_clocks
from sync_platform.sandbox.entity import Entity
from sync_platform.sandbox.ledger.entries import Entries
from sync_platform.sandbox.ledger.tokens import EXPIRES_IN_SECONDS, Tokens
from sync_platform.sandbox.money import money
from sync_platform.sandbox.serving.answer import Answer
from sync_platform.sandbox.serving.request import Request, page_of
from sync_platform.sandbox.world import World

DEFAULT_LIMIT = 200
MAX_LIMIT = 1000


class _ParameterError(Exception):
    """A parameter that the ledger does not accept; becomes 400."""


class LedgerSystem:
    """`POST /oauth/token`, `GET /journal/entries` and `GET /journal/totals`."""

    name = "ledger"
    always_gzip = False

    def __init__(self, world: World, clock: SystemClock, *, client_id: str, client_secret: str) -> None:
        self.clock, self._client_id, self._client_secret = clock, client_id, client_secret
        self._tokens = Tokens(seed=world.draws.seed)
        self.entries = Entries(world, clock)
        self.entities: Mapping[str, Entity] = {"entries": self.entries}

    def answer(self, request: Request) -> Answer:
        """400, 401 and 404 as JSON."""
        if request.path == "/oauth/token":
            return self._token(request)
        pages = {"/journal/entries": self._entries_page, "/journal/totals": self._totals}
        if request.path not in pages or request.method != "GET":
            return Answer(
                status=404, document={"error": "not_found", "error_description": f"no resource {request.path}"}
            )
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not self._tokens.is_good(token, now=request.now):
            return Answer(
                status=401,
                headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
                document={"error": "invalid_token", "error_description": "the access token is unknown or has expired"},
            )
        try:
            return pages[request.path](request)
        except _ParameterError as error:
            return Answer(status=400, document={"error": "invalid_request", "error_description": str(error)})

    def _token(self, request: Request) -> Answer:
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if request.method != "POST" or form.get("grant_type") != "client_credentials":
            return Answer(status=400, document={"error": "unsupported_grant_type"})
        client_id, secret = _client(request, form)
        known = hmac.compare_digest(client_id.encode(), self._client_id.encode())
        if not (known and hmac.compare_digest(secret.encode(), self._client_secret.encode())):
            return Answer(status=401, headers={"WWW-Authenticate": "Basic"}, document={"error": "invalid_client"})
        token = self._tokens.issue(now=request.now)
        return Answer(
            headers={"Cache-Control": "no-store"},
            document={"access_token": token, "token_type": "Bearer", "expires_in": EXPIRES_IN_SECONDS},
        )

    def _entries_page(self, request: Request) -> Answer:
        offset = _whole(request, "offset", 0, 0, 10**9)
        limit = _whole(request, "limit", DEFAULT_LIMIT, 1, MAX_LIMIT)
        since = _modified_since(request)
        day = _posting_date(request)
        feed = self.entries.feed
        rows = feed.rows(now=request.now, since=since, among=None if day is None else self.entries.day_rows(day))
        if since is not None and not len(rows):
            return Answer(status=304)
        records = self.entries.records(
            rows[page_of(len(rows), offset=offset, limit=limit, shift=request.row_shift)], now=request.now
        )
        document = {
            "entries": records,
            "offset": offset,
            "limit": limit,
            "count": len(rows),
            "lastPosted": f"{wall_clocks(np.array([self.entries.last_posted(now=request.now)]))[0]}+05:30",
        }
        headers = (
            {"Last-Modified": formatdate(int(feed.changed(rows[-1:])[0]) // 1000, usegmt=True)} if len(rows) else {}
        )
        return Answer(document=document, records=records, headers=headers, total_key="count")

    def _totals(self, request: Request) -> Answer:
        """What the day's journal adds up to, reversed entries included and beside it alone."""
        day = _posting_date(request)
        if day is None:
            raise _ParameterError("postingDate is missing")
        rows = self.entries.feed.rows(now=request.now, among=self.entries.day_rows(day))
        turnover, is_reversed = self.entries.turnover(rows)
        booked = money(int(turnover.sum()))
        document = {
            "postingDate": day_label(day),
            "entryCount": len(rows),
            "reversedCount": int(is_reversed.sum()),
            "debit": booked,
            "credit": booked,
            "reversedDebit": money(int(turnover[is_reversed].sum())),
            "currency": "LKR",
        }
        return Answer(document=document, records=[], total_key="entryCount")


def _client(request: Request, form: Mapping[str, str]) -> tuple[str, str]:
    """Client id and secret from the Basic header, else from the form."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except (Base64Error, UnicodeDecodeError):
            return "", ""
        return client_id, secret
    return form.get("client_id", ""), form.get("client_secret", "")


def _modified_since(request: Request) -> int | None:
    """Epoch milliseconds, inclusive; a header that is not an HTTP date is ignored (RFC 9110, 13.1.3)."""
    try:
        moment = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
    except ValueError:
        return None
    return epoch_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC))


def _posting_date(request: Request) -> int | None:
    text = request.query.get("postingDate")
    if text is None:
        return None
    day = day_from(text)
    if day is None:
        raise _ParameterError(f"postingDate {text!r} is not a date like 2026-11-20")
    return day


def _whole(request: Request, name: str, default: int, low: int, high: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 18 and low <= int(text) <= high):
        raise _ParameterError(f"{name} {text!r} is not a whole number from {low} to {high}")
    return int(text)
