"""Bisects a day that does not agree, by time, until what is left to read is small against the day.

Halves are cut where the landed rows are halved, not the clock: a day's records lie close together in its busy hours.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from heapq import heappop, heappush
from itertools import count
from math import ceil

from sync_platform.contracts.figures import Figures
from sync_platform.declarations.pages import OffsetPages
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.landed_figures import Spread
from sync_platform.partners.bound import bound_step, floor_to
from sync_platform.partners.question import DayPart


@dataclass(frozen=True)
class ComparedPart:
    """A part of a day with the figures of both sides; `known` is what dead letters explain."""

    part: DayPart
    partner: Figures
    landed: Figures
    known: Figures

    @property
    def unexplained(self) -> Figures:
        """What the partner has more than us, dead letters aside."""
        return self.partner.minus(self.landed).minus(self.known)

    def without(self, half: ComparedPart, rest: DayPart) -> ComparedPart:
        """The other half: figures add up, so it need not be asked for."""
        return ComparedPart(
            part=rest,
            partner=self.partner.minus(half.partner),
            landed=self.landed.minus(half.landed),
            known=self.known.minus(half.known),
        )


@dataclass(frozen=True)
class Sides:
    """How a part's figures and the spread of its landed rows are found out; `partner` costs one request."""

    partner: Callable[[DayPart], Figures]
    landed: Callable[[DayPart], Figures]
    known: Callable[[DayPart], Figures]
    spread: Callable[[DayPart], Spread]


def differing_parts(entity: Entity, whole: ComparedPart, sides: Sides) -> list[ComparedPart]:
    """The parts of `whole` that do not agree, each small enough to be read with one page where that is possible.

    It asks for at most as many figures as the landed rows have pages, so that it and the reading of what is left take
    at most 1 + 2 * ceil(landed / page) + ceil(partner / page) requests; a single differing key costs about
    log2(landed / page) + 1. A partner that cannot be asked for parts of a day leaves the whole of it.
    """
    windows = entity.declaration.verify.windows if entity.declaration.verify else None
    size = _page_size(entity)
    if windows is None or size is None:
        return [whole]
    step = max(bound_step(windows.start), bound_step(windows.end))
    budget = ceil(whole.landed.count / size)
    order = count()
    # The largest part first: there a question saves most.
    waiting = [(-whole.partner.count, next(order), whole)]
    ready = []
    while waiting:
        _, _, current = heappop(waiting)
        cut = _cut(sides.spread(current.part), step) if current.partner.count > size and budget > 0 else None
        if cut is None:
            ready.append(current)
            continue
        budget -= 1
        for half in _halves(current, cut, sides):
            if not half.unexplained.is_nothing:
                heappush(waiting, (-half.partner.count, next(order), half))
    return ready


def _halves(current: ComparedPart, cut: datetime, sides: Sides) -> tuple[ComparedPart, ComparedPart]:
    earlier, later = replace(current.part, until=cut), replace(current.part, since=cut)
    half = ComparedPart(
        part=earlier, partner=sides.partner(earlier), landed=sides.landed(earlier), known=sides.known(earlier)
    )
    return half, current.without(half, later)


def _cut(spread: Spread, step: timedelta) -> datetime | None:
    """The moment, on a step that the partner can be asked with, with landed rows on both sides; None where none is."""
    if spread.first is None or spread.middle is None or spread.last is None:
        return None
    lowest, highest = floor_to(spread.first, step) + step, floor_to(spread.last, step)
    return None if lowest > highest else min(max(floor_to(spread.middle, step), lowest), highest)


def _page_size(entity: Entity) -> int | None:
    """The records of a page; None where the partner decides."""
    pages = entity.declaration.pages
    size: int | None = pages.limit if isinstance(pages, OffsetPages) else getattr(pages, "size", None)
    return size
