"""POS stock levels: what the busiest branches have of what they sell most, counted down by sales, up by deliveries.

Voided lines are not put back, zero-quantity lines take nothing, and fuel is left out: its tanks are not counted.
"""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, HOUR_MS, MINUTE_MS, OFFSET_MS
from sync_platform.sandbox.columns import BoolArray, IntArray, Times
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.world import World

BRANCHES = 40
"""The branches with the most sales lines whose stock is counted."""
SKUS_PER_BRANCH = 200
"""At most this many of a branch's most sold products."""
CASE_SHARE = 0.08
"""Products counted in cases."""
UNITS_PER_CASE = (8, 10, 20, 40)
"""Case sizes whose parts three decimals hold exactly."""
LISTED_PAIRS = 300
"""The pairs of branch and product sold most, which the web shop lists."""
OVERSOLD_SHARE = 0.02
"""Listed pairs whose count runs below zero, because more was sold than was counted in."""


@dataclass(frozen=True, kw_only=True)
class Movements:
    """Every change of every pair's count, ordered by pair and then by the time the POS learned of it.

    `true_at` is when it happened, `known_at` when the branch uploaded it; `on_hand` is the count after it, in units.
    """

    pair: IntArray
    true_at: Times
    known_at: Times
    delta: IntArray
    on_hand: IntArray


class StockLevels:
    """The record number of a pair is its position by (branch, product id)."""

    name = "stock_levels"

    def __init__(self, world: World, clock: SystemClock) -> None:
        self._world, self._clock = world, clock
        self.store, self.product, self.popularity = _busiest_pairs(world)
        columns = world.columns
        self.pair_keys = self.store.astype(np.int64) * len(columns.products) + self.product
        self.sku = np.array([columns.products[position].id for position in self.product.tolist()], dtype=np.int64)
        self.units_per_case = _case_sizes(world, self.sku)
        self.listed = np.sort(np.argsort(-self.popularity, kind="stable")[:LISTED_PAIRS])
        oversold = world.draws.lowest("oversold", self.listed, round(len(self.listed) * OVERSOLD_SHARE))
        self.oversold = np.isin(np.arange(len(self.sku)), self.listed[oversold])
        self.movements = _movements(world, store=self.store, pair_keys=self.pair_keys, oversold=self.oversold)
        self.feed = self._build_feed()
        self.branch = self.store[self.feed.record(np.arange(len(self.feed)))]

    def _build_feed(self) -> Feed:
        moves = self.movements
        keys = moves.known_at * 8192 + moves.pair
        return Feed.of_versions(
            record=moves.pair,
            happened=moves.known_at,
            changed=moves.known_at,
            visible=moves.known_at + self._world.lateness("stock", keys),
            content={"on_hand": moves.on_hand},
            clock=self._clock,
        )

    def true_on_hand(self, pair: int, *, now: int) -> int:
        """Units truly there at a moment, whatever any system knows."""
        low, high = np.searchsorted(self.movements.pair, [pair, pair + 1])
        happened = self.movements.true_at[low:high] <= now
        return int(self.movements.delta[low:high][happened].sum())

    def pair(self, *, branch: str, sku: int) -> int | None:
        """The record number of a pair, or None where that stock is not counted."""
        return self.record(f"{branch}/{sku}")

    def key(self, record: int) -> str:
        """`S0330/1095275`."""
        return f"{self._world.baskets.branch[int(self.store[record])]}/{int(self.sku[record])}"

    def record(self, key: str) -> int | None:
        """The pair of a key."""
        branch, _, sku = key.partition("/")
        if branch not in self._world.baskets.branch or not sku.isdigit():
            return None
        store = self._world.baskets.branch.index(branch)
        found = np.flatnonzero((self.store == store) & (self.sku == int(sku)))
        return int(found[0]) if len(found) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows whose state was true at some time of a day; the POS itself only ever gives the current state."""
        start = day * DAY_MS - OFFSET_MS
        changed = self.feed.changed(np.arange(len(self.feed)))
        return np.flatnonzero((changed >= start) & (changed < start + DAY_MS))

    def units(self, rows: IntArray) -> IntArray:
        """The count in units, touches included."""
        return self.feed.content("on_hand", rows) + self.feed.revision(rows)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """One more unit is counted."""
        self.feed.touch(rows, now=now, stamp=now)
        return self._clock.stamp(now)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Stock levels as JSON objects."""
        pair = self.feed.record(rows)
        store, changed = self.store[pair], self.feed.changed(rows)
        fields = zip(
            self.sku[pair].tolist(),
            store.tolist(),
            self.units(rows).tolist(),
            self.units_per_case[pair].tolist(),
            (changed - self._world.baskets.branch_delay[store]).tolist(),
            changed.tolist(),
            strict=True,
        )
        return [
            {
                "sku": sku,
                "branch": self._world.baskets.branch[branch],
                "onHand": f"{units / per_case:.3f}".rstrip("0").rstrip("."),
                "uom": "CS" if per_case > 1 else "EA",
                "unitsPerCase": per_case,
                "asOf": as_of,
                "modifiedAt": modified_at,
            }
            for sku, branch, units, per_case, as_of, modified_at in fields
        ]


def _case_sizes(world: World, sku: IntArray) -> IntArray:
    sizes = np.array(UNITS_PER_CASE)[world.draws.between("case size", sku, 0, len(UNITS_PER_CASE) - 1)]
    return np.where(world.draws.shares("in cases", sku) < CASE_SHARE, sizes, 1)


def _busiest_pairs(world: World) -> tuple[IntArray, IntArray, IntArray]:
    """Store, product and number of lines of each pair, ordered by (branch, product id)."""
    columns = world.columns
    busiest = np.sort(np.argsort(-np.bincount(world.columns.store, np.diff(columns.starts)), kind="stable")[:BRANCHES])
    width = len(columns.products)
    pairs = np.repeat(columns.store, np.diff(columns.starts)).astype(np.int64) * width + columns.product
    counted = np.isin(np.arange(len(columns.store_ids)), busiest)
    keys, lines = np.unique(pairs[counted[pairs // width] & ~_fuel(world)[columns.product]], return_counts=True)
    store = keys // width
    by_lines = np.lexsort((keys, -lines, store))
    place = np.arange(len(keys)) - np.searchsorted(store[by_lines], store[by_lines])
    kept = np.sort(by_lines[place < SKUS_PER_BRANCH])
    return store[kept].astype(np.int32), (keys[kept] % width).astype(np.int32), lines[kept]


def _fuel(world: World) -> BoolArray:
    """Which products are fuel: the only ones ever sold in quantities over 1,000."""
    columns = world.columns
    fuel = np.zeros(len(columns.products), dtype=bool)
    fuel[columns.product[columns.quantity > 1000]] = True
    return fuel


def _movements(world: World, *, store: IntArray, pair_keys: IntArray, oversold: BoolArray) -> Movements:
    columns, baskets = world.columns, world.baskets
    width = len(columns.products)
    basket = columns.basket_of_line()
    line_keys = columns.store[basket].astype(np.int64) * width + columns.product
    pair = np.minimum(np.searchsorted(pair_keys, line_keys), len(pair_keys) - 1)
    lines = np.flatnonzero((pair_keys[pair] == line_keys) & (columns.quantity > 0))
    sold_pair, sold_basket = pair[lines], basket[lines]
    quantity = columns.quantity[lines].astype(np.int64)

    first_day = int(baskets.day.min())
    days = int(baskets.day.max()) - first_day + 1
    sold = np.bincount(sold_pair * days + (baskets.day[sold_basket] - first_day), quantity, len(pair_keys) * days)
    opening, delivered = _deliveries(sold.reshape(len(pair_keys), days).astype(np.int64), oversold, pair_keys, world)
    some_pair, some_day = np.nonzero(delivered)
    arrival = (first_day + some_day) * DAY_MS - OFFSET_MS + _delivery_time(world, pair_keys)[some_pair]
    all_pairs = np.arange(len(pair_keys))
    opened = np.full(len(pair_keys), first_day * DAY_MS - OFFSET_MS)
    delay = baskets.branch_delay[store]
    return _in_order(
        pair=np.concatenate((all_pairs, sold_pair, some_pair)),
        true_at=np.concatenate((opened, baskets.sold_at[sold_basket], arrival)),
        known_at=np.concatenate((opened, baskets.uploaded_at[sold_basket], arrival + delay[some_pair])),
        delta=np.concatenate((opening, -quantity, delivered[some_pair, some_day])),
    )


def _deliveries(sold: IntArray, oversold: BoolArray, keys: IntArray, world: World) -> tuple[IntArray, IntArray]:
    """Opening counts, and per pair and day what arrives that night.

    When under three days' sales are left, a pair is filled up to a week's.
    An oversold pair is "filled up" to a count below zero.
    """
    mean = sold.mean(axis=1)
    target = np.ceil(mean * 7).astype(np.int64) + 4 + world.draws.between("target", keys, 0, 6)
    target = np.where(oversold, -world.draws.between("oversold by", keys, 1, 5), target)
    reorder = np.where(oversold, target, np.ceil(mean * 3).astype(np.int64) + 2)
    opening = target.copy()
    on_hand = opening.copy()
    delivered = np.zeros(sold.shape, dtype=np.int64)
    for day in range(1, sold.shape[1]):
        on_hand -= sold[:, day - 1]
        delivered[:, day] = np.where(on_hand < reorder, target - on_hand, 0)
        on_hand += delivered[:, day]
    return opening, delivered


def _delivery_time(world: World, keys: IntArray) -> Times:
    """Milliseconds after local midnight: between 02:30 and 04:30."""
    return 2 * HOUR_MS + 30 * MINUTE_MS + world.draws.between("delivery", keys, 0, 2 * HOUR_MS)


def _in_order(*, pair: IntArray, true_at: Times, known_at: Times, delta: IntArray) -> Movements:
    order = np.lexsort((known_at, pair))
    pair, delta = pair[order], delta[order]
    running = np.cumsum(delta)
    first = np.searchsorted(pair, pair)
    return Movements(
        pair=pair.astype(np.int32),
        true_at=true_at[order],
        known_at=known_at[order],
        delta=delta,
        on_hand=running - running[first] + delta[first],
    )
