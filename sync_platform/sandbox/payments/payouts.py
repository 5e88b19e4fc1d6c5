"""Payouts: one per UTC day with payments, made at 02:00 on the next, paid two days after that at 06:00."""

import threading
from typing import TYPE_CHECKING

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, HOUR_MS, SECOND_MS, day_label
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.world import World

if TYPE_CHECKING:
    from sync_platform.sandbox.payments.payments import Payments

MADE_AFTER_MS = DAY_MS + 2 * HOUR_MS
PAID_AFTER_MS = 3 * DAY_MS + 6 * HOUR_MS


class Payouts:
    """The amount is what the day's payments bring after fees, less what was paid back on that day."""

    name = "payouts"

    def __init__(self, world: World, clock: SystemClock, payments: "Payments") -> None:
        self._world, self._clock = world, clock
        day = payments.created // DAY_MS
        self._days, self._of_payment, self.payment_count = np.unique(day, return_inverse=True, return_counts=True)
        net = np.bincount(self._of_payment, payments.amount - payments.fee, len(self._days)).astype(np.int64)
        refunded = payments.refunded_at < FOREVER
        place = np.searchsorted(self._days, payments.refunded_at[refunded] // DAY_MS)
        back = np.bincount(np.minimum(place, len(self._days) - 1), payments.refund[refunded], len(self._days))
        self.amount = net - back.astype(np.int64)
        self.made_at = self._days * DAY_MS + MADE_AFTER_MS
        self.paid_at = self._days * DAY_MS + PAID_AFTER_MS
        self._words = world.draws.words("payout id", self._days)
        self._lock = threading.Lock()
        self._touches: dict[int, list[int]] = {}
        self.feed = Feed(
            record=np.arange(len(self._days)),
            changed=self.made_at,
            visible=self.made_at,
            until=np.full(len(self._days), FOREVER),
            content={},
            clock=clock,
        )

    def id_of_payment(self, record: int, *, at: int) -> str | None:
        """The payout that a payment has gone into, or None while it waits for it."""
        payout = int(self._of_payment[record])
        return self.key(payout) if int(self.made_at[payout]) <= at else None

    def key(self, record: int) -> str:
        """`po_` and 16 hexadecimal digits."""
        return f"po_{int(self._words[record]):016x}"

    def record(self, key: str) -> int | None:
        """The payout of an id."""
        found = [record for record in range(len(self._words)) if self.key(record) == key]
        return found[0] if found else None

    def day_rows(self, day: int) -> IntArray:
        """Rows of payouts made on a UTC day."""
        return np.flatnonzero(self.made_at // DAY_MS == day)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """Paid at once if it was pending, and a cent less."""
        with self._lock:
            for record in self.feed.record(rows).tolist():
                self._touches.setdefault(record, []).append(now)
        return self._clock.stamp(now - now % SECOND_MS)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:
        """Payouts as they are now."""
        return [self.object(record, at=now) for record in self.feed.record(rows).tolist()]

    def object(self, record: int, *, at: int) -> Document:
        """A payout as it was at a true moment."""
        with self._lock:
            touches = [moment for moment in self._touches.get(record, ()) if moment <= at]
        paid_at = min([int(self.paid_at[record]), *touches])
        return {
            "id": self.key(record),
            "object": "payout",
            "amount": int(self.amount[record]) - len(touches),
            "currency": "lkr",
            "status": "paid" if paid_at <= at else "pending",
            "created": self._clock.stamp(int(self.made_at[record])) // 1000,
            "arrival_date": day_label(int(self.paid_at[record]) // DAY_MS),
            "payment_count": int(self.payment_count[record]),
        }
