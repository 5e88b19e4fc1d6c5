"""The derived world that all partner systems look at: sales, baskets, people, seed and clock."""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.baskets import Baskets, derive_baskets, visible_late
from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.columns import BoolArray, IntArray, SalesColumns
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.people import Person, derive_people


@dataclass(frozen=True, kw_only=True)
class World:
    """What is true; each partner system knows its own part of it, in its own way.

    `people` are the heads of `households`, in their order, and then the relatives; `first_day` and `on_the_web` say per
    household on which day it bought first, and whether it ever did in the web shop.
    """

    columns: SalesColumns
    baskets: Baskets
    households: IntArray
    people: tuple[Person, ...]
    first_day: IntArray
    on_the_web: BoolArray
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
    baskets = derive_baskets(columns, shift_days=shift_days, draws=draws)
    households, member = np.unique(columns.household, return_inverse=True)
    first_day = np.full(len(households), np.iinfo(np.int64).max)
    np.minimum.at(first_day, member, baskets.day)
    return World(
        columns=columns,
        baskets=baskets,
        households=households,
        people=derive_people(households, draws),
        first_day=first_day,
        on_the_web=np.bincount(member, baskets.web) > 0,
        draws=draws,
        clock=clock,
        shift_days=shift_days,
        late_ms=round(late_seconds * 1000),
    )
