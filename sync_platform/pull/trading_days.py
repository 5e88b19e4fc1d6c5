"""On which days rows are to be expected: when branches trade, and not while a freeze window keeps them from coming."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from sync_platform.checks.volume import Calendar, always_open
from sync_platform.contracts.day_profile import ALL_BRANCHES
from sync_platform.declarations.partner_system import Entity


def trading_days(entity: Entity) -> Calendar:
    """The calendar that an entity's system declares: its trading hours and freeze windows."""
    frozen = frozenset(_frozen_days(entity))
    hours = entity.hours
    if hours is None:
        return Calendar(is_open=always_open, frozen=frozen)

    def is_open(branch: str, day: date) -> bool:
        known = [hours.of(branch)] if branch != ALL_BRANCHES else [hours.usual, *hours.branches.values()]
        return any(one.why_closed(day) is None for one in known)

    return Calendar(is_open=is_open, frozen=frozen)


def _frozen_days(entity: Entity) -> Iterator[date]:
    for freeze in entity.freezes:
        day, last = entity.calendar.day_of(freeze.starts_at), entity.calendar.day_of(freeze.ends_at)
        while day <= last:
            yield day
            day += timedelta(days=1)
