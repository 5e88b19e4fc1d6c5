"""What time it is at the partner system, worked out from the times in its answers."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

# An HTTP date names a whole second, so the true time lies up to this much after it (RFC 9110 section 5.6.7).
RESOLUTION_SECONDS = 1.0
# How much two clocks may part per second: five times what cheap quartz does.
DRIFT = 1e-4


class PartnerTime:
    """The partner's clock against our monotonic one, as a lower bound that gets closer with every answer.

    A time in an answer was read after the request and before its arrival. The greatest of these lower bounds is kept,
    so the result is never later than the partner's clock (design.md, promise 11) and never runs backwards between two
    requests, unless the partner sets its clock back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._epoch_less_monotonic: float | None = None
        self._known_at = 0.0

    def observe(self, partner_time: datetime, *, requested_at: float, arrived_at: float) -> None:
        """Take in the time an answer named; the other two are seconds of our monotonic clock."""
        least = partner_time.timestamp() - arrived_at
        greatest = partner_time.timestamp() + RESOLUTION_SECONDS - requested_at
        with self._lock:
            kept = self._bound(arrived_at)
            if kept is None or least > kept or kept > greatest:
                self._epoch_less_monotonic, self._known_at = least, arrived_at

    def at(self, monotonic_seconds: float) -> datetime | None:
        """The partner's time at a moment of our monotonic clock; None while no answer named one."""
        with self._lock:
            bound = self._bound(monotonic_seconds)
        if bound is None:
            return None
        return datetime.fromtimestamp(0, UTC) + timedelta(seconds=monotonic_seconds + bound)

    def _bound(self, monotonic_seconds: float) -> float | None:
        if self._epoch_less_monotonic is None:
            return None
        return self._epoch_less_monotonic - DRIFT * max(0.0, monotonic_seconds - self._known_at)
