"""A small generated data set with the shape and the defects of The Complete Journey, at known counts."""

from functools import lru_cache

import numpy as np

from sync_platform.sandbox.columns import IntArray, Product, SalesColumns, SalesLines, group_by_basket

NAME = "generated"
DAYS = 60
DAYS_AFTER_NOW = 15
STORES = 8
BASKETS_A_DAY = 40
ZERO_QUANTITY_LINES = 80
"""Lines whose quantity is 0 (The Complete Journey: 8,869 of 1,469,307)."""
UNLISTED_LINES = 50
"""Lines of the one product that the catalogue lacks (The Complete Journey: 4,836)."""
FUEL_LINES = 120
"""Lines of fuel, each with a quantity over 1,000 in a unit that nothing states (The Complete Journey: 13,494)."""

_LAST_DAY = np.datetime64("2018-01-01", "D").astype(np.int64)
_SHELVES = (
    ("GROCERY", "SOFT DRINKS", "SOFT DRINKS 12/18&15PK CAN", "12 OZ"),
    ("GROCERY", "FLUID MILK PRODUCTS", "FLUID MILK WHITE ONLY", "1 GA"),
    ("GROCERY", "BAKED BREAD/BUNS/ROLLS", "MAINSTREAM WHITE BREAD", "20 OZ"),
    ("PRODUCE", "TROPICAL FRUIT", "BANANAS", "40 LB"),
    ("PASTRY", "BREAD", "BREAD:ITALIAN/FRENCH", None),
    ("DRUG GM", "CANDY - PACKAGED", "CANDY BARS (SINGLES)", "1.5 OZ"),
    ("MEAT-PCKGD", "BACON", "PREMIUM", "16 OZ"),
)
_SHELF_PRODUCTS = 38
_FUEL = Product(id=6534178, department="FUEL", category="COUPON/MISC ITEMS", name="GASOLINE-REG UNLEADED")
_UNLISTED_ID = 7_777_001


@lru_cache(maxsize=4)
def generated(seed: int, *, baskets_a_day: int = BASKETS_A_DAY) -> SalesColumns:
    """60 days of 8 stores, 40 products and so many baskets a day: 45 of the days before now."""
    random = np.random.default_rng(seed)
    baskets = DAYS * baskets_a_day
    sold_at = np.sort(
        (_LAST_DAY - DAYS + 1 + np.repeat(np.arange(DAYS), baskets_a_day)) * 86_400
        + np.clip(random.normal(15.5 * 3600, 4 * 3600, baskets).astype(np.int64), 0, 86_399)
    )
    store = random.choice(np.array([289, 317, 330, 343, 367, 381, 406, 429]), baskets, p=_shares(STORES))
    sizes = np.minimum(1 + random.geometric(0.22, baskets), 18)
    basket = np.repeat(np.arange(baskets), sizes)
    product = _distinct_products(random, sizes)
    lines = len(basket)
    quantity = random.choice([1, 1, 1, 1, 2, 2, 3, 4], lines).astype(np.int64)
    price = 50 + (np.arange(_SHELF_PRODUCTS) * 7919) % 950
    product_id = 820_000 + np.arange(_SHELF_PRODUCTS) * 5171
    amount = price[product] * quantity
    retail = np.where(random.random(lines) < 0.3, amount // 10, 0)
    ids = product_id[product]

    first = np.flatnonzero(np.diff(basket, prepend=-1))
    fuel = random.choice(first, FUEL_LINES, replace=False)
    ids[fuel], quantity[fuel] = _FUEL.id, random.integers(1_001, 20_000, FUEL_LINES)
    amount[fuel], retail[fuel] = quantity[fuel] // 4, 0
    unlisted = random.choice(first + 1, UNLISTED_LINES, replace=False)
    ids[unlisted] = _UNLISTED_ID
    zero = random.choice(
        np.setdiff1d(np.arange(lines), np.union1d(first, first + 1)), ZERO_QUANTITY_LINES, replace=False
    )
    quantity[zero], amount[zero], retail[zero] = 0, 0, 0
    coupon = np.where(random.random(lines) < 0.02, amount // 5, 0)
    return group_by_basket(
        SalesLines(
            store_id=store[basket],
            household=random.integers(1, 400, baskets)[basket],
            basket_id=(31_198_570_000 + np.cumsum(random.integers(3, 900, baskets)))[basket],
            product_id=ids,
            quantity=quantity,
            amount=amount - retail,
            retail_discount=retail,
            coupon_discount=coupon,
            coupon_match=coupon // 10,
            sold_at=sold_at[basket],
        ),
        name=NAME,
        days_after_now=DAYS_AFTER_NOW,
        catalogue={product.id: product for product in (*_shelf_products(product_id.tolist()), _FUEL)},
    )


def _shares(stores: int) -> list[float]:
    """Busy and quiet stores: each has 0.8 of the trade of the one before."""
    weights = 0.8 ** np.arange(stores)
    return [float(weight) for weight in weights / weights.sum()]


def _distinct_products(random: np.random.Generator, sizes: IntArray) -> IntArray:
    """For every basket, as many different products as it has lines, popular ones more often."""
    keys = random.random((len(sizes), _SHELF_PRODUCTS)) ** np.sqrt(1 + np.arange(_SHELF_PRODUCTS))
    ranked = np.argsort(-keys, axis=1)
    return ranked[np.arange(_SHELF_PRODUCTS)[None, :] < sizes[:, None]]


def _shelf_products(ids: list[int]) -> list[Product]:
    shelves = [_SHELVES[position % len(_SHELVES)] for position in range(len(ids))]
    return [
        Product(id=key, department=shelf[0], category=shelf[1], name=shelf[2], package_size=shelf[3])
        for key, shelf in zip(ids, shelves, strict=True)
    ]
