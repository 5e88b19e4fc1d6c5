"""What the quality report says: plain facts about checks, rejected records, drift, volume and duplicates."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sync_platform.freshness.moment import Sentence
from sync_platform.reports.statistical_facts import Drift, Volume

FEWEST_DAYS = 14


@dataclass(frozen=True)
class DayQuality:
    """One entity's day: `state` is one of `quality_state.STATES`; `failed` counts rules, blocking ones included."""

    day: date
    state: str
    passed: int = 0
    failed: int = 0
    blocking: int = 0
    rows: int = 0
    dead_letters: int = 0


@dataclass(frozen=True)
class WeekQuality:
    """One entity's week, Monday first: how many of its known `days` were in which state."""

    week: date
    days: int
    blocked: int = 0
    warned: int = 0
    passed: int = 0
    unchecked: int = 0

    @property
    def state(self) -> str:
        """The worst state of its days."""
        for name in ("blocked", "warned", "unchecked", "passed"):
            if getattr(self, name):
                return name
        return "not_obtainable"

    @property
    def failing(self) -> int:
        """Days on which a check failed."""
        return self.blocked + self.warned


@dataclass(frozen=True)
class EntityQuality:
    """One entity: its newest days one by one and the weeks before them, both oldest first and without gaps filled."""

    system: str
    entity: str
    title: str
    owner: str
    rules: int
    days: tuple[DayQuality, ...] = ()
    weeks: tuple[WeekQuality, ...] = ()

    @property
    def address(self) -> str:
        """`system/entity`, as people type it."""
        return f"{self.system}/{self.entity}"


@dataclass(frozen=True)
class FailedRule:
    """A rule that failed on `days` of the shown days. Counts of rows are None where it does not count rows."""

    system: str
    entity: str
    rule: str
    blocking: bool
    days: int
    last_day: date
    unexpected: int | None
    elements: int | None
    observed: str

    @property
    def address(self) -> str:
        return f"{self.system}/{self.entity}"


@dataclass(frozen=True)
class RejectedReason:
    """Open dead letters of all days with one reason in one field; times are UTC."""

    system: str
    entity: str
    reason: str
    field: str
    records: int
    first_at: datetime
    last_at: datetime

    @property
    def address(self) -> str:
        return f"{self.system}/{self.entity}"


@dataclass(frozen=True)
class DuplicateRate:
    """Which share of a kind's records is one too many, in one system or in all of them; as of the last measure."""

    kind: str
    system: str
    day: date
    records: int
    surplus: int
    confirmed: int
    rate: float | None
    measured_at: datetime


@dataclass(frozen=True)
class Duplicates:
    """The newest duplicate rates, and how many proposals wait by kind; `missing` says what is lacking for them."""

    rates: tuple[DuplicateRate, ...] = ()
    waiting: tuple[tuple[str, int], ...] = ()
    missing: str | None = None


@dataclass(frozen=True)
class QualityFacts:
    """Everything the page says. `now` is when it was read (UTC); days run to `last_day`, the newest business day."""

    now: datetime
    first_day: date
    last_day: date
    entities: tuple[EntityQuality, ...]
    rules: tuple[FailedRule, ...]
    reasons: tuple[RejectedReason, ...]
    dead_letters: int
    drift: Drift
    volume: Volume
    duplicates: Duplicates

    @property
    def days(self) -> tuple[date, ...]:
        """The days shown one by one, oldest first; where less is known than could be shown, at least a fortnight."""
        known = [day.day for entity in self.entities for day in entity.days]
        latest = self.last_day - timedelta(days=FEWEST_DAYS - 1)
        first = max(self.first_day, min([latest, *known]))
        return tuple(first + timedelta(days=n) for n in range((self.last_day - first).days + 1))

    @property
    def weeks(self) -> tuple[date, ...]:
        """The weeks shown before them, from the first that any entity has; oldest first, none left out."""
        known = [week.week for entity in self.entities for week in entity.weeks]
        if not known:
            return ()
        first = min(known)
        return tuple(first + timedelta(weeks=n) for n in range((max(known) - first).days // 7 + 1))

    @property
    def states(self) -> Counter[str]:
        """How many entity-days of the days shown one by one are in which state."""
        return Counter(day.state for entity in self.entities for day in entity.days)

    @property
    def headline(self) -> Sentence:
        """How good the data is, in one sentence."""
        states = self.states
        checked = states["blocked"] + states["warned"] + states["passed"]
        if not checked:
            return ("No day was checked yet.",)
        words = [f"{states['passed']:,} of {checked:,} checked days passed all their rules"]
        if states["blocked"]:
            words.append(f"{states['blocked']:,} {'is' if states['blocked'] == 1 else 'are'} held back")
        if self.dead_letters:
            noun = "rejected record waits" if self.dead_letters == 1 else "rejected records wait"
            words.append(f"{self.dead_letters:,} {noun}")
        return ("; ".join(words) + ".",)
