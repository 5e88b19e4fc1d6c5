"""The usual and how far it strays, robustly: one wrong day among the compared ones moves neither."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median

# Makes the median deviation of normal data its standard deviation.
MEDIAN_DEVIATION = 1.4826


def usual(figures: Sequence[float]) -> tuple[float, float]:
    """Median and its scaled median absolute deviation."""
    middle = median(figures)
    return middle, MEDIAN_DEVIATION * median(abs(figure - middle) for figure in figures)


def deviation_of_share(share: float, rows: float) -> float:
    """How far a share strays by chance among so many rows; of 0 and 1 as far as one row is."""
    if rows <= 0:
        return 1.0
    inside = min(max(share, 1 / rows), 1 - 1 / rows) if rows > 2 else 0.5
    return math.sqrt(inside * (1 - inside) / rows)
