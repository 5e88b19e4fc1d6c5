"""Bins of numbers by their size: the same for every field and for ever, so that any two days are comparable.

A bin is a factor of 2^(1/4), 19 %, wide, and its middle is a power of that: whole powers of two, which quantities love,
lie in the middle of a bin, and no rational number lies on an edge, where two machines' logarithms could differ. To
multiply all values by the same factor moves them all by the same number of bins, which is how a changed unit shows.
Not quantiles of the first days: those days may be the wrong ones, and 1, 1, 1, 2 has none.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from psycopg import sql

BINS_AN_OCTAVE = 4
# From a millionth to 10^18; what is beyond falls into the outermost bin.
_SMALLEST_OCTAVE, _LARGEST_OCTAVE = -20, 60
_OFFSET = -_SMALLEST_OCTAVE * BINS_AN_OCTAVE + 1
_LAST = (_LARGEST_OCTAVE - _SMALLEST_OCTAVE) * BINS_AN_OCTAVE + 1
_PER_LOGARITHM = BINS_AN_OCTAVE / math.log(2)

# 0 is zero, 1 and up are positive sizes, -1 and down the same below zero.
_BIN = """
case when {column} > 0 then greatest(1, least({last}, round(ln({column}::float8) * {per_logarithm})::int + {offset}))
    when {column} < 0 then - greatest(1, least({last}, round(ln(- {column}::float8) * {per_logarithm})::int + {offset}))
    when {column} = 0 then 0
end
"""


def magnitude_bin(column: sql.Composable) -> sql.Composed:
    """The SQL for the bin of a number of any type. Each is cast once: that takes longer than all the rest."""
    return sql.SQL(_BIN).format(
        column=column,
        last=sql.Literal(_LAST),
        per_logarithm=sql.SQL("{}::float8").format(sql.Literal(_PER_LOGARITHM)),
        offset=sql.Literal(_OFFSET),
    )


def bin_of(value: float) -> int:
    """The same in Python."""
    if value == 0:
        return 0
    size = round(math.log(abs(value)) * _PER_LOGARITHM) + _OFFSET
    return int(math.copysign(max(1, min(_LAST, size)), value))


def middle_of(number: int) -> float:
    """The value in the middle of a bin."""
    if number == 0:
        return 0.0
    return math.copysign(2.0 ** ((abs(number) - _OFFSET) / BINS_AN_OCTAVE), number)


def nearest_octave(number: int) -> float:
    """The power of two, below zero for values there, that a bin's values are nearest to; 0 for zero."""
    return math.copysign(2.0 ** round((abs(number) - _OFFSET) / BINS_AN_OCTAVE), number) if number else 0.0


def edges_of(number: int) -> tuple[float, float]:
    """The smallest and the largest value of a bin."""
    middle, half = middle_of(number), 2.0 ** (0.5 / BINS_AN_OCTAVE)
    low, high = sorted((middle / half, middle * half))
    return low, high


def factor_of(bins: float) -> float:
    """By what factor values differ that lie so many bins apart."""
    return float(2.0 ** (bins / BINS_AN_OCTAVE))


def median_bin(sizes: Mapping[int, float]) -> int:
    """The bin in which half of the rows is reached, smallest first; `sizes` are counts or shares, at least one."""
    half, passed = sum(sizes.values()) / 2, 0.0
    for number in sorted(sizes):
        passed += sizes[number]
        if passed >= half - 1e-9:
            return number
    return max(sizes)
