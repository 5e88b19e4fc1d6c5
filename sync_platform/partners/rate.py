"""Keeps one client's requests at the partner's published pace, and still when the partner asked for that."""

from __future__ import annotations

import threading

from sync_platform.clock import Clock
from sync_platform.declarations.model import Rate


class RateLimiter:
    """Requests spread evenly over `rate`, for all threads of one client. Without a rate it only keeps the pauses."""

    def __init__(self, rate: Rate | None, *, clock: Clock) -> None:
        self._clock = clock
        self._spacing = rate.per.total_seconds() / rate.requests if rate else 0.0
        self._lock = threading.Lock()
        self._next_at = self._paused_until = clock.monotonic()

    def pause_seconds(self) -> float:
        """How long from now the partner wants to be left alone."""
        with self._lock:
            return max(0.0, self._paused_until - self._clock.monotonic())

    def wait(self) -> None:
        """Take the next place and sleep until it comes."""
        with self._lock:
            now = self._clock.monotonic()
            place = max(now, self._next_at, self._paused_until)
            self._next_at = place + self._spacing
        if place > now:
            self._clock.sleep(place - now)

    def pause(self, seconds: float) -> None:
        """Let nobody ask for so many seconds: the partner said so to one thread and means all."""
        with self._lock:
            self._paused_until = max(self._paused_until, self._clock.monotonic() + seconds)
