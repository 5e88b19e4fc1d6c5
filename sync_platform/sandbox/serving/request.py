"""One request as a partner system sees it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True, kw_only=True)
class Request:
    """Header names are lower-case; of a parameter given twice the last value counts.

    `now` is true time in epoch milliseconds, read once per request so that one answer is of one moment.
    `row_shift` is how many rows vanished before the offset since the page before (the fault `page_shift`).
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    now: int
    row_shift: int = 0


def read_target(target: str) -> tuple[str, dict[str, str]]:
    """Path and parameters of a request target; `a[]=1&a[]=2` is kept as `a=1,2`, as PHP and Stripe read it."""
    parts = urlsplit(target)
    query: dict[str, str] = {}
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        if name.endswith("[]"):
            name = name[:-2]
            value = f"{query[name]},{value}" if name in query else value
        query[name] = value
    return parts.path.rstrip("/") or "/", query


def page_of(rows_total: int, *, offset: int, limit: int, shift: int) -> slice:
    """The rows of one page; `shift` rows that vanished before the offset move what follows forward, past the reader."""
    start = offset + (shift if offset else 0)
    return slice(min(start, rows_total), min(start + limit, rows_total))
