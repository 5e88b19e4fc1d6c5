"""How differently two days are spread: Jensen-Shannon divergence in bits, 0 for the same and 1 for nothing in common.

It needs no smoothing where one day lacks a value, which the population stability index does; for small differences it
is that index divided by 5.5 (8 ln 2).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

Shares = Mapping[str, float]
REST = "\x00rest"


def divergence(one: Shares, other: Shares) -> float:
    """Jensen-Shannon divergence of two spreads whose shares each sum to 1, in bits."""
    total = 0.0
    for name in one.keys() | other.keys():
        p, q = one.get(name, 0.0), other.get(name, 0.0)
        middle = (p + q) / 2
        total += sum(share / 2 * math.log2(share / middle) for share in (p, q) if share > 0)
    return max(total, 0.0)


def by_chance(groups: int, rows: float, other_rows: float) -> float:
    """The divergence that two samples of one spread have on average.

    As a population stability index that is (groups - 1)(1/n + 1/m) (Yurdakul, 2018).
    """
    return (groups - 1) * (1 / rows + 1 / other_rows) / (8 * math.log(2))


def shares(counts: Mapping[str, float]) -> dict[str, float]:
    """Counts as shares of their sum."""
    total = sum(counts.values())
    return {name: count / total for name, count in counts.items()} if total else {}


def pooled(spreads: Sequence[Shares]) -> dict[str, float]:
    """The average spread; each day counts the same."""
    names: Iterable[str] = {name for spread in spreads for name in spread}
    return {name: sum(spread.get(name, 0.0) for spread in spreads) / len(spreads) for name in names}


def grouped(spread: Shares, reference: Shares, *, ordered: bool, least: float) -> dict[str, float]:
    """`spread` in groups that each hold at least `least` of `reference`.

    `ordered` names are whole numbers: neighbours are put together. Other names that are rarer go into one rest.
    """
    groups: dict[str, float] = {}
    if not ordered:
        for name, share in spread.items():
            group = name if reference.get(name, 0.0) >= least else REST
            groups[group] = groups.get(group, 0.0) + share
        return groups
    # What lies beyond all that is usual is no part of the outermost group.
    ends = [min(map(int, reference)) - 1, *_ends(reference, least), max(map(int, reference))]
    for name, share in spread.items():
        group = str(sum(int(name) > end for end in ends))
        groups[group] = groups.get(group, 0.0) + share
    return groups


def _ends(reference: Shares, least: float) -> list[int]:
    """The last bins of the groups but for the highest one."""
    ends: list[int] = []
    held = left = 0.0
    total = sum(reference.values())
    for number in sorted(map(int, reference)):
        share = reference[str(number)]
        held, left = held + share, left + share
        if held >= least and total - left >= least:
            ends.append(number)
            held = 0.0
    return ends
