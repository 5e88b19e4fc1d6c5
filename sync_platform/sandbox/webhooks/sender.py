"""Sends deliveries as the internet does: most once and in order, some twice, some late, and some that are forged."""

import http.client
import random
import threading
import time
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from sync_platform.sandbox.webhooks.announcer import Announcer
from sync_platform.sandbox.webhooks.delivery import Delivery

LOOK_SECONDS = 0.5
MOST_ATTEMPTS = 8
_TIMEOUT_SECONDS = 10
_MOST_WAITING = 10_000


@dataclass(frozen=True, kw_only=True)
class Mishaps:
    """Shares of deliveries: sent twice, overtaken by later ones, and accompanied by a forged one."""

    twice: float = 0.05
    late: float = 0.05
    forged: float = 0.02


class Sender:
    """Sends from a thread between `start` and `stop`; `step` does one round by hand.

    A delivery that is not answered 2xx is sent again with growing pauses, eight times in all; 401 and 409 are final.
    """

    def __init__(self, announcer: Announcer, *, url: str, mishaps: Mishaps, seed: int) -> None:
        self._announcer = announcer
        self._address = urlsplit(url)
        self._mishaps = mishaps
        self._random = random.Random(seed)
        self._waiting: deque[tuple[float, int, Delivery]] = deque()
        self._counts: Counter[str] = Counter()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="webhooks", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Stop; what waits is not sent any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_TIMEOUT_SECONDS)

    def state(self) -> dict[str, Any]:
        """How many were sent how, and what was answered."""
        return {"url": self._address.geturl(), "waiting": len(self._waiting), **dict(sorted(self._counts.items()))}

    def step(self) -> None:
        """Send what is due now."""
        now = time.monotonic()
        for delivery in self._announcer.due():
            self._plan(delivery, now)
        due = [waiting for waiting in self._waiting if waiting[0] <= now]
        self._waiting = deque((waiting for waiting in self._waiting if waiting[0] > now), maxlen=_MOST_WAITING)
        if not due:
            return
        connection = http.client.HTTPConnection(
            self._address.hostname or "", self._address.port, timeout=_TIMEOUT_SECONDS
        )
        try:
            for _, attempt, delivery in due:
                self._send(connection, delivery, attempt)
        finally:
            connection.close()

    def _plan(self, delivery: Delivery, now: float) -> None:
        late = LOOK_SECONDS * 3 if self._happens("late", self._mishaps.late) else 0.0
        self._waiting.append((now + late, 1, delivery))
        if self._happens("twice", self._mishaps.twice):
            self._waiting.append((now + late, 1, delivery))
        if self._happens("forged", self._mishaps.forged):
            self._waiting.append((now, MOST_ATTEMPTS, replace(delivery, body=delivery.body.replace(b":", b": ", 1))))

    def _happens(self, what: str, share: float) -> bool:
        happens = self._random.random() < share
        self._counts[what] += happens
        return happens

    def _send(self, connection: http.client.HTTPConnection, delivery: Delivery, attempt: int) -> None:
        status = 0
        try:
            connection.request(
                "POST",
                delivery.path,
                body=delivery.body,
                headers={"Content-Type": "application/json", **delivery.headers},
            )
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        except (OSError, http.client.HTTPException):
            connection.close()
        self._counts[f"answered_{status}" if status else "not_answered"] += 1
        if not 200 <= status < 300 and status not in (401, 409) and attempt < MOST_ATTEMPTS:
            self._waiting.append((time.monotonic() + 2.0**attempt, attempt + 1, delivery))

    def _run(self) -> None:
        while not self._stopping.wait(LOOK_SECONDS):
            with suppress(OSError):
                self.step()
