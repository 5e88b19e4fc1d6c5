"""Journal entries: one per basket and one per refund, double entry, posted, at times reversed or reclassified."""

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, HOUR_MS, MINUTE_MS, OFFSET_MS, SECOND_MS, day_labels, wall_clocks
from sync_platform.sandbox.columns import BoolArray, IntArray, SalesColumns, Times
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.money import money
from sync_platform.sandbox.world import World

NEXT_MORNING_SHARE = 0.10
"""Sales that are booked between 08:00 and 09:00 on the next day; the others 5 to 40 minutes after the sale."""
REVERSED_SHARE = 0.005
"""Entries that are reversed 2 hours to 3 days after they were posted."""
RECLASSIFIED_SHARE = 0.003
"""Entries of which a line moves to another account, without a word in `updatedAt`."""
UNBOOKED_REFUND_SHARE = 0.30
"""Refunds that are booked only two days later."""
CASH, CARD_CLEARING, WEB_CLEARING = "1010", "1020", "1030"
DISCOUNTS, RETURNS = "4090", "4900"
GROCERY, FUEL, OTHER, RECLASSIFIED = "4010", "4020", "4030", "4015"


class Entries:
    """Entries are numbered, and recorded, in the order of posting."""

    name = "entries"

    def __init__(self, world: World, clock: SystemClock) -> None:
        self._world, self._clock = world, clock
        baskets, draws = world.baskets, world.draws
        refunds = np.flatnonzero(baskets.refunded)
        basket = np.concatenate((np.arange(len(baskets.total)), refunds))
        posted = np.concatenate((_sale_posted(world), _refund_posted(world, refunds)))
        is_refund = np.arange(len(basket)) >= len(baskets.total)
        order = np.lexsort((world.columns.basket_id[basket], posted))
        self._basket, self._posted, self._is_refund = basket[order], posted[order], is_refund[order]
        self._keys = world.columns.basket_id[self._basket] * 2 + self._is_refund
        event_at = np.where(self._is_refund, baskets.refunded_at[self._basket], baskets.sold_at[self._basket])
        self._day = (event_at + OFFSET_MS) // DAY_MS
        self._reversed_at = _later(
            draws.shares("reversed", self._keys) < REVERSED_SHARE,
            self._posted,
            draws.between("reversed at", self._keys, 2 * 3600, 72 * 3600),
        )
        self._reclassified_at = _later(
            draws.shares("reclassified", self._keys) < RECLASSIFIED_SHARE,
            self._posted,
            draws.between("reclassified at", self._keys, 3600, 48 * 3600),
        )
        self._sales = _sales_by_account(world.columns)
        self.feed = self._build_feed()

    def _build_feed(self) -> Feed:
        every = np.arange(len(self._posted))
        reclassified = np.flatnonzero(self._reclassified_at < FOREVER)
        reversed_ = np.flatnonzero(self._reversed_at < FOREVER)
        record = np.concatenate((every, reclassified, reversed_))
        happened = np.concatenate((self._posted, self._reclassified_at[reclassified], self._reversed_at[reversed_]))
        is_reversed = happened >= self._reversed_at[record]
        changed = np.where(is_reversed, self._reversed_at[record], self._posted[record])
        return Feed.of_versions(
            record=record,
            happened=happened,
            changed=changed,
            visible=happened + self._world.lateness("entry", self._keys[record] ^ happened),
            content={
                "reversed": is_reversed.astype(np.int8),
                "reclassified": (happened >= self._reclassified_at[record]).astype(np.int8),
            },
            clock=self._clock,
        )

    def key(self, record: int) -> str:
        """`JE-0000123`."""
        return f"JE-{record + 1:07d}"

    def record(self, key: str) -> int | None:
        """The entry of an id."""
        digits = key.removeprefix("JE-")
        number = int(digits) - 1 if digits != key and digits.isascii() and digits.isdigit() and len(digits) < 12 else -1
        return number if 0 <= number < len(self._posted) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows of entries whose posting date, the day of the sale or refund, is this day."""
        return np.flatnonzero(self._day[self.feed.record(np.arange(len(self.feed)))] == day)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """The memo is amended."""
        stamp = now - now % SECOND_MS
        self.feed.touch(rows, now=now, stamp=stamp)
        return self._clock.stamp(stamp)

    def turnover(self, rows: IntArray) -> tuple[IntArray, BoolArray]:
        """Per row what its debits add up to, in cents, and whether it is reversed.

        From the sales and refunds themselves, not from the lines as they are written.
        """
        record = self.feed.record(rows)
        basket = self._basket[record]
        sold = sum((amounts for amounts in self._sales.values()), np.zeros(len(self._world.baskets.total), np.int64))
        refunded = self._world.baskets.refund.astype(np.int64)
        turnover = np.where(self._is_refund[record], refunded[basket], sold[basket])
        return turnover, self.feed.content("reversed", rows).astype(bool)

    def last_posted(self, *, now: int) -> int:
        """The newest posting time that is certainly complete: the one before which everything is visible."""
        complete = now - self._world.late_ms
        place = int(np.searchsorted(self._posted, complete, side="right"))
        return self._clock.stamp(int(self._posted[max(place - 1, 0)]))

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Journal entries as JSON objects."""
        record, revision = self.feed.record(rows), self.feed.revision(rows)
        is_reversed, reclassified = self.feed.content("reversed", rows), self.feed.content("reclassified", rows)
        updated = is_reversed.astype(bool) | (revision > 0)
        fields = zip(
            record.tolist(),
            day_labels(self._day[record]),
            wall_clocks(self._clock.stamps(self._posted[record])),
            wall_clocks(self.feed.changed(rows)),
            updated.tolist(),
            is_reversed.tolist(),
            reclassified.tolist(),
            revision.tolist(),
            strict=True,
        )
        return [
            {
                "entryId": self.key(number),
                "postingDate": day,
                "postedAt": f"{posted}+05:30",
                "updatedAt": f"{changed}+05:30" if was_updated else None,
                "status": "REVERSED" if was_reversed else "POSTED",
                "reference": str(int(self._world.columns.basket_id[self._basket[number]])),
                "branch": self._branch(number),
                "currency": "LKR",
                "memo": self._memo(number) + (f" (amended {amended})" if amended else ""),
                "lines": self._lines(number, reclassified=bool(was_reclassified)),
            }
            for number, day, posted, changed, was_updated, was_reversed, was_reclassified, amended in fields
        ]

    def _branch(self, record: int) -> str:
        return self._world.baskets.branch[int(self._world.columns.store[self._basket[record]])]

    def _memo(self, record: int) -> str:
        return f"{'Refund' if self._is_refund[record] else 'Sale'} {self._branch(record)}"

    def _lines(self, record: int, *, reclassified: bool) -> list[Document]:
        basket = int(self._basket[record])
        accounts = self._refund_lines(basket) if self._is_refund[record] else self._sale_lines(basket)
        if reclassified:
            place = next(n for n, line in enumerate(accounts) if line[0][0] == "4")
            accounts[place] = (RECLASSIFIED, *accounts[place][1:])
        return [
            {"lineNo": number, "account": account, "debit": money(debit), "credit": money(credit)}
            for number, (account, debit, credit) in enumerate(accounts, start=1)
        ]

    def _sale_lines(self, basket: int) -> list[tuple[str, int, int]]:
        """Account, debit and credit; what was sold before discounts equals what was taken plus discounts."""
        sold = [(account, int(amounts[basket])) for account, amounts in self._sales.items()]
        taken = int(self._world.baskets.total[basket])
        discounts = sum(amount for _, amount in sold) - taken
        debits = [(self._clearing(basket), taken, 0)] + ([(DISCOUNTS, discounts, 0)] if discounts else [])
        return debits + ([(account, 0, amount) for account, amount in sold if amount] or [(OTHER, 0, 0)])

    def _refund_lines(self, basket: int) -> list[tuple[str, int, int]]:
        refund = int(self._world.baskets.refund[basket])
        return [(RETURNS, refund, 0), (self._clearing(basket), 0, refund)]

    def _clearing(self, basket: int) -> str:
        if self._world.baskets.web[basket]:
            return WEB_CLEARING
        return CARD_CLEARING if self._world.baskets.card[basket] else CASH


def _sale_posted(world: World) -> Times:
    baskets, draws, keys = world.baskets, world.draws, world.columns.basket_id
    soon = baskets.sold_at + draws.between("posted", keys, 5 * 60, 40 * 60) * SECOND_MS
    morning = (baskets.day + 1) * DAY_MS - OFFSET_MS + 8 * HOUR_MS + draws.between("posted", keys, 0, 3600) * SECOND_MS
    return np.where(draws.shares("next morning", keys) < NEXT_MORNING_SHARE, morning, soon)


def _refund_posted(world: World, basket: IntArray) -> Times:
    keys, refunded_at = world.columns.basket_id[basket], world.baskets.refunded_at[basket]
    soon = refunded_at + world.draws.between("refund posted", keys, 10, 60) * MINUTE_MS
    unbooked = world.draws.shares("refund unbooked", keys) < UNBOOKED_REFUND_SHARE
    return np.where(
        unbooked, refunded_at + 2 * DAY_MS + world.draws.between("refund posted", keys, 0, 240) * MINUTE_MS, soon
    )


def _later(chosen: BoolArray, moment: Times, seconds: IntArray) -> Times:
    return np.where(chosen, moment + seconds * SECOND_MS, FOREVER)


def _sales_by_account(columns: SalesColumns) -> dict[str, IntArray]:
    """Per basket what was sold before discounts, split by revenue account."""
    department = [product.department for product in columns.products]
    gasoline = ["GASOLINE" in (product.name or "") for product in columns.products]
    account = np.array(
        [
            FUEL if gas else GROCERY if kind == "GROCERY" else OTHER
            for gas, kind in zip(gasoline, department, strict=True)
        ]
    )
    before = columns.amount.astype(np.int64) + columns.retail_discount + columns.coupon_discount + columns.coupon_match
    of_line = account[columns.product]
    return {
        name: np.add.reduceat(np.where(of_line == name, before, 0), columns.starts[:-1])
        for name in (GROCERY, FUEL, OTHER)
    }
