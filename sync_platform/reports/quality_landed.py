"""Reads the quality report's facts: one snapshot, a handful of queries, whatever the number of entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.freshness.landed import read_snapshot
from sync_platform.landing.database import Connection, Database
from sync_platform.redact import excerpt
from sync_platform.reports.quality_facts import (
    DayQuality,
    DuplicateRate,
    Duplicates,
    EntityQuality,
    FailedRule,
    QualityFacts,
    RejectedReason,
    WeekQuality,
)
from sync_platform.reports.query import query
from sync_platform.reports.statistical_landed import DRIFT, VOLUME, read_drift, read_volume

# Five weeks are read day by day; further back a person looks for a pattern, and 400 columns would show none.
DAYS, HISTORY_DAYS = 35, 400
MOST_RULES, MOST_REASONS = 20, 20

_EntityId = tuple[str, str]
_Part = TypeVar("_Part")


def collect_quality(database: Database, systems: Iterable[PartnerSystem], *, now: datetime) -> QualityFacts:
    """How good every declared entity's data is at `now` (UTC). Raises LandingUnavailable, also without the views."""
    chosen = tuple(systems)
    last = max((system.declaration.calendar.day_of(now) for system in chosen), default=now.date())
    first = last - timedelta(days=DAYS - 1)
    since = {"since": first}
    with database.connect() as connection, read_snapshot(connection):
        days = _by_entity(connection, "quality_days", since, DayQuality)
        weeks = _by_entity(
            connection, "quality_weeks", {"first": last - timedelta(days=HISTORY_DAYS), "before": first}, WeekQuality
        )
        rules = connection.execute(
            query("failed_rules"), {**since, "statistical": [*DRIFT, *VOLUME], "most": MOST_RULES}
        ).fetchall()
        reasons = connection.execute(query("rejected_reasons"), {"most": MOST_REASONS}).fetchall()
        (letters,) = _one(connection, "select count(*) from sync.dead_letter where state = 'open'")
        drift, volume = read_drift(connection, since=first), read_volume(connection, since=first)
        duplicates = _read_duplicates(connection)
    return QualityFacts(
        now=now,
        first_day=first,
        last_day=last,
        entities=tuple(_entity(entity, days, weeks) for system in chosen for entity in system.entities),
        rules=tuple(replace(rule, observed=excerpt(rule.observed)) for rule in (FailedRule(*row) for row in rules)),
        reasons=tuple(RejectedReason(*row) for row in reasons),
        dead_letters=letters,
        drift=drift,
        volume=volume,
        duplicates=duplicates,
    )


def _by_entity(
    connection: Connection, name: str, given: Mapping[str, Any], part: Callable[..., _Part]
) -> dict[_EntityId, list[_Part]]:
    """The query's rows as parts of their entity, in its order."""
    found: dict[_EntityId, list[_Part]] = {}
    for system, entity, *row in connection.execute(query(name), given):
        found.setdefault((system, entity), []).append(part(*row))
    return found


def _entity(
    entity: Entity, days: Mapping[_EntityId, list[DayQuality]], weeks: Mapping[_EntityId, list[WeekQuality]]
) -> EntityQuality:
    at = (entity.system, entity.name)
    return EntityQuality(
        system=entity.system,
        entity=entity.name,
        title=entity.contract.title,
        owner=entity.contract.owner.name,
        rules=len(entity.contract.rules),
        days=tuple(days.get(at, ())),
        weeks=tuple(weeks.get(at, ())),
    )


def _read_duplicates(connection: Connection) -> Duplicates:
    rates = tuple(DuplicateRate(*row) for row in connection.execute(query("duplicates")))
    waiting = connection.execute(query("duplicate_queue")).fetchall()
    missing = None if rates else "no comparison of customers or products has run yet."
    return Duplicates(rates=rates, waiting=tuple((kind, count) for kind, count in waiting), missing=missing)


def _one(connection: Connection, statement: Any) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    if row is None:
        raise LookupError("a count has no row")
    return tuple(row)
