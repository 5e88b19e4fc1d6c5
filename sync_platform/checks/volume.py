"""Judges how many rows a day has: against the same weekday's, hour by hour and branch by branch, in one result.

Pure. The band is the median of the compared days, give or take; it is said in the result. Days on which a branch was
closed, and frozen days, are neither judged nor compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from math import sqrt
from statistics import fmean, median, pvariance

from sync_platform.checks import finding
from sync_platform.checks.compared_days import FEWEST_DAYS, learning
from sync_platform.checks.finding import Finding, days_in_words, result, untold
from sync_platform.checks.result import Expected, RuleResult
from sync_platform.checks.spread import usual
from sync_platform.contracts.contract import Contract, EntityKind
from sync_platform.contracts.day_profile import ALL_BRANCHES, DayVolume

# The same weekday of eight weeks; with fewer than four of them all days of a fortnight are alike.
OLDEST, MOST_DAYS = timedelta(days=56), 14
FEWEST_SAME_WEEKDAYS = 4
# How many deviations the band is wide on either side: of the whole, of one branch among hundreds, of one hour among 24
# (measured on the real data, docs/checks.md).
ALL_DEVIATIONS, BRANCH_DEVIATIONS, HOUR_DEVIATIONS = 4.0, 9.0, 7.0
# Days of a business differ by more than chance; and a state's rows, which are not sold by chance, hardly at all.
LEAST_SHARE, LEAST_STATE_SHARE = 0.05, 0.02
# A unit of which less is expected is too small to be missed.
FEWEST_EXPECTED = 10
# Of 12 receipts none comes once in 160,000 times, so none at all is told however wide the band is.
CERTAIN_RECEIPTS = 12.0
_MOST_BRANCHES = 3


def always_open(branch: str, day: date) -> bool:  # noqa: ARG001 - what has no calendar is never closed
    """The calendar of a business without one."""
    return True


@dataclass(frozen=True)
class Calendar:
    """When rows are to be expected. `is_open(branch, day)`; of ALL_BRANCHES whether any branch is. `frozen` days are
    not to be judged at all.
    """

    is_open: Callable[[str, date], bool] = always_open
    frozen: frozenset[date] = frozenset()

    def expects(self, branch: str, day: date) -> bool:
        return day not in self.frozen and self.is_open(branch, day)


@dataclass(frozen=True)
class Known:
    """Which hours of today are known in full, by the wall clock: those that were over when it was looked at.

    `by_branch` where branches report one by one; `hours` of the others. None means the whole day.
    """

    hours: frozenset[int] | None = None
    by_branch: Mapping[str, frozenset[int] | None] = field(default_factory=dict)

    def of(self, branch: str) -> frozenset[int] | None:
        return self.by_branch.get(branch, self.hours)

    @property
    def late_branches(self) -> frozenset[str]:
        """Branches of which less is known than of the day: they are left out of the whole, not waited for."""
        return frozenset(name for name, hours in self.by_branch.items() if hours != self.hours)


@dataclass(frozen=True)
class Band:
    """How many rows are expected: the median, and how few and how many are not told yet."""

    middle: float
    low: float
    high: float

    @property
    def expected(self) -> Expected:
        """In whole rows."""
        return Expected(low=max(0, round(self.low)), high=round(self.high))

    @property
    def words(self) -> str:
        return f"{self.expected.low:,}-{self.expected.high:,}"


def judge_volume(
    contract: Contract,
    today: DayVolume,
    history: Iterable[DayVolume],
    *,
    known: Known | None = None,
    calendar: Calendar | None = None,
) -> RuleResult | None:
    """Whether the day has as many rows as it should, as far as it is known. None where the contract turned it off."""
    known, calendar = known or Known(), calendar or Calendar()
    if not calendar.expects(ALL_BRANCHES, today.day):
        why = "frozen" if today.day in calendar.frozen else "closed"
        return untold(finding.VOLUME, contract, f"{why} on {today.day}: none are expected, {today.total.rows:,} came")
    days, needed = compared_days(today.day, history, calendar=calendar)
    if len(days) < needed:
        return untold(finding.VOLUME, contract, learning(len(days), needed=needed))
    if known.hours is not None and contract.kind is not EntityKind.STATE:
        if not today.total.by_hour:
            return untold(finding.VOLUME, contract, "the day is not over, and its records do not say their hour")
        if not known.hours:
            return untold(finding.VOLUME, contract, "no hour of the day is over yet")
    judged = _Judged(contract, today, days, known=known, calendar=calendar)
    found = [*judged.whole(), *judged.branches(), *judged.hours()]
    compared = days_in_words([day.day for day in days])
    rows = judged.count(today, ALL_BRANCHES)
    told = result(finding.VOLUME, contract, found, fine=f"{rows:,} rows, expected {judged.band.words} by {compared}")
    return told and replace(told, element_count=rows, expected=judged.band.expected)


def compared_days(day: date, history: Iterable[DayVolume], *, calendar: Calendar) -> tuple[list[DayVolume], int]:
    """The days that `day` is compared with, oldest first, and how many there should at least be."""
    near = sorted(
        (
            other
            for other in history
            if other.day != day and abs(other.day - day) <= OLDEST and calendar.expects(ALL_BRANCHES, other.day)
        ),
        # Days before first, then nearest: an old day that is loaded last has only later ones.
        key=lambda other: (other.day > day, abs(other.day - day)),
    )
    same = [other for other in near if other.day.weekday() == day.weekday()]
    if len(same) >= FEWEST_SAME_WEEKDAYS:
        return sorted(same[:MOST_DAYS], key=lambda other: other.day), FEWEST_SAME_WEEKDAYS
    return sorted(near[:MOST_DAYS], key=lambda other: other.day), FEWEST_DAYS


class _Judged:
    """One day against its compared days."""

    def __init__(
        self, contract: Contract, today: DayVolume, days: Sequence[DayVolume], *, known: Known, calendar: Calendar
    ) -> None:
        self._contract, self._today, self._days = contract, today, days
        self._known, self._calendar = known, calendar
        self._least = LEAST_STATE_SHARE if contract.kind is EntityKind.STATE else LEAST_SHARE
        self.band = self._band([self.count(day, ALL_BRANCHES) for day in days], times=ALL_DEVIATIONS)

    def count(self, day: DayVolume, branch: str) -> int:
        """Rows of a branch in the hours that are known of today."""
        found, hours = day.branches.get(branch), self._known.of(branch)
        if found is None:
            return 0
        late = self._known.late_branches if branch == ALL_BRANCHES else frozenset()
        if not found.by_hour or (hours is None and not late):
            return found.rows
        return sum(_in_hour(day, branch, hour, besides=late) for hour in (range(24) if hours is None else hours))

    def whole(self) -> list[Finding]:
        rows = self.count(self._today, ALL_BRANCHES)
        return _outside("rows", rows, self.band, days=self._days, worth=2.0)

    def branches(self) -> list[Finding]:
        """The worst branches, told as one."""
        names = {name for day in self._days for name in day.branches} - {ALL_BRANCHES}
        counts = {
            name: [self.count(day, name) for day in self._days if self._calendar.expects(name, day.day)]
            for name in names
            if self._calendar.expects(name, self._today.day) and self._known.of(name) != frozenset()
        }
        clumps = clumping(counts.values())
        found = []
        for name, figures in counts.items():
            if len(figures) < FEWEST_SAME_WEEKDAYS:
                continue
            band = self._band(figures, times=BRANCH_DEVIATIONS, clumps=clumps)
            rows = self.count(self._today, name)
            if band.middle >= FEWEST_EXPECTED:
                found += _outside(f"branch {name}", rows, band, days=self._days)
        found.sort(key=lambda one: -one.worth)
        if len(found) <= _MOST_BRANCHES:
            return found
        more, last = len(found) - _MOST_BRANCHES, found[_MOST_BRANCHES - 1]
        return [*found[: _MOST_BRANCHES - 1], replace(last, now=f"{last.now} (and {more} more branches)")]

    def hours(self) -> list[Finding]:
        """Hours of all branches together. What is wrong with the whole day is told of the whole day alone."""
        if not self._today.total.by_hour or self.whole():
            return []
        late, known = self._known.late_branches, self._known.hours
        counts = {
            hour: [_in_hour(day, ALL_BRANCHES, hour, besides=late) for day in self._days]
            for hour in (range(24) if known is None else sorted(known))
        }
        clumps = clumping(counts.values())
        found = []
        for hour, figures in counts.items():
            band = self._band(figures, times=HOUR_DEVIATIONS, clumps=clumps)
            if band.middle >= FEWEST_EXPECTED:
                rows = _in_hour(self._today, ALL_BRANCHES, hour, besides=late)
                found += _outside(f"{hour:02d}:00-{hour:02d}:59", rows, band, days=self._days)
        return found

    def _band(self, figures: Sequence[int], *, times: float, clumps: float | None = None) -> Band:
        middle, deviation = usual(figures)
        clumps = clumping([figures]) if clumps is None else clumps
        far = times * max(deviation, sqrt(clumps * (middle + 1)), self._least * middle)
        least = 1.0 if middle / clumps >= CERTAIN_RECEIPTS else 0.0
        return Band(middle=middle, low=max(middle - far, least), high=middle + far)


def clumping(figures: Iterable[Sequence[int]]) -> float:
    """How much more counts vary than independent rows would: variance over mean, of a middling series; at least 1.

    Rows come in receipts: ten lines at once vary ten times as much as ten lines on their own (quasi-Poisson).
    """
    ratios = [pvariance(each) / fmean(each) for each in figures if len(each) > 1 and fmean(each) >= 1]
    return max(1.0, median(ratios)) if ratios else 1.0


def _in_hour(day: DayVolume, branch: str, hour: int, *, besides: frozenset[str]) -> int:
    """Rows of a branch, or of all branches but some, in one hour."""

    def rows(name: str) -> int:
        found = day.branches.get(name)
        return found.by_hour[hour] if found is not None and found.by_hour else 0

    return rows(branch) - sum(rows(name) for name in besides)


def _outside(
    subject: str, rows: int, band: Band, *, days: Sequence[DayVolume], worth: float | None = None
) -> list[Finding]:
    if band.low <= rows <= band.high:
        return []
    far = abs(rows - band.middle) / max(band.middle, 1.0)
    return [
        Finding(
            subject=subject,
            now=f"got {rows:,}",
            before=f"expected {band.words} by {days_in_words([day.day for day in days])}",
            worth=worth if worth is not None else min(far, 1.9),
        )
    ]
