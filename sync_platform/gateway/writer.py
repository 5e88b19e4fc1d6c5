"""Stores deliveries of many requests in one commit: a queue, and one thread that writes whatever waits in it.

A commit waits for the disk whether it holds one row or a hundred. While one is under way the next requests gather, so
that under load there are fewer commits and without load no wait.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

import psycopg

from sync_platform.clock import Clock
from sync_platform.errors import LandingConflict, LandingUnavailable, SyncError, WebhookRejected
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.webhook_deliveries import ReceivedDelivery, Stored, store_deliveries

MOST_IN_BATCH = 500
# Past these the sender is asked to come again: what waits is in memory, and its senders are waiting.
MOST_WAITING, MOST_WAITING_BYTES, LONGEST_WAIT_SECONDS = 4_000, 64_000_000, 5.0

# Whatever the server's own setting: what is answered 2xx must be on its disk.
_DURABLE = "set synchronous_commit = on"


class Overloaded(LandingUnavailable):
    """More waits to be stored than should."""


class Store(Protocol):
    """Stores a batch in one commit; `store_deliveries` is one."""

    def __call__(self, connection: Connection, deliveries: list[ReceivedDelivery]) -> list[Stored]: ...


@dataclass(frozen=True, slots=True)
class _Waiting:
    delivery: ReceivedDelivery
    since: float
    loop: asyncio.AbstractEventLoop
    stored: asyncio.Future[Stored]


class DeliveryWriter:
    """Started and closed with the gateway; closing it writes what waits.

    `on_stored` is told, in the writer's thread, after a commit of something new.
    """

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        on_stored: Callable[[], None],
        store: Store = store_deliveries,
    ) -> None:
        self._database = database
        self._clock = clock
        self._on_stored = on_stored
        self._store = store
        self._waiting: deque[_Waiting] = deque()
        self._bytes = 0
        self._changed = threading.Condition()
        self._closing = False
        self._failed = False
        self._thread = threading.Thread(target=self._run, name="delivery-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_storing(self) -> bool:
        """Whether the last attempt to store was good, as far as is known."""
        return self._thread.is_alive() and not self._failed

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    async def write(self, delivery: ReceivedDelivery) -> Stored:
        """Wait until the delivery is committed. Raises LandingUnavailable when it is not, or nobody can tell."""
        if not self._thread.is_alive():
            raise LandingUnavailable("nobody stores deliveries any more: start the gateway again.")
        loop = asyncio.get_running_loop()
        waiting = _Waiting(delivery, self._clock.monotonic(), loop, loop.create_future())
        with self._changed:
            self._refuse_overload(waiting)
            self._waiting.append(waiting)
            self._bytes += len(delivery.body)
            self._changed.notify()
        return await waiting.stored

    def _refuse_overload(self, waiting: _Waiting) -> None:
        oldest = self._waiting[0].since if self._waiting else waiting.since
        if (
            self._closing
            or len(self._waiting) >= MOST_WAITING
            or self._bytes + len(waiting.delivery.body) > MOST_WAITING_BYTES
            or waiting.since - oldest > LONGEST_WAIT_SECONDS
        ):
            raise Overloaded("more deliveries wait to be stored than should; the partner is asked to send it again.")

    def _run(self) -> None:
        batch: list[_Waiting] = []
        again = False
        while batch := batch or self._next_batch():
            connected = False
            try:
                with self._database.connect() as connection:
                    connected = True
                    connection.execute(_DURABLE)
                    while batch:
                        self._store_batch(connection, batch)
                        self._failed = False
                        again, batch = False, self._next_batch()
                return
            except (LandingUnavailable, LandingConflict, psycopg.Error) as error:
                # A connection that the server closed while nothing came is no outage; storing twice is as good as once.
                again = connected and not again
                if not again:
                    self._failed = True
                    failure = error if isinstance(error, SyncError) else LandingUnavailable(type(error).__name__)
                    _answer([(waiting, failure) for waiting in batch])
                    batch = []

    def _next_batch(self) -> list[_Waiting]:
        """What waits, up to a batch; nothing once the writer is closed and all is written."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_IN_BATCH))]
            self._bytes -= sum(len(waiting.delivery.body) for waiting in batch)
            return batch

    def _store_batch(self, connection: Connection, batch: list[_Waiting]) -> None:
        try:
            stored = self._store(connection, [waiting.delivery for waiting in batch])
        except psycopg.DataError as error:
            # What the database cannot hold is one delivery's fault: the others are stored without it.
            if len(batch) > 1:
                for waiting in batch:
                    self._store_batch(connection, [waiting])
                return
            refusal = WebhookRejected("not_storable", status=400)
            refusal.__cause__ = error
            _answer([(batch[0], refusal)])
            return
        _answer(list(zip(batch, stored, strict=True)))
        if Stored.NEW in stored:
            self._on_stored()


def _answer(results: Sequence[tuple[_Waiting, Stored | SyncError]]) -> None:
    """Hand each request its result, in its own event loop; a loop has one call for all."""
    by_loop: dict[asyncio.AbstractEventLoop, list[tuple[_Waiting, Stored | SyncError]]] = {}
    for waiting, result in results:
        by_loop.setdefault(waiting.loop, []).append((waiting, result))
    for loop, ours in by_loop.items():
        # Closed when the process ends: nobody waits there any more.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_settle, ours)


def _settle(results: Sequence[tuple[_Waiting, Stored | SyncError]]) -> None:
    for waiting, result in results:
        if waiting.stored.done():
            continue
        if isinstance(result, Stored):
            waiting.stored.set_result(result)
        else:
            waiting.stored.set_exception(result)
