"""Trading hours as `defs.yaml` declares them: by weekday, with holidays, and apart for branches that differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from sync_platform.contracts.trading_hours import Opening, TradingCalendar, TradingHours, known_place
from sync_platform.declarations.model import Declared

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = r"([01]?\d|2[0-4]):([0-5]\d)"
_STRETCH = re.compile(rf"{_CLOCK}-{_CLOCK}")


class BranchTradingHours(Declared):
    """What differs for one branch; what is left out is as for the others."""

    week: dict[str, str] | None = None
    holidays: str | None = None
    closed: tuple[date, ...] | None = None
    open: tuple[date, ...] | None = None

    @model_validator(mode="after")
    def _readable(self) -> BranchTradingHours:
        if self.week is not None:
            read_week(self.week)
        if self.holidays is not None and not known_place(self.holidays):
            raise ValueError(f"no holidays are known for {self.holidays!r}; write a country like LK or US-NY")
        return self


class TradingHoursDeclaration(BranchTradingHours):
    """`week` maps weekdays to hours (`mon-sat: "08:00-22:00"`); a weekday that is not named is closed."""

    week: dict[str, str]
    closed: tuple[date, ...] = ()
    open: tuple[date, ...] = ()
    branches: dict[str, BranchTradingHours] = Field(default_factory=dict)

    def calendar(self, zone: ZoneInfo) -> TradingCalendar:
        """The hours of each branch, in the partner's zone."""
        return TradingCalendar(
            usual=self._hours(BranchTradingHours(), zone),
            branches={branch: self._hours(own, zone) for branch, own in self.branches.items()},
        )

    def _hours(self, own: BranchTradingHours, zone: ZoneInfo) -> TradingHours:
        return TradingHours(
            zone=zone,
            week=read_week(self.week if own.week is None else own.week),
            holidays=own.holidays or self.holidays,
            closed_days=frozenset(self.closed if own.closed is None else own.closed),
            open_days=frozenset(self.open if own.open is None else own.open),
        )


def read_week(written: dict[str, str]) -> tuple[tuple[Opening, ...], ...]:
    """The openings of each weekday, Monday first. Raises ValueError that says how to write them."""
    week: dict[int, tuple[Opening, ...]] = {}
    for days, hours in written.items():
        for day in _days(days):
            if day in week:
                raise ValueError(f"week names {_DAYS[day]} twice")
            week[day] = tuple(_openings(days, hours))
    return tuple(week.get(day, ()) for day in range(7))


def _days(written: str) -> Iterator[int]:
    """`mon`, `mon-sat`, `fri-sun` or `daily` as weekday numbers; `sat-mon` goes over the week's end."""
    if written == "daily":
        yield from range(7)
        return
    first, dash, last = written.partition("-")
    if first not in _DAYS or (dash and last not in _DAYS):
        raise ValueError(f"week names {written!r}; write daily, a weekday like mon, or a stretch of them like mon-sat")
    start, end = _DAYS.index(first), _DAYS.index(last) if dash else _DAYS.index(first)
    yield from (day % 7 for day in range(start, end + 1 if end >= start else end + 8))


def _openings(days: str, hours: str) -> Iterator[Opening]:
    """`08:00-13:00, 14:00-18:00`; `18:00-02:00` ends on the day after, `closed` is none."""
    if hours == "closed":
        return
    until = 0
    for stretch in hours.split(","):
        match = _STRETCH.fullmatch(stretch.strip())
        if match is None:
            raise ValueError(f'week.{days} is {hours!r}; write "08:00-22:00", "09:00-13:00, 14:00-18:00" or "closed"')
        opens, closes = (int(match[at]) * 60 + int(match[at + 1]) for at in (1, 3))
        closes += 1440 if closes <= opens else 0
        if opens >= 1440 or opens < until or closes > 2 * 1440:
            raise ValueError(f"week.{days} is {hours!r}; its stretches begin before midnight and follow one another")
        until = closes
        yield Opening(opens=opens, closes=closes)
