"""When and how often to ask again: backoff with full jitter, the partner's own wishes, and a budget."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime

# Full jitter: Amazon Builders' Library, "Timeouts, retries, and backoff with jitter" (2019).
FIRST_BACKOFF_SECONDS, LONGEST_BACKOFF_SECONDS = 0.5, 20.0
# A worker is not held longer than this for a partner that asks for patience; the next run comes anyway.
LONGEST_WAIT_SECONDS = 60.0
# A Retry-After beyond this is a mistake or a ban; six hours from now somebody will have looked.
LONGEST_RETRY_AFTER_SECONDS = 6 * 3600.0
# Retries are at most a tenth of the requests over time (field.md row 38), with some in stock for a first bad minute.
BUDGET_STOCK, BUDGET_PER_REQUEST = 12.0, 0.1

_EPOCH_SECONDS_FROM = 1_000_000_000


def backoff_seconds(attempt: int) -> float:
    """How long to wait after failed attempt number `attempt` (from 1): anything from 0 to a step that doubles."""
    return random.uniform(0.0, min(LONGEST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2 ** (attempt - 1)))


def jittered(seconds: float) -> float:
    """A wait the partner asked for and a little on top, so that those who wait do not all return at once."""
    return seconds + random.uniform(0.0, max(0.5, min(seconds / 10, 5.0)))


def retry_after_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """What `Retry-After` asks for: 0 for a past date or a negative number, None where it is missing or cannot be read.

    `now` is by the clock of the one who wrote a date there: the partner.
    """
    written = headers.get("Retry-After", "").strip()
    if re.fullmatch(r"[+-]?\d{1,15}(\.\d+)?", written):
        seconds = float(written)
    else:
        try:
            moment = parsedate_to_datetime(written)
            seconds = (moment - now).total_seconds()
        except (TypeError, ValueError, OverflowError):
            return None
    return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)


def exhausted_seconds(headers: Mapping[str, str], *, now: datetime) -> float | None:
    """How long `RateLimit-Remaining: 0` (or `X-RateLimit-Remaining`) is to last; None when more is left."""
    for prefix in ("RateLimit", "X-RateLimit", "X-Rate-Limit"):
        remaining, reset = headers.get(f"{prefix}-Remaining"), headers.get(f"{prefix}-Reset")
        if remaining is None or reset is None or not re.fullmatch(r"\s*0+(\.0+)?\s*", remaining):
            continue
        if re.fullmatch(r"\s*\d{1,15}(\.\d+)?\s*", reset):
            seconds = float(reset)
            if seconds >= _EPOCH_SECONDS_FROM * 1000:
                seconds /= 1000
            if seconds >= _EPOCH_SECONDS_FROM:  # a moment, as GitHub writes it; the others count from now
                seconds -= now.timestamp()
            return min(max(0.0, seconds), LONGEST_RETRY_AFTER_SECONDS)
    return None


class RetryBudget:
    """Retries still allowed: each request earns a tenth of one, so an outage is not answered with fourfold load."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stock = BUDGET_STOCK

    def earn(self) -> None:
        """A new request was made."""
        with self._lock:
            self._stock = min(BUDGET_STOCK, self._stock + BUDGET_PER_REQUEST)

    def spend(self) -> bool:
        """Whether one more retry may be made; takes it from the stock."""
        with self._lock:
            if self._stock < 1:
                return False
            self._stock -= 1
            return True
