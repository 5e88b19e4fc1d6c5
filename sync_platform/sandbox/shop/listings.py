"""Listings: what the web shop believes is available, refreshed from the POS every 15 minutes, with its own errors."""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, MINUTE_MS, OFFSET_MS, SECOND_MS, utc_clocks, wall_clocks
from sync_platform.sandbox.columns import IntArray, Times
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.money import money
from sync_platform.sandbox.pos.stock_levels import StockLevels
from sync_platform.sandbox.world import World

REFRESH_MS = 15 * MINUTE_MS
"""Between two refreshes of one listing; each listing has its own phase."""
MISSED_SHARE = 0.02
"""Listings that missed a decrement and show 1 to 3 too many; with the oversold 2 %, 4 % disagree with the POS."""
DELETED_A_DAY = 0.003
"""Listings that are deleted without a trace on any one day; listed anew, under another id, 1 to 3 days later."""
FIRST_ID = 500_001
_PAIR_SPAN = 2**44


@dataclass(frozen=True, kw_only=True)
class _Lives:
    """One element per listing, ordered by id: which pair it lists (a position in `listed`), from when, until when."""

    pair: IntArray
    starts: Times
    ends: Times


class Listings:
    """The record number of a listing is its id less FIRST_ID."""

    name = "listings"

    def __init__(self, world: World, clock: SystemClock, stock: StockLevels) -> None:
        self._world, self._clock, self._stock = world, clock, stock
        self.missed = _missed_decrements(world, stock)
        self._prices = _prices(world)
        self._lives = _lives(world, stock.listed)
        self._phases = world.draws.between("refresh", np.arange(len(stock.sku)), 0, REFRESH_MS - 1)
        self.feed = self._build_feed()
        self._by_pair = np.lexsort((self._lives.starts, self._lives.pair))
        self._pair_starts = (self._lives.pair * _PAIR_SPAN + self._lives.starts)[self._by_pair]

    def _build_feed(self) -> Feed:
        """A version per refresh that found another quantity, and one at the start of each listing."""
        record, happened, quantity = [], [], []
        lives, stock = self._lives, self._stock
        rows = np.arange(len(stock.feed))
        by_pair = np.lexsort((stock.feed.changed(rows), stock.feed.record(rows)))
        bounds = np.searchsorted(stock.feed.record(rows)[by_pair], np.arange(len(stock.sku) + 1))
        for listing, place in enumerate(lives.pair.tolist()):
            pair = int(stock.listed[place])
            known = by_pair[bounds[pair] : bounds[pair + 1]]
            times, quantities = self._refreshes(pair, stock.feed.changed(known), stock.feed.content("on_hand", known))
            start, end = int(lives.starts[listing]), int(lives.ends[listing])
            first = max(int(np.searchsorted(times, start, side="right")) - 1, 0)
            last = int(np.searchsorted(times, end))
            kept = slice(first, max(last, first + 1))
            record.append(np.full(len(times[kept]), listing))
            happened.append(np.maximum(times[kept], start))
            quantity.append(quantities[kept])
        records, moments = np.concatenate(record), np.concatenate(happened)
        stamped = moments - moments % SECOND_MS
        return Feed.of_versions(
            record=records,
            happened=moments,
            changed=stamped,
            visible=moments + self._world.lateness("listing", moments * 4096 + records),
            vanishes=lives.ends[records],
            content={"quantity": np.concatenate(quantity)},
            clock=self._clock,
        )

    def _refreshes(self, pair: int, known_at: Times, on_hand: IntArray) -> tuple[Times, IntArray]:
        """When refreshes wrote another quantity than before, and which; it sees what the POS knew 10 s earlier."""
        phase = int(self._phases[pair])
        seen = known_at + 10 * SECOND_MS
        tick = phase + -(-(seen - phase) // REFRESH_MS) * REFRESH_MS
        last_of_tick = np.append(tick[1:] != tick[:-1], True)
        tick, shown = tick[last_of_tick], np.maximum(on_hand[last_of_tick] + self.missed[pair], 0)
        differs = np.append(True, shown[1:] != shown[:-1])
        return tick[differs], shown[differs]

    def listing_of(self, pair: IntArray, at: Times) -> IntArray:
        """The listing ids that listed these pairs of the POS stock at these moments; 0, as in Woo, where none did."""
        lives = self._lives
        place = np.searchsorted(self._stock.listed, pair)
        place = np.minimum(place, len(self._stock.listed) - 1)
        listed = self._stock.listed[place] == pair
        position = np.maximum(np.searchsorted(self._pair_starts, place * _PAIR_SPAN + at, side="right") - 1, 0)
        found = self._by_pair[position]
        alive = listed & (lives.pair[found] == place) & (lives.starts[found] <= at) & (at < lives.ends[found])
        return np.where(alive, found + FIRST_ID, 0)

    def pair(self, record: int) -> int:
        """The POS stock record that a listing lists."""
        return int(self._stock.listed[self._lives.pair[record]])

    def created(self, rows: IntArray) -> Times:
        """When the listings were made, by the shop's clock."""
        return self._clock.stamps(self._lives.starts[self.feed.record(rows)])

    def sku(self, rows: IntArray) -> IntArray:
        """Product ids, which the shop uses as SKU."""
        return self._stock.sku[self._stock.listed[self._lives.pair[self.feed.record(rows)]]]

    def quantity(self, rows: IntArray) -> IntArray:
        """What the shop believes is available, touches included."""
        return self.feed.content("quantity", rows) + self.feed.revision(rows)

    def key(self, record: int) -> str:
        """The product's numeric id."""
        return str(FIRST_ID + record)

    def record(self, key: str) -> int | None:
        """The listing of a product id."""
        number = int(key) - FIRST_ID if key.isascii() and key.isdigit() and len(key) < 15 else -1
        return number if 0 <= number < len(self._lives.pair) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows that became true on a day."""
        start = day * DAY_MS - OFFSET_MS
        changed = self.feed.changed(np.arange(len(self.feed)))
        return np.flatnonzero((changed >= start) & (changed < start + DAY_MS))

    def touch(self, rows: IntArray, *, now: int) -> int:
        """One more is believed available."""
        stamp = now - now % SECOND_MS
        self.feed.touch(rows, now=now, stamp=stamp)
        return self._clock.stamp(stamp)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Listings as Woo products."""
        record = self.feed.record(rows)
        pairs = self._stock.listed[self._lives.pair[record]]
        created, changed = self.created(rows), self.feed.changed(rows)
        fields = zip(
            (record + FIRST_ID).tolist(),
            self._stock.product[pairs].tolist(),
            self._stock.store[pairs].tolist(),
            self.quantity(rows).tolist(),
            wall_clocks(created),
            utc_clocks(created),
            wall_clocks(changed),
            utc_clocks(changed),
            strict=True,
        )
        return [self._record(*values) for values in fields]

    def _record(
        self,
        listing: int,
        product: int,
        store: int,
        quantity: int,
        created: str,
        created_gmt: str,
        modified: str,
        modified_gmt: str,
    ) -> Document:
        listed, price = self._world.columns.products[product], money(int(self._prices[product]))
        branch = self._world.baskets.branch[store]
        name = (listed.name or f"Product {listed.id}").title()
        return {
            "id": listing,
            "name": name,
            "slug": f"{'-'.join(''.join(c if c.isalnum() else ' ' for c in name.lower()).split())}-{listing}",
            "date_created": created,
            "date_created_gmt": created_gmt,
            "date_modified": modified,
            "date_modified_gmt": modified_gmt,
            "type": "simple",
            "status": "publish",
            "catalog_visibility": "visible",
            "sku": str(listed.id),
            "price": price,
            "regular_price": price,
            "sale_price": "",
            "manage_stock": True,
            "stock_quantity": quantity,
            "stock_status": "instock" if quantity > 0 else "outofstock",
            "backorders": "no",
            "meta_data": [{"id": listing * 10, "key": "fulfilment_branch", "value": branch}],
        }


def _missed_decrements(world: World, stock: StockLevels) -> IntArray:
    """Per pair of the POS stock, how many too many the shop shows."""
    sound = stock.listed[~stock.oversold[stock.listed]]
    chosen = sound[world.draws.lowest("missed", sound, round(len(stock.listed) * MISSED_SHARE))]
    missed = np.zeros(len(stock.sku), dtype=np.int64)
    missed[chosen] = world.draws.between("missed by", chosen, 1, 3)
    return missed


def _prices(world: World) -> IntArray:
    """Per product the mean price of a unit over the year, at least 0.01."""
    columns = world.columns
    count = len(columns.products)
    amount = np.bincount(columns.product, columns.amount, count)
    units = np.bincount(columns.product, columns.quantity, count)
    return np.maximum(np.rint(amount / np.maximum(units, 1)).astype(np.int64), 1)


def _lives(world: World, listed: IntArray) -> _Lives:
    first = int(world.baskets.day.min())
    days = int(world.baskets.day.max()) - first + 2
    keys = listed[:, None].astype(np.int64) * 4096 + np.arange(days)[None, :]
    deleted = world.draws.shares("deleted", keys) < DELETED_A_DAY
    hour = world.draws.between("deleted at", keys, 0, DAY_MS - 1)
    pause = world.draws.between("listed anew", keys, 1, 3)
    lives: list[tuple[int, int, int]] = []
    for place in range(len(listed)):
        start = first * DAY_MS - OFFSET_MS
        for day in np.flatnonzero(deleted[place]).tolist():
            end = (first + day) * DAY_MS - OFFSET_MS + int(hour[place, day])
            if end <= start:
                continue
            lives.append((start, place, end))
            start = end + int(pause[place, day]) * DAY_MS
        lives.append((start, place, FOREVER))
    lives.sort()
    starts, pairs, ends = (np.array(column, dtype=np.int64) for column in zip(*lives, strict=True))
    return _Lives(pair=pairs, starts=starts - starts % SECOND_MS, ends=ends)
