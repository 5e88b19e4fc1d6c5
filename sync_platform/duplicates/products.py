"""Products of the shop whose code the POS does not know: the POS's products that they may be, by code or by name."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from anyascii import anyascii
from rapidfuzz import fuzz, process

from sync_platform.duplicates.inputs import is_newest, oldest_input
from sync_platform.duplicates.linkage import Pair, SkippedBlock
from sync_platform.duplicates.proposals import Stored, store_pairs, weigh_pairs
from sync_platform.landing.database import Database
from sync_platform.landing.queries import queries

PRODUCTS = "products"
SOLD_WITHIN = timedelta(days=30)
"""What the POS neither sold for so long nor counts does not say its name any more."""
LEAST_ALIKE = 92.0
"""How alike names must be, 0 to 100 by rapidfuzz's token_sort_ratio: one letter in a dozen may differ."""
MOST_OF_A_NAME = 5
"""A name that more products of the POS have tells none of them apart; it is skipped and said."""
MOST_LOOKED_UP = 1_000
"""So many unknown codes are looked up by name; more are a shop with other codes, which needs a mapping instead."""
INPUTS = (("pos", "sales"), ("pos", "stock_levels"), ("shop", "listings"))


@dataclass(frozen=True)
class ProductReport:
    """What one comparison found. `unknown` are the shop's codes that the POS does not know.

    `stored` is None for a day that is not the newest: the queue then stays as it is.
    """

    day: date
    products: int
    unknown: int
    stored: Stored | None
    skipped: tuple[SkippedBlock, ...]
    as_of: datetime
    limited_by: str


def compare_products(database: Database, *, day: date, now: datetime) -> ProductReport:
    """Compare one business day's products and bring the queue up to what matches.

    Raises DayHeld when an input was not read whole or is held by a failed check: the last comparison stays.
    """
    asked = queries("products", package="sync_platform.duplicates")
    with database.connect() as connection, connection.transaction():
        connection.execute("select pg_advisory_xact_lock(hashtext('duplicates/products'))")
        as_of, limited_by = oldest_input(connection, INPUTS, day=day, what="duplicates/products")
        values = {"day": day, "since": day - SOLD_WITHIN}
        pos = dict(connection.execute(asked["pos"], values).fetchall())
        shop = dict(connection.execute(asked["shop"], values).fetchall())
        pairs, skipped = pair_products(pos, shop)
        weighed = weigh_pairs(connection, PRODUCTS, pairs)
        stored = None
        if is_newest(connection, INPUTS, day=day):
            stored = store_pairs(connection, PRODUCTS, pairs, weighed, now=now)
    unknown = sum(code not in pos for code in shop)
    return ProductReport(day, len(shop), unknown, stored, skipped, as_of, limited_by)


def pair_products(
    pos: Mapping[str, str | None], shop: Mapping[str, str | None]
) -> tuple[tuple[Pair, ...], tuple[SkippedBlock, ...]]:
    """Pairs of a product of the POS and one of the shop that it does not know by code. Both: name by code.

    A product of the POS that the shop lists under its own code is nobody else's.
    """
    free = {code: name for code, name in pos.items() if code not in shop}
    unknown = {code: name for code, name in shop.items() if code not in pos}
    by_code = _group(free, _code_key)
    by_name = _group({code: name for code, name in free.items() if name}, lambda code: _name_key(free[code] or ""))
    pairs, skipped = [], []
    for looked_up, (code, name) in enumerate(sorted(unknown.items())):
        alike = by_code.get(_code_key(code), ())
        if alike:
            pairs += [_pair(other, code, 1.0, "same code, written otherwise") for other in alike]
        elif looked_up >= MOST_LOOKED_UP:
            skipped.append(SkippedBlock("code unknown to the POS, not looked up by name", len(unknown) - looked_up))
            break
        elif name:
            for found, score in _alike(_name_key(name), by_name):
                if len(by_name[found]) > MOST_OF_A_NAME:
                    skipped.append(SkippedBlock("product name", len(by_name[found])))
                else:
                    words = f"code unknown to the POS, name {round(score)}% alike"
                    pairs += [_pair(other, code, round(score / 100 * 0.9, 3), words) for other in by_name[found]]
    return tuple(sorted(pairs, key=lambda pair: (pair.left, pair.right))), tuple(skipped)


def _alike(name: str, by_name: Mapping[str, Sequence[str]]) -> list[tuple[str, float]]:
    found = process.extract(name, list(by_name), scorer=fuzz.token_sort_ratio, score_cutoff=LEAST_ALIKE, limit=3)
    return [(choice, score) for choice, score, _ in found]


def _pair(pos: str, shop: str, score: float, reason: str) -> Pair:
    return Pair(("pos", pos), ("shop", shop), score, reason)


def _code_key(code: str) -> str:
    """`00-1095275` and `1095275` are one code."""
    return re.sub(r"[^A-Z0-9]", "", code.upper()).lstrip("0")


def _name_key(name: str) -> str:
    """Words and numbers in Latin letters: `Bread:Italian/French 22LB` as `bread italian french 22 lb`."""
    return " ".join(re.findall(r"[a-z]+|\d+", anyascii(name).lower()))


def _group(codes: Mapping[str, str | None], key: Callable[[str], str]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        groups[key(code)].append(code)
    return groups
