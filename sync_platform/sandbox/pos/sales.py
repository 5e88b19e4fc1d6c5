"""POS sales: one record per sales line, as its branch uploaded it."""

import numpy as np

from sync_platform.sandbox.baskets import UPLOAD_SECONDS
from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import MINUTE_MS, SECOND_MS, day_labels, wall_clocks
from sync_platform.sandbox.columns import BoolArray, IntArray
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.money import money
from sync_platform.sandbox.world import World

VOID_SHARE = 0.0005
"""Lines that vanish without a trace, 10 to 60 minutes after they were first visible."""
REPEAT_SHARE = 0.002
"""Lines that appear a second time, on the same page or at the head of the next."""


class Sales:
    """The record number of a line is its position in the columns, which is the order of line ids."""

    name = "sales"

    def __init__(self, world: World, clock: SystemClock) -> None:
        self._world, self._clock = world, clock
        self._basket = world.columns.basket_of_line()
        self._line_keys = np.arange(world.columns.line_count, dtype=np.int64)
        self.feed = self._build_feed()
        self.branch = world.columns.store[self._basket[self.feed.record(np.arange(len(self.feed)))]].astype(np.int16)
        repeats = world.draws.shares("repeat", self._line_keys)
        self._repeated = np.where(repeats < REPEAT_SHARE / 2, 1, np.where(repeats < REPEAT_SHARE, 2, 0)).astype(np.int8)
        self._by_day, self._day_starts = self._index_days()

    def _build_feed(self) -> Feed:
        columns, baskets, draws = self._world.columns, self._world.baskets, self._world.draws
        visible_by_basket = baskets.uploaded_at + self._world.lateness("sales", columns.basket_id)
        order = np.lexsort((columns.basket_id, baskets.uploaded_at))
        sizes = np.diff(columns.starts)[order]
        ends = np.cumsum(sizes)
        record = np.arange(columns.line_count) - np.repeat(ends - sizes - columns.starts[:-1][order], sizes)
        visible = np.repeat(visible_by_basket[order], sizes)
        void = draws.shares("void", self._line_keys) < VOID_SHARE
        life = draws.between("void after", self._line_keys, 10 * MINUTE_MS, 60 * MINUTE_MS)
        return Feed(
            record=record.astype(np.int32),
            changed=np.repeat(baskets.uploaded_at[order], sizes),
            visible=visible,
            until=np.where(void[record], visible + life[record], FOREVER),
            content={},
            clock=self._clock,
        )

    def _index_days(self) -> tuple[IntArray, IntArray]:
        day = self._world.baskets.day[self._basket][self.feed.record(np.arange(len(self.feed)))]
        first = int(day.min())
        order = np.argsort((day - first).astype(np.int16), kind="stable").astype(np.int32)
        self._first_day = first
        return order, np.concatenate(([0], np.cumsum(np.bincount(day - first))))

    def day_rows(self, day: int) -> IntArray:
        """Rows of a business day."""
        position = day - self._first_day
        if not 0 <= position < len(self._day_starts) - 1:
            return np.empty(0, dtype=np.int64)
        return self._by_day[self._day_starts[position] : self._day_starts[position + 1]]

    def void(self, records: IntArray) -> BoolArray:
        """Which lines vanish, sooner or later."""
        return self._world.draws.shares("void", self._line_keys[records]) < VOID_SHARE

    def repeated(self, rows: IntArray) -> IntArray:
        """0 for a line given once, 1 for one given twice on its page, 2 for one given again on the next."""
        return self._repeated[self.feed.record(rows)]

    def key(self, record: int) -> str:
        """`31198570044-1095275-1`: receipt, product, and 1 because a receipt lists a product once."""
        columns = self._world.columns
        product = columns.products[int(columns.product[record])]
        return f"{int(columns.basket_id[self._basket[record]])}-{product.id}-1"

    def record(self, key: str) -> int | None:
        """The line of a line id."""
        columns, parts = self._world.columns, key.split("-")
        basket = self._world.basket(int(parts[0])) if len(parts) == 3 and parts[0].isdigit() else None
        if basket is None:
            return None
        lines = range(int(columns.starts[basket]), int(columns.starts[basket + 1]))
        return next((line for line in lines if self.key(line) == key), None)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """The amount rises by a cent."""
        self.feed.touch(rows, now=now, stamp=now)
        return self._clock.stamp(now)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a line says the same at any time
        """Sales lines as JSON objects."""
        columns, baskets = self._world.columns, self._world.baskets
        line = self.feed.record(rows)
        basket = self._basket[line]
        store = columns.store[basket]
        changed = self.feed.changed(rows)
        fields = zip(
            columns.basket_id[basket].tolist(),
            store.tolist(),
            columns.product[line].tolist(),
            columns.household[basket].tolist(),
            columns.quantity[line].tolist(),
            (columns.amount[line] + self.feed.revision(rows)).tolist(),
            columns.retail_discount[line].tolist(),
            columns.coupon_discount[line].tolist(),
            columns.coupon_match[line].tolist(),
            wall_clocks(baskets.sold_at[basket]),
            day_labels(baskets.day[basket]),
            (changed - baskets.branch_delay[store]).tolist(),
            changed.tolist(),
            strict=True,
        )
        return [self._record(*values) for values in fields]

    def _record(
        self,
        receipt: int,
        branch: int,
        product: int,
        household: int,
        quantity: int,
        amount: int,
        retail: int,
        coupon: int,
        match: int,
        sold_at: str,
        day: str,
        as_of: int,
        modified_at: int,
    ) -> Document:
        sold = self._world.columns.products[product]
        return {
            "lineId": f"{receipt}-{sold.id}-1",
            "receiptNo": receipt,
            "branch": self._world.baskets.branch[branch],
            "product": {
                "id": sold.id,
                "department": sold.department,
                "category": sold.category,
                "name": sold.name,
                "packageSize": sold.package_size,
            },
            "household": household,
            "quantity": quantity,
            "amount": money(amount),
            "discounts": {"retail": money(retail), "coupon": money(coupon), "couponMatch": money(match)},
            "currency": "LKR",
            "soldAt": sold_at,
            "businessDate": day,
            "asOf": as_of,
            "modifiedAt": modified_at,
        }

    def branches_as_of(self, *, now: int, branch: int | None = None) -> list[Document]:
        """Per branch the moment up to which every one of its sales is visible, by the system's clock."""
        baskets = self._world.baskets
        complete = now - now % SECOND_MS - UPLOAD_SECONDS[1] * SECOND_MS - self._world.late_ms
        as_of = self._clock.stamps(complete - baskets.branch_delay).tolist()
        chosen = range(len(as_of)) if branch is None else (branch,)
        return [{"branch": baskets.branch[position], "asOf": as_of[position]} for position in chosen]
