"""What the KPI report says: each KPI's definition, its days, and what is missing where it is not measured yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class KpiDay:
    """The figures of all systems together on one UTC day, as `report.kpi` has them; None where nothing was measured."""

    day: date
    is_final: bool
    measured_at: datetime
    latency_median_seconds: float | None
    latency_p95_seconds: float | None
    changes: int
    changes_waiting: int
    events: int | None
    failed_events: int | None
    loads: int
    failed_loads: int
    records: int
    rejected_records: int
    records_per_hour: float

    @property
    def failed_percent(self) -> float | None:
        """Failed ones of 100 sync events."""
        return 100 * (self.failed_events or 0) / self.events if self.events else None

    @property
    def rejected_percent(self) -> float | None:
        """Rejected ones of 100 records read."""
        return 100 * self.rejected_records / self.records if self.records else None


@dataclass(frozen=True)
class EntityKpis:
    """One entity over the newest days; latencies are those of its worst day. `entity` is None for a whole system."""

    system: str
    entity: str | None
    changes: int
    latency_median_seconds: float | None
    latency_p95_seconds: float | None
    events: int | None
    failed_events: int | None
    records: int
    rejected_records: int

    @property
    def address(self) -> str:
        return f"{self.system}/{self.entity}" if self.entity else f"{self.system}, as a whole"


@dataclass(frozen=True)
class Definition:
    """One of the six KPIs: what it means and how it is counted; `missing` says why it is not measured yet."""

    name: str
    title: str
    question: str
    words: str
    missing: str | None = None


LATENCY = Definition(
    "freshness_latency",
    "Data freshness latency",
    "How long after a change at the partner is it here?",
    "Seconds from the partner's change to its commit in our database, over the day's changes: the middle one (median), "
    "and the one that 95 of 100 do not exceed. The change's time is the record's version where the partner stamps a "
    "time on it, else the moment as of which the partner told it. Taken from the change log, not from loads, because "
    "it holds the wait for the next poll too. Whole reads of past days say nothing about it and are left out.",
)
FAILED = Definition(
    "failed_sync_events",
    "Failed sync events",
    "Of 100 attempts to bring an entity up to date, how many fail?",
    "A sync event is a load of a whole day, or a poll for changes with all its requests. It failed when the load has "
    "an error kind (unreachable, throttled, refused, misbehaved, held), or the poll's last request failed; what a "
    "retry mended did not fail. Loads alone would show no failure while a partner that was up to date is down.",
)
DUPLICATES = Definition(
    "duplicate_entity_rate",
    "Duplicate entity rate",
    "Of 100 customers or products, how many are known twice?",
    "Records that a comparison takes for a copy of another one of their own system, of 100 records; that two systems "
    "know one customer is as it should be. Nothing is merged by itself.",
)
RECONCILIATION = Definition(
    "reconciliation_time",
    "Mean reconciliation time",
    "How long do two systems disagree before they agree again?",
    "Hours from the first comparison that finds a difference to the first that finds none, on average over the "
    "differences settled on the day.",
    missing="a comparison keeps only its last result of each business day (sync.stock_comparison), so nothing says "
    "since when a difference is there. It can be counted once differences are kept with their first and last "
    "appearance.",
)
ALERTS = Definition(
    "alert_mtta",
    "Alert MTTA",
    "How long until a person acknowledges an alert?",
    "Minutes from an alert to its acknowledgement, on average over the alerts of the day.",
    missing="the platform sends no alerts yet, so there is nothing to acknowledge.",
)
THROUGHPUT = Definition(
    "throughput",
    "Throughput against error rate",
    "Do errors grow with the load?",
    "Records that loads read per hour of the UTC day, unchanged ones too, held against the records rejected of 100 "
    "read, and against the failed ones of 100 sync events.",
)


@dataclass(frozen=True)
class DuplicateRate:
    """The duplicate rate of one kind of entity as of a moment, of 100 records."""

    kind: str
    day: date
    percent: float


@dataclass(frozen=True)
class KpiFacts:
    """Everything the page says. `now` is when it was read (UTC); days are oldest first, the last may still run."""

    now: datetime
    days: tuple[KpiDay, ...]
    entities: tuple[EntityKpis, ...]
    entity_days: int
    duplicates: tuple[DuplicateRate, ...]
    duplicates_missing: str | None

    @property
    def last_whole(self) -> KpiDay | None:
        """The newest day that is over."""
        return next((day for day in reversed(self.days) if day.day < self.now.date()), None)

    @property
    def running(self) -> KpiDay | None:
        """Today so far."""
        return self.days[-1] if self.days and self.days[-1].day == self.now.date() else None

    def before(self, most: int = 28) -> tuple[KpiDay, ...]:
        """The last whole days, as many as there are up to `most`."""
        return tuple(day for day in self.days if day.day < self.now.date())[-most:]


def percent_of(days: Sequence[KpiDay], part: str, whole: str) -> float | None:
    """Sum of one figure of 100 of another over the days; days that did not measure it are left out."""
    known = [day for day in days if getattr(day, whole) is not None and getattr(day, part) is not None]
    total = sum(getattr(day, whole) for day in known)
    return 100 * sum(getattr(day, part) for day in known) / total if total else None
