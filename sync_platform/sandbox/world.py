"""The derived world that all partner systems look at: sales, baskets, seed and clock."""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.baskets import Baskets, derive_baskets, visible_late
from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.columns import IntArray, SalesColumns
from sync_platform.sandbox.draws import Draws


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true; each partner system knows its own part of it, in its own way."""

    columns: SalesColumns
    baskets: Baskets
    draws: Draws
    clock: SandboxClock
    shift_days: int
    late_ms: int

    def lateness(self, name: str, keys: IntArray) -> IntArray:
        """Milliseconds between changed time and visibility, per record version."""
        return visible_late(self.draws, name, keys, late_ms=self.late_ms)

    def basket(self, receipt: int) -> int | None:
        """The basket position of a receipt number."""
        position = int(np.searchsorted(self.columns.basket_id, receipt))
        found = position < len(self.columns.basket_id) and int(self.columns.basket_id[position]) == receipt
        return position if found else None


def derive_world(
    columns: SalesColumns, *, seed: int, shift_days: int, clock: SandboxClock, late_seconds: float
) -> World:
    """The same columns, seed and shift always give the same world."""
    draws = Draws(seed)
    return World(
        columns=columns,
        baskets=derive_baskets(columns, shift_days=shift_days, draws=draws),
        draws=draws,
        clock=clock,
        shift_days=shift_days,
        late_ms=round(late_seconds * 1000),
    )
