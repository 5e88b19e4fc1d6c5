"""Web orders: one per basket bought in the shop, from pending to completed and now and then back."""

import numpy as np

from sync_platform.sandbox.baskets import PAID_AFTER_HOLD, PAID_AT_SECOND_TRY
from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import MINUTE_MS, SECOND_MS, utc_clocks, wall_clocks
from sync_platform.sandbox.columns import BoolArray, IntArray, Times
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import FOREVER, Feed
from sync_platform.sandbox.money import money
from sync_platform.sandbox.payments.payment_id import payment_ids
from sync_platform.sandbox.pos.stock_levels import StockLevels
from sync_platform.sandbox.shop.customers import Customers
from sync_platform.sandbox.shop.listings import Listings
from sync_platform.sandbox.world import World

UNTOUCHED_SHARE = 0.30
"""Changes to paid, completed or refunded that leave `date_modified` where it was."""
FIRST_ID = 10_001
PENDING, ON_HOLD, FAILED, PROCESSING, COMPLETED, REFUNDED = range(6)
STATUSES = ("pending", "on-hold", "failed", "processing", "completed", "refunded")


class Orders:
    """The record number of an order is its id less FIRST_ID, in the order of creation."""

    name = "orders"

    def __init__(
        self, world: World, clock: SystemClock, *, stock: StockLevels, listings: Listings, customers: Customers
    ) -> None:
        self._world, self._clock, self._stock, self._listings = world, clock, stock, listings
        self._customers = customers
        web = np.flatnonzero(world.baskets.web)
        self._basket = web[np.lexsort((web, world.baskets.sold_at[web]))]
        self._place = np.zeros(len(world.baskets.web), dtype=np.int32)
        self._place[self._basket] = np.arange(len(self._basket))
        self.feed = self._build_feed()

    def _build_feed(self) -> Feed:
        baskets, basket = self._world.baskets, self._basket
        stages = [
            (PENDING, baskets.sold_at[basket], np.ones(len(basket), dtype=bool)),
            (ON_HOLD, baskets.sold_at[basket] + MINUTE_MS, baskets.detour[basket] == PAID_AFTER_HOLD),
            (FAILED, baskets.sold_at[basket] + 2 * MINUTE_MS, baskets.detour[basket] == PAID_AT_SECOND_TRY),
            (PROCESSING, baskets.paid_at[basket], baskets.paid_at[basket] < FOREVER),
            (COMPLETED, baskets.completed_at[basket], baskets.completed_at[basket] < FOREVER),
            (REFUNDED, baskets.refunded_at[basket], baskets.refunded_at[basket] < FOREVER),
        ]
        record, stage, happened, changed = [], [], [], []
        stamp = baskets.sold_at[basket]
        for number, moment, reached in stages:
            stamp = np.where(reached & ~self._untouched(number), moment, stamp)
            orders = np.flatnonzero(reached)
            record.append(orders)
            stage.append(np.full(len(orders), number))
            happened.append(moment[orders])
            changed.append(stamp[orders])
        records, stages_reached, moments = np.concatenate(record), np.concatenate(stage), np.concatenate(happened)
        return Feed.of_versions(
            record=records,
            happened=moments,
            changed=np.concatenate(changed),
            visible=moments + self._world.lateness("order", self._keys(records) * 8 + stages_reached),
            content={"stage": stages_reached},
            clock=self._clock,
        )

    def _untouched(self, stage: int) -> BoolArray:
        """Which orders do not move `date_modified` when they reach a stage."""
        if stage not in (PROCESSING, COMPLETED, REFUNDED):
            return np.zeros(len(self._basket), dtype=bool)
        return (
            self._world.draws.shares("untouched", self._keys(np.arange(len(self._basket))) * 8 + stage)
            < UNTOUCHED_SHARE
        )

    def _keys(self, records: IntArray) -> IntArray:
        return self._world.columns.basket_id[self._basket[records]]

    def number_of(self, basket: int) -> int:
        """The order id of a web basket."""
        return int(self._place[basket]) + FIRST_ID

    def created(self, rows: IntArray) -> Times:
        """When the orders were placed, by the shop's clock."""
        return self._clock.stamps(self._world.baskets.sold_at[self._basket[self.feed.record(rows)]])

    def status(self, rows: IntArray) -> list[str]:
        """Woo statuses; an order partly paid back stays completed."""
        stage = self.feed.content("stage", rows)
        basket = self._basket[self.feed.record(rows)]
        partly = self._world.baskets.refund[basket] < self._world.baskets.total[basket]
        return [STATUSES[number] for number in np.where((stage == REFUNDED) & partly, COMPLETED, stage).tolist()]

    def key(self, record: int) -> str:
        """The order's numeric id."""
        return str(FIRST_ID + record)

    def record(self, key: str) -> int | None:
        """The order of an id."""
        number = int(key) - FIRST_ID if key.isascii() and key.isdigit() and len(key) < 15 else -1
        return number if 0 <= number < len(self._basket) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows of orders placed on a day."""
        return np.flatnonzero(self._world.baskets.day[self._basket[self.feed.record(np.arange(len(self.feed)))]] == day)

    def touch(self, rows: IntArray, *, now: int) -> int:
        """The customer note changes."""
        stamp = now - now % SECOND_MS
        self.feed.touch(rows, now=now, stamp=stamp)
        return self._clock.stamp(stamp)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Orders as Woo gives them."""
        baskets, record = self._world.baskets, self.feed.record(rows)
        basket = self._basket[record]
        stage = self.feed.content("stage", rows)
        dates = {
            "date_created": self.created(rows),
            "date_modified": self.feed.changed(rows),
            "date_paid": np.where(stage >= PROCESSING, self._clock.stamps(baskets.paid_at[basket]), -1),
            "date_completed": np.where(stage >= COMPLETED, self._clock.stamps(baskets.completed_at[basket]), -1),
        }
        columns = {name: _dates(moments) for name, moments in dates.items()}
        payments = payment_ids(self._world, basket)
        listings = self._listing_ids(basket)
        statuses, revisions = self.status(rows), self.feed.revision(rows).tolist()
        return [
            self._record(
                order=int(record[n]) + FIRST_ID,
                basket=int(basket[n]),
                stage=int(stage[n]),
                status=statuses[n],
                revision=revisions[n],
                dates={f"{name}{zone}": column[zone][n] for name, column in columns.items() for zone in ("", "_gmt")},
                payment=payments[n],
                listings=listings[n],
            )
            for n in range(len(rows))
        ]

    def _record(
        self,
        *,
        order: int,
        basket: int,
        stage: int,
        status: str,
        revision: int,
        dates: dict[str, str | None],
        payment: str,
        listings: list[int],
    ) -> Document:
        columns, baskets = self._world.columns, self._world.baskets
        customer, billing = self._customers.account_of(int(columns.household[basket]))
        on_hold = int(baskets.detour[basket]) == PAID_AFTER_HOLD
        return {
            "id": order,
            "parent_id": 0,
            "number": str(order),
            "order_key": f"wc_order_{int(columns.basket_id[basket]) * 2654435761 % 16**13:013x}",
            "created_via": "checkout",
            "version": "10.3.5",
            "status": status,
            "currency": "LKR",
            **dates,
            "discount_total": money(int(baskets.discount[basket])),
            "discount_tax": "0.00",
            "shipping_total": "0.00",
            "shipping_tax": "0.00",
            "cart_tax": "0.00",
            "total": money(int(baskets.total[basket])),
            "total_tax": "0.00",
            "prices_include_tax": True,
            "customer_id": customer,
            "customer_note": f"touched {revision} times" if revision else "",
            "billing": dict(billing),
            "payment_method": "bacs" if on_hold else "card",
            "payment_method_title": "Bank transfer" if on_hold else "Card",
            "transaction_id": payment if stage >= PROCESSING else "",
            "line_items": self._lines(order, basket, listings),
            "shipping_lines": [],
            "fee_lines": [],
            "coupon_lines": [],
            "tax_lines": [],
            "refunds": self._refunds(order, basket) if stage == REFUNDED else [],
            "meta_data": [
                {"id": order * 10, "key": "fulfilment_branch", "value": baskets.branch[int(columns.store[basket])]},
                {"id": order * 10 + 1, "key": "receipt_no", "value": str(int(columns.basket_id[basket]))},
            ],
        }

    def _refunds(self, order: int, basket: int) -> list[Document]:
        refund = int(self._world.baskets.refund[basket])
        return [{"id": order + 9_000_000, "reason": "returned by customer", "total": money(-refund)}]

    def _lines(self, order: int, basket: int, listings: list[int]) -> list[Document]:
        columns = self._world.columns
        lines = slice(int(columns.starts[basket]), int(columns.starts[basket + 1]))
        fields = zip(
            columns.product[lines].tolist(),
            listings,
            columns.quantity[lines].tolist(),
            (columns.amount[lines] + columns.retail_discount[lines] + columns.coupon_discount[lines]).tolist(),
            columns.amount[lines].tolist(),
            strict=True,
        )
        return [
            {
                "id": order * 100 + position,
                "name": (columns.products[product].name or f"Product {columns.products[product].id}").title(),
                "product_id": listing,
                "variation_id": 0,
                "quantity": quantity,
                "tax_class": "",
                "subtotal": money(subtotal),
                "subtotal_tax": "0.00",
                "total": money(total),
                "total_tax": "0.00",
                "taxes": [],
                "meta_data": [],
                "sku": str(columns.products[product].id),
                "price": total / (quantity * 100) if quantity else 0,
            }
            for position, (product, listing, quantity, subtotal, total) in enumerate(fields, start=1)
        ]

    def _listing_ids(self, basket: IntArray) -> list[list[int]]:
        """Per basket and line the listing bought; 0, as Woo gives for a product that is gone, where none was."""
        columns, stock = self._world.columns, self._stock
        sizes = columns.starts[basket + 1] - columns.starts[basket]
        ends = np.cumsum(sizes)
        lines = np.arange(int(sizes.sum())) - np.repeat(ends - sizes - columns.starts[basket], sizes)
        wanted = (
            np.repeat(columns.store[basket].astype(np.int64), sizes) * len(columns.products) + columns.product[lines]
        )
        place = np.minimum(np.searchsorted(stock.pair_keys, wanted), len(stock.pair_keys) - 1)
        pair = np.where(stock.pair_keys[place] == wanted, place, -1)
        listings = self._listings.listing_of(pair, np.repeat(self._world.baskets.sold_at[basket], sizes)).tolist()
        return [listings[end - size : end] for end, size in zip(ends.tolist(), sizes.tolist(), strict=True)]


def _dates(moments: Times) -> dict[str, list[str | None]]:
    """Site-local and GMT texts; None for -1."""
    known = (moments >= 0).tolist()
    return {
        zone: [text if there else None for text, there in zip(clocks(moments), known, strict=True)]
        for zone, clocks in (("", wall_clocks), ("_gmt", utc_clocks))
    }
