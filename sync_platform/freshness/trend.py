"""How old an entity's data was over the last day, as a small line that a template draws, with its words.

Drawn by hand: a chart library takes tens of milliseconds for each, and a page may have sixty of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sync_platform.freshness.moment import write_age, write_moment

SPAN = timedelta(hours=24)
WIDTH, HEIGHT = 240, 40
# Of fewer there is no line to see yet.
FEWEST_AGES = 3
# Samples come every five minutes; where none came for so long, nobody looked, and the line is broken.
_GAP = timedelta(minutes=16)


@dataclass(frozen=True)
class Age:
    """How old the data was at one moment, in seconds."""

    at: datetime
    seconds: float


@dataclass(frozen=True)
class Trend:
    """The ages of the last 24 hours, oldest first, and the age that is promised, in seconds or None."""

    ages: tuple[Age, ...]
    promised: float | None
    now: datetime

    @property
    def highest(self) -> Age:
        return max(self.ages, key=lambda age: age.seconds)

    @property
    def lines(self) -> tuple[str, ...]:
        """The points of each unbroken stretch, as SVG writes them."""
        stretches: list[list[Age]] = []
        for age in self.ages:
            if not stretches or age.at - stretches[-1][-1].at > _GAP:
                stretches.append([])
            stretches[-1].append(age)
        return tuple(self._points(stretch) for stretch in stretches)

    @property
    def promised_at(self) -> float | None:
        """Where the promised age lies, from the top; None where nothing is promised or all is far below it."""
        return None if self.promised is None or self.promised > self._top else self._y(self.promised)

    def words(self, zone: tzinfo) -> str:
        """What the line shows, for whoever does not see it."""
        newest, highest = self.ages[-1], self.highest
        return (
            f"Age of the data, last 24 hours: {write_age(timedelta(seconds=newest.seconds))} at the end, at most "
            f"{write_age(timedelta(seconds=highest.seconds))} at {write_moment(highest.at, zone)}"
        )

    @property
    def _top(self) -> float:
        return max(self.highest.seconds, 60.0) * 1.05

    def _points(self, stretch: Sequence[Age]) -> str:
        points = [(self._x(age.at), self._y(age.seconds)) for age in stretch]
        if len(points) == 1:
            # A line of one point is invisible.
            points.append((points[0][0] + 1, points[0][1]))
        return " ".join(f"{x:.0f},{y:.1f}" for x, y in points)

    def _x(self, at: datetime) -> float:
        return WIDTH * (1 - (self.now - at) / SPAN)

    def _y(self, seconds: float) -> float:
        return HEIGHT * (1 - seconds / self._top)
