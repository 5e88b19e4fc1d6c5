"""Payments: one per paid web order and card-paid basket, with fee, refund and payout."""

import threading

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, SECOND_MS
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.payments.payouts import Payouts
from sync_platform.sandbox.shop.orders import Orders
from sync_platform.sandbox.world import World

FEE_PER_MILLE = 29
"""2.9 % of the amount, rounded half up, plus FEE_FIXED."""
FEE_FIXED = 30
"""0.30 in minor units: the data set's baskets are small, a larger fee would make most payouts negative."""


class Payments:
    """Recorded in the order of (created, id); `created` never moves, whatever happens to a payment."""

    name = "payments"

    def __init__(self, world: World, clock: SystemClock, orders: Orders) -> None:
        self._world, self._clock, self._orders = world, clock, orders
        baskets = world.baskets
        paid = np.flatnonzero(baskets.paid)
        words = world.draws.words("payment id", world.columns.basket_id[paid])
        order = np.lexsort((words, baskets.paid_at[paid]))
        self.basket, self._words = paid[order], words[order]
        self._by_word = np.argsort(self._words)
        self.created = baskets.paid_at[self.basket]
        self.amount = baskets.total[self.basket].astype(np.int64)
        self.fee = (self.amount * FEE_PER_MILLE + 500) // 1000 + FEE_FIXED
        self.refund = baskets.refund[self.basket].astype(np.int64)
        self.refunded_at = baskets.refunded_at[self.basket]
        self.visible = self.created + world.lateness("payment", self._keys())
        self.refund_visible = np.where(
            self.refunded_at < FOREVER,
            np.maximum(self.refunded_at, self.visible) + world.lateness("payment refund", self._keys()),
            FOREVER,
        )
        self.payouts = Payouts(world, clock, self)
        self._lock = threading.Lock()
        self._touches: dict[int, list[int]] = {}
        self.feed = Feed(
            record=np.arange(len(self.basket)),
            changed=self.created,
            visible=self.visible,
            until=np.full(len(self.basket), FOREVER),
            content={},
            clock=clock,
        )

    def _keys(self) -> IntArray:
        return self._world.columns.basket_id[self.basket]

    def key(self, record: int) -> str:
        """`pay_` and 16 hexadecimal digits."""
        return f"pay_{int(self._words[record]):016x}"

    def record(self, key: str) -> int | None:
        """The payment of an id."""
        try:
            word = int(key.removeprefix("pay_"), 16)
        except ValueError:
            return None
        place = int(np.searchsorted(self._words[self._by_word], np.uint64(word % 2**64)))
        found = int(self._by_word[place]) if place < len(self._by_word) else -1
        return found if found >= 0 and self.key(found) == key else None

    def day_rows(self, day: int) -> IntArray:
        """Rows of payments made on a UTC day, which is the gateway's."""
        low, high = np.searchsorted(self.created, [day * DAY_MS, (day + 1) * DAY_MS])
        return np.arange(low, high)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """A cent more is paid back; `created` stays."""
        with self._lock:
            for record in self.feed.record(rows).tolist():
                self._touches.setdefault(record, []).append(now)
        return self._clock.stamp(now - now % SECOND_MS)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:
        """Payments as they are now."""
        return [self.object(record, at=now) for record in self.feed.record(rows).tolist()]

    def totals(self, rows: IntArray, *, at: int) -> dict[str, int]:
        """How many payments these are and what they add up to at a true moment, from the columns themselves."""
        record = self.feed.record(rows)
        refunded = int(self.refund[record][self.refund_visible[record] <= at].sum())
        with self._lock:
            chosen = set(record.tolist())
            refunded += sum(
                moment <= at for touched, moments in self._touches.items() if touched in chosen for moment in moments
            )
        amount, fee = int(self.amount[record].sum()), int(self.fee[record].sum())
        return {
            "payment_count": len(record),
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "amount_refunded": refunded,
        }

    def object(self, record: int, *, at: int) -> Document:
        """A payment as it was at a true moment."""
        basket = int(self.basket[record])
        columns, baskets = self._world.columns, self._world.baskets
        amount, fee = int(self.amount[record]), int(self.fee[record])
        refunded = int(self.refund[record]) if int(self.refund_visible[record]) <= at else 0
        with self._lock:
            refunded += sum(moment <= at for moment in self._touches.get(record, ()))
        receipt = int(columns.basket_id[basket])
        return {
            "id": self.key(record),
            "object": "payment",
            "amount": amount,
            "fee": fee,
            "net": amount - fee,
            "amount_refunded": refunded,
            "currency": "lkr",
            "status": "succeeded",
            "created": self._clock.stamp(int(self.created[record])) // 1000,
            "method": "card",
            "order_reference": str(self._orders.number_of(basket)) if baskets.web[basket] else str(receipt),
            "branch": baskets.branch[int(columns.store[basket])],
            "payout": self.payouts.id_of_payment(record, at=at),
        }
