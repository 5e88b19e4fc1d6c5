"""The events list: the only place where the gateway tells that something changed."""

import threading
from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import SECOND_MS
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.payments.payments import Payments
from sync_platform.sandbox.payments.payouts import Payouts
from sync_platform.sandbox.world import World

TYPES = ("payment.created", "payment.refunded", "payout.created", "payout.paid")
PAYMENT_CREATED, PAYMENT_REFUNDED, PAYOUT_CREATED, PAYOUT_PAID = range(4)


@dataclass(frozen=True, kw_only=True)
class _Columns:
    """One element per event, ordered by (created, type, subject); `subject` is a payment or payout record."""

    type: IntArray
    subject: IntArray
    created: IntArray
    visible: IntArray


class Events:
    """Prepared events come from the world; touches append further ones, which renumbers those that come after.

    So whoever reads rows and then asks what they say holds `lock` meanwhile.
    """

    def __init__(self, world: World, clock: SystemClock, payments: Payments, payouts: Payouts) -> None:
        self._world, self._clock, self._payments, self._payouts = world, clock, payments, payouts
        self.lock = threading.RLock()
        self._set(_prepared(payments, payouts))

    def _set(self, columns: _Columns) -> None:
        self._columns = columns
        self._words = self._world.draws.words("event id", columns.subject * 8 + columns.type + columns.created * 2**20)
        self.feed = Feed(
            record=np.arange(len(columns.type)),
            changed=columns.created.astype(np.int64),
            visible=columns.visible.astype(np.int64),
            until=np.full(len(columns.type), FOREVER),
            content={},
            clock=self._clock,
        )

    def append(self, type_: int, subjects: IntArray, *, now: int) -> None:
        """Add an event of one type for each subject, created and visible now."""
        created = np.full(len(subjects), now - now % SECOND_MS)
        with self.lock:
            old = self._columns
            self._set(
                _sorted(
                    type_=np.append(old.type, np.full(len(subjects), type_)),
                    subject=np.append(old.subject, subjects),
                    created=np.append(old.created, created),
                    visible=np.append(old.visible, np.full(len(subjects), now)),
                )
            )

    def record(self, key: str) -> int | None:
        """The event of an id."""
        try:
            word = int(key.removeprefix("evt_"), 16)
        except ValueError:
            return None
        found = np.flatnonzero(self._words == np.uint64(word % 2**64))
        return int(found[0]) if len(found) and self.key(int(found[0])) == key else None

    def key(self, record: int) -> str:
        """`evt_` and 16 hexadecimal digits."""
        return f"evt_{int(self._words[record]):016x}"

    def of_types(self, rows: IntArray, pattern: str) -> IntArray:
        """The rows whose type is `pattern`, or begins with it where it ends in `*`."""
        fits = [name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])) for name in TYPES]
        chosen: IntArray = rows[np.array(fits)[self._columns.type[self.feed.record(rows)]]]
        return chosen

    def records(self, rows: IntArray) -> list[Document]:
        """Events, each with its subject as of the event."""
        return [self._object(record) for record in self.feed.record(rows).tolist()]

    def _object(self, record: int) -> Document:
        columns = self._columns
        type_, subject = int(columns.type[record]), int(columns.subject[record])
        source: Payments | Payouts = self._payments if type_ in (PAYMENT_CREATED, PAYMENT_REFUNDED) else self._payouts
        created = int(columns.created[record])
        at = {PAYMENT_CREATED: created, PAYOUT_CREATED: created}.get(type_, int(columns.visible[record]))
        return {
            "id": self.key(record),
            "object": "event",
            "type": TYPES[type_],
            "created": self._clock.stamp(created) // 1000,
            "data": {"object": source.object(subject, at=at)},
        }


def _prepared(payments: Payments, payouts: Payouts) -> _Columns:
    refunded = np.flatnonzero(payments.refunded_at < FOREVER)
    every_payout = np.arange(len(payouts.made_at))
    type_, subject, created, visible = [], [], [], []
    for number, subjects, moments, shown in (
        (PAYMENT_CREATED, np.arange(len(payments.created)), payments.created, payments.visible),
        (PAYMENT_REFUNDED, refunded, payments.refunded_at[refunded], payments.refund_visible[refunded]),
        (PAYOUT_CREATED, every_payout, payouts.made_at, payouts.made_at),
        (PAYOUT_PAID, every_payout, payouts.paid_at, payouts.paid_at),
    ):
        type_.append(np.full(len(subjects), number))
        subject.append(subjects)
        created.append(moments)
        visible.append(shown)
    return _sorted(
        type_=np.concatenate(type_),
        subject=np.concatenate(subject),
        created=np.concatenate(created),
        visible=np.concatenate(visible),
    )


def _sorted(*, type_: IntArray, subject: IntArray, created: IntArray, visible: IntArray) -> _Columns:
    order = np.lexsort((subject, type_, created))
    return _Columns(type=type_[order], subject=subject[order], created=created[order], visible=visible[order])
