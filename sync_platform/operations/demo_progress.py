"""How far the demo's first sync is, read from our own tables: Dagster's runs do the work, the demo only watches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.freshness.landed import read_failed_rules
from sync_platform.landing.database import Connection, Database
from sync_platform.operations.demo_plan import Target

# Each known entity-day of the window.
_DAYS = """
select system, entity, business_day, state, rows, as_of, checks_passed, checks_failed, blocking_failed
from sync.entity_day where business_day between %(first)s and %(last)s
"""
# What the loads since the demo's start brought.
_LOADED = """
select coalesce(sum(read), 0)::bigint, count(*)::bigint, min(loaded_at) filter (where read > 0)
from sync.load where started_at >= %(since)s and outcome in ('published', 'empty')
"""
# The newest load of each entity-day of the window, where it failed.
_FAILURES = """
select system, entity, business_day, outcome, coalesce(error, outcome) from (
    select distinct on (system, entity, business_day) system, entity, business_day, outcome, error
    from sync.load where business_day between %(first)s and %(last)s
    order by system, entity, business_day, started_at desc
) newest
where outcome not in ('published', 'empty', 'not_obtainable', 'kept', 'future')
"""
# Compared pairs of the day that the state entities stand at.
_COMPARED = "select count(*) from sync.stock_comparison where business_day = %(today)s"
# Open dead letters of the window.
_LETTERS = """
select system, entity, business_day, count(*) from sync.dead_letter
where state = 'open' and business_day between %(first)s and %(last)s
group by system, entity, business_day
"""

DayId = tuple[str, str, date]


@dataclass(frozen=True)
class DayProgress:
    """One entity-day as far as it is."""

    state: str
    rows: int
    as_of: datetime | None
    checks_passed: int
    checks_failed: int
    blocking_failed: int


@dataclass(frozen=True)
class Progress:
    """A look at all targets. `read` and `loads` count since the demo's start; `failures` holds each one's reason."""

    targets: tuple[Target, ...]
    days: dict[DayId, DayProgress]
    failures: dict[DayId, str]
    letters: dict[DayId, int]
    failed_rules: dict[DayId, tuple[FailedRule, ...]]
    compared: int
    read: int
    loads: int
    first_rows_at: datetime | None

    def state_of(self, target: Target, day: date) -> str:
        """complete, partial, held, not_obtainable, failed (tried, nothing served) or pending."""
        at = (target.system, target.entity, day)
        known = self.days.get(at)
        if known is None:
            return "failed" if at in self.failures else "pending"
        return known.state

    @property
    def missing(self) -> tuple[DayId, ...]:
        """The entity-days that are not complete, today first within each entity."""
        return tuple(
            (target.system, target.entity, day)
            for target, day in self._all()
            if self.state_of(target, day) != "complete"
        )

    @property
    def failed(self) -> tuple[DayId, ...]:
        """The complete entity-days whose newest load failed: the last good version is served."""
        return tuple(
            at
            for target, day in self._all()
            if (at := (target.system, target.entity, day)) in self.failures and self.state_of(target, day) == "complete"
        )

    @property
    def complete_count(self) -> int:
        return sum(self.state_of(target, day) == "complete" for target, day in self._all())

    @property
    def day_count(self) -> int:
        return sum(len(target.days) for target in self.targets)

    @property
    def synced(self) -> bool:
        """Whether every target day is complete and the first comparison was made."""
        return not self.missing and self.compared > 0

    @property
    def stuck(self) -> bool:
        """Whether all that is missing is held back: the same data would be held again, so waiting does not help."""
        return bool(self.missing) and all(at in self.days and self.days[at].state == "held" for at in self.missing)

    @property
    def rows(self) -> int:
        """Rows served for the target days."""
        return sum(day.rows for at, day in self.days.items() if at in self._wanted())

    def of(self, target: Target) -> list[DayProgress]:
        """What is known of a target's days."""
        found = ((target.system, target.entity, day) for day in target.days)
        return [self.days[at] for at in found if at in self.days]

    def _all(self) -> Iterator[tuple[Target, date]]:
        return ((target, day) for target in self.targets for day in target.days)

    def _wanted(self) -> set[DayId]:
        return {(target.system, target.entity, day) for target, day in self._all()}


def read_progress(database: Database, targets: Sequence[Target], *, since: datetime) -> Progress:
    """One look. Raises LandingUnavailable when the database is away or not migrated."""
    with database.connect() as connection:
        return _read(connection, tuple(targets), since)


def _read(connection: Connection, targets: tuple[Target, ...], since: datetime) -> Progress:
    days = [day for target in targets for day in target.days]
    window = {"first": min(days), "last": max(days)}
    read, loads, first_rows_at = connection.execute(_LOADED, {"since": since}).fetchone() or (0, 0, None)
    today = max((target.days[0] for target in targets if target.is_state), default=window["last"])
    compared = connection.execute(_COMPARED, {"today": today}).fetchone() or (0,)
    return Progress(
        targets=targets,
        days={(row[0], row[1], row[2]): DayProgress(*row[3:]) for row in connection.execute(_DAYS, window)},
        failures={(row[0], row[1], row[2]): row[4] for row in connection.execute(_FAILURES, window)},
        letters={(row[0], row[1], row[2]): row[3] for row in connection.execute(_LETTERS, window)},
        failed_rules=read_failed_rules(connection, since=window["first"]),
        compared=int(compared[0]),
        read=int(read),
        loads=int(loads),
        first_rows_at=first_rows_at,
    )
