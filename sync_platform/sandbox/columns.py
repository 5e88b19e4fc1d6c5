"""The retail sales everything is derived from, as numpy columns; where they come from is left to the data sets."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

IntArray = npt.NDArray[np.integer[Any]]
Times = IntArray
"""Epoch milliseconds."""
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True)
class Product:
    """What the product catalogue says; all but `id` are None for a product it does not list."""

    id: int
    department: str | None = None
    category: str | None = None
    name: str | None = None
    package_size: str | None = None


@dataclass(frozen=True, kw_only=True)
class SalesLines:
    """Flat sales lines as the source gives them, one element per line, in any order.

    `sold_at` is naive wall-clock seconds since 1970; money is in hundredths.
    """

    store_id: IntArray
    household: IntArray
    basket_id: IntArray
    product_id: IntArray
    quantity: IntArray
    amount: IntArray
    retail_discount: IntArray
    coupon_discount: IntArray
    coupon_match: IntArray
    sold_at: IntArray


@dataclass(frozen=True, kw_only=True)
class SalesColumns:
    """Sales grouped by basket: baskets ascend by id, lines by basket, then product id *as text*.

    So a line's position is the order of its line id, which begins with the basket's eleven digits.
    """

    name: str
    days_after_now: int
    store_ids: IntArray
    products: tuple[Product, ...]
    basket_id: IntArray
    store: IntArray
    household: IntArray
    sold_at: IntArray
    starts: IntArray
    product: IntArray
    quantity: IntArray
    amount: IntArray
    retail_discount: IntArray
    coupon_discount: IntArray
    coupon_match: IntArray

    @property
    def line_count(self) -> int:
        """Number of sales lines."""
        return len(self.product)

    def basket_of_line(self) -> IntArray:
        """The basket position of every line."""
        return np.repeat(np.arange(len(self.basket_id), dtype=np.int32), np.diff(self.starts))


def group_by_basket(
    lines: SalesLines, *, name: str, days_after_now: int, catalogue: dict[int, Product]
) -> SalesColumns:
    """Group flat lines into columns; a product that `catalogue` lacks gets an entry with nothing but its id."""
    product_ids, product = np.unique(lines.product_id, return_inverse=True)
    text_rank = np.argsort(np.argsort(product_ids.astype("U"))).astype(np.int32)
    order = np.lexsort((text_rank[product], lines.basket_id))
    basket_id, first, sizes = np.unique(lines.basket_id[order], return_index=True, return_counts=True)
    store_ids, store = np.unique(lines.store_id[order][first], return_inverse=True)
    return SalesColumns(
        name=name,
        days_after_now=days_after_now,
        store_ids=store_ids,
        products=tuple(catalogue.get(key) or Product(id=key) for key in product_ids.tolist()),
        basket_id=basket_id,
        store=store.astype(np.int32),
        household=lines.household[order][first].astype(np.int32),
        sold_at=lines.sold_at[order][first].astype(np.int64),
        starts=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        product=product[order].astype(np.int32),
        quantity=lines.quantity[order].astype(np.int32),
        amount=lines.amount[order].astype(np.int32),
        retail_discount=lines.retail_discount[order].astype(np.int32),
        coupon_discount=lines.coupon_discount[order].astype(np.int32),
        coupon_match=lines.coupon_match[order].astype(np.int32),
    )
