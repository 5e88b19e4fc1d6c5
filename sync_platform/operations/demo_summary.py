"""The demo's figures when it is through: per entity days, rows, dead letters, as_of and checks; what is missing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.operations.demo_plan import LeftOut, Target
from sync_platform.operations.demo_progress import DayId, Progress


@dataclass(frozen=True)
class EntitySummary:
    """One entity over the demo's days. `as_of` is that of its newest complete day; a rule failed once per day."""

    system: str
    entity: str
    days: int
    days_wanted: int
    rows: int
    dead_letters: int
    as_of: datetime | None
    checks_passed: int
    checks_failed: int
    blocking_failed: int
    failed_rules: tuple[FailedRule, ...]


@dataclass(frozen=True)
class UnsettledDay:
    """An entity-day that is not complete or whose newest load failed, and why as far as is known."""

    system: str
    entity: str
    day: str
    state: str
    reason: str


@dataclass(frozen=True)
class DemoSummary:
    """`changed` says whether anything was loaded; `seconds` counts from the demo's start to the last day.

    `missing` days are not complete; of the `failed` ones the last good version is served, but the newest load failed.
    Systems `left_out` count for nothing else here.
    """

    entities: tuple[EntitySummary, ...]
    missing: tuple[UnsettledDay, ...]
    failed: tuple[UnsettledDay, ...]
    left_out: tuple[LeftOut, ...]
    seconds: float
    seconds_to_first_rows: float | None
    changed: bool
    already_complete_days: int
    compared: int
    timed_out: bool

    @property
    def ok(self) -> bool:
        """Whether every load and every blocking check passed."""
        blocked = any(entity.blocking_failed for entity in self.entities)
        return not self.missing and not self.failed and not blocked and self.compared > 0 and not self.timed_out


def summarise(
    progress: Progress,
    *,
    left_out: tuple[LeftOut, ...],
    started_at: datetime,
    ended_at: datetime,
    already_complete: int,
    timed_out: bool,
) -> DemoSummary:
    """The summary of a last look."""
    first = progress.first_rows_at
    return DemoSummary(
        entities=tuple(_entity(progress, target) for target in progress.targets),
        missing=tuple(_unsettled(progress, at) for at in progress.missing),
        failed=tuple(_unsettled(progress, at) for at in progress.failed),
        left_out=left_out,
        seconds=(ended_at - started_at).total_seconds(),
        seconds_to_first_rows=(first - started_at).total_seconds() if first else None,
        changed=progress.loads > 0,
        already_complete_days=already_complete,
        compared=progress.compared,
        timed_out=timed_out,
    )


def _entity(progress: Progress, target: Target) -> EntitySummary:
    days = progress.of(target)
    complete = [day for day in days if day.state == "complete"]
    return EntitySummary(
        system=target.system,
        entity=target.entity,
        days=len(complete),
        days_wanted=len(target.days),
        rows=sum(day.rows for day in days),
        dead_letters=sum(progress.letters.get((target.system, target.entity, day), 0) for day in target.days),
        as_of=complete[0].as_of if complete else None,
        checks_passed=sum(day.checks_passed for day in days),
        checks_failed=sum(day.checks_failed for day in days),
        blocking_failed=sum(day.blocking_failed for day in days),
        failed_rules=tuple(
            rule for day in target.days for rule in progress.failed_rules.get((target.system, target.entity, day), ())
        ),
    )


def _unsettled(progress: Progress, at: DayId) -> UnsettledDay:
    system, entity, day = at
    target = next(target for target in progress.targets if (target.system, target.entity) == (system, entity))
    state = progress.state_of(target, day)
    reason = progress.failures.get(at, "not tried yet" if state == "pending" else "")
    return UnsettledDay(system=system, entity=entity, day=day.isoformat(), state=state, reason=reason)
