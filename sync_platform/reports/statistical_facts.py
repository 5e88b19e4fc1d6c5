"""What the checks found that hold a day against other days: drift and volume, with what was before and what is now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: a field, a branch, an hour; `now` and `before` are words."""

    what: str
    now: str
    before: str


@dataclass(frozen=True)
class StatisticalFailure:
    """A drift or volume check that failed: `observed` tells its worst changes in words, `changes` up to five."""

    system: str
    entity: str
    day: date
    rule: str
    severity: str
    observed: str
    changes: tuple[Change, ...] = ()

    @property
    def address(self) -> str:
        return f"{self.system}/{self.entity}"


@dataclass(frozen=True)
class Share:
    """The share of rows that fall into a category, from 0 to 1: on average on the days before, and on the day."""

    category: str
    before: float
    now: float


@dataclass(frozen=True)
class DriftShape:
    """How a field that drifted was spread before and is now: the categories that moved most, in their own order."""

    address: str
    field: str
    day: date
    days_before: int
    shares: tuple[Share, ...]

    @property
    def title(self) -> str:
        return f"{self.address} {self.field}, {self.day:%d %b}"


@dataclass(frozen=True)
class VolumeDay:
    """The rows of a day, and how few and how many were expected; without a band nothing could be expected yet."""

    day: date
    rows: int
    low: int | None = None
    high: int | None = None
    failed: bool = False


@dataclass(frozen=True)
class VolumeSeries:
    """An entity's volumes by day, oldest first."""

    address: str
    days: tuple[VolumeDay, ...]

    @property
    def failed(self) -> int:
        """Days out of their band, as a whole, in a branch or in an hour."""
        return sum(day.failed for day in self.days)


@dataclass(frozen=True)
class Ran:
    """How many checks of a kind ran in the shown days: how many failed, and how many only learn yet."""

    checks: int
    failed: int
    learning: int
    newest_at: datetime


@dataclass(frozen=True)
class Drift:
    """`ran` is None where no drift check has run."""

    ran: Ran | None = None
    failures: tuple[StatisticalFailure, ...] = ()
    shapes: tuple[DriftShape, ...] = ()


@dataclass(frozen=True)
class Volume:
    """`ran` is None where no volume check has run."""

    ran: Ran | None = None
    failures: tuple[StatisticalFailure, ...] = ()
    series: tuple[VolumeSeries, ...] = ()
