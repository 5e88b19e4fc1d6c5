"""Reads the report's facts from the database: one snapshot, a handful of queries, whatever the number of entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

import psycopg

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.freshness.advice import advise
from sync_platform.freshness.facts import (
    Asked,
    DayFacts,
    DeadLetterReason,
    EntityFacts,
    Failure,
    FreshnessFacts,
    StockDifference,
    StockFacts,
    SystemFacts,
)
from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.freshness.owed import EntityOwed, read_owed
from sync_platform.freshness.promise import judge, terms_of
from sync_platform.freshness.query import query
from sync_platform.freshness.trend import FEWEST_AGES, SPAN, Age, Trend
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.days import BranchClock
from sync_platform.landing.files import RefusedFile, read_refused
from sync_platform.landing.verifications import VerifiedThrough, read_through
from sync_platform.redact import excerpt

STRIP_DAYS = 14
LARGEST_DIFFERENCES = 20
TOP_REASONS = 5
# Polls come every few seconds; what was asked longer ago than this counts as nobody asking.
_ASKED_WITHIN = timedelta(hours=1)

_EntityId = tuple[str, str]
_DayId = tuple[str, str, date]


@dataclass(frozen=True)
class _Day:
    """One row of the days query."""

    state: str
    rows: int
    as_of: datetime | None
    limited_by: str | None
    looked_at: datetime | None
    loaded_at: datetime | None
    complete_at: datetime | None
    read_began_at: datetime | None
    checks_passed: int
    checks_failed: int
    blocking_failed: int
    open_dead_letters: int
    last_failure_kind: str | None
    last_failure: str | None
    last_failure_at: datetime | None


@dataclass(frozen=True)
class _Landed:
    """Everything that was read, by entity or day."""

    days: Mapping[_DayId, _Day]
    branches: Mapping[_DayId, tuple[BranchClock, ...]]
    reasons: Mapping[_EntityId, tuple[DeadLetterReason, ...]]
    asked: Mapping[tuple[str, str | None], Asked]
    failed_rules: Mapping[_DayId, tuple[FailedRule, ...]]
    ages: Mapping[_EntityId, tuple[Age, ...]]
    owed: Mapping[_EntityId, EntityOwed]
    verified: Mapping[_EntityId, VerifiedThrough]
    refused: tuple[RefusedFile, ...]


def collect_freshness(database: Database, systems: Iterable[PartnerSystem], *, now: datetime) -> FreshnessFacts:
    """How fresh every declared entity is at `now` (UTC). Raises LandingUnavailable, also when views are missing."""
    chosen = tuple(systems)
    with database.connect() as connection, read_snapshot(connection):
        landed = _read(connection, chosen, now=now)
        stock = _read_stock(connection)
    return FreshnessFacts(now=now, systems=tuple(_system(system, landed, now=now) for system in chosen), stock=stock)


def read_snapshot(connection: Connection) -> AbstractContextManager[psycopg.Transaction]:
    """A read-only transaction in which all queries see the same moment; its figures agree with one another."""
    connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    return connection.transaction()


def read_failed_rules(connection: Connection, *, since: date) -> dict[tuple[str, str, date], tuple[FailedRule, ...]]:
    """By system, entity and business day from `since` on, in order of name; a day without one is not there."""
    failed: dict[_DayId, list[FailedRule]] = {}
    for system, entity, day, *rule in connection.execute(query("failed_rules"), {"since": since}):
        failed.setdefault((system, entity, day), []).append(FailedRule(*rule))
    return {key: tuple(found) for key, found in failed.items()}


def _read(connection: Connection, systems: tuple[PartnerSystem, ...], *, now: datetime) -> _Landed:
    todays = {system.declaration.calendar.day_of(now) for system in systems} or {now.date()}
    since = min(todays) - timedelta(days=STRIP_DAYS)
    days: dict[_DayId, _Day] = {}
    for system, entity, day, *row in connection.execute(query("days"), {"since": since}):
        days[system, entity, day] = _Day(*row)
    branches: dict[_DayId, list[BranchClock]] = {}
    wanted = {
        "days": sorted(todays),
        "since": since,
        "trading": [s.name for s in systems if s.declaration.trading_hours],
    }
    for system, entity, day, *clock in connection.execute(query("branches"), wanted):
        branches.setdefault((system, entity, day), []).append(BranchClock(*clock))
    reasons: dict[_EntityId, list[DeadLetterReason]] = {}
    for system, entity, *reason in connection.execute(query("dead_letters")):
        reasons.setdefault((system, entity), []).append(DeadLetterReason(*reason))
    ages: dict[_EntityId, list[Age]] = {}
    for system, entity, *age in connection.execute(query("lags"), {"since": now - SPAN, "now": now}):
        ages.setdefault((system, entity), []).append(Age(*age))
    asked = {
        (system, entity): Asked(at=at, failure=_failure(kind, text, at))
        for system, entity, at, kind, text in connection.execute(query("asked"), {"since": now - _ASKED_WITHIN})
    }
    return _Landed(
        days=days,
        branches={key: tuple(clocks) for key, clocks in branches.items()},
        reasons={key: tuple(found) for key, found in reasons.items()},
        asked=asked,
        failed_rules=read_failed_rules(connection, since=since),
        ages={key: tuple(found) for key, found in ages.items()},
        owed=read_owed(connection, systems, now=now),
        verified=read_through(connection),
        refused=tuple(read_refused(connection, now=now)),
    )


def _failure(kind: str | None, text: str | None, at: datetime | None) -> Failure | None:
    """Texts were redacted when they were stored; once more costs nothing and a page is passed around."""
    if kind is None or at is None:
        return None
    return Failure(kind=kind, text=excerpt(text or "", characters=400), at=at)


def _system(system: PartnerSystem, landed: _Landed, *, now: datetime) -> SystemFacts:
    declared = system.declaration
    return SystemFacts(
        name=system.name,
        title=declared.title or system.name,
        owner=declared.owner.name,
        time_zone=declared.time_zone,
        today=declared.calendar.day_of(now),
        entities=tuple(_entity(entity, landed, now=now) for entity in system.entities),
    )


def _entity(entity: Entity, landed: _Landed, *, now: datetime) -> EntityFacts:
    today = entity.calendar.day_of(now)
    at = (entity.system, entity.name)
    reasons = landed.reasons.get(at, ())
    facts = EntityFacts(
        system=entity.system,
        entity=entity.name,
        title=entity.contract.title,
        owner=entity.contract.owner,
        is_state=entity.is_state,
        promise=entity.contract.freshness,
        strip=tuple(
            _day_facts(entity, today - timedelta(days=back), landed, now=now) for back in range(STRIP_DAYS, -1, -1)
        ),
        branches=landed.branches.get((*at, today), ()),
        dead_letters=sum(reason.records for reason in reasons),
        reasons=reasons[:TOP_REASONS],
        asked=_newest_asked(landed, entity),
        trend=_trend(entity, landed.ages.get(at, ()), now=now),
        owed=landed.owed[at],
        verifies=entity.declaration.verify is not None,
        verified=landed.verified.get(at),
        comes_as_files=entity.file is not None,
        refused_files=tuple(file for file in landed.refused if (file.system, file.entity) == at),
    )
    return replace(facts, advice=advise(facts, now=now))


def _trend(entity: Entity, ages: tuple[Age, ...], *, now: datetime) -> Trend | None:
    promised = entity.contract.freshness.max_age
    if len(ages) < FEWEST_AGES:
        return None
    return Trend(ages=ages, promised=promised.total_seconds() if promised else None, now=now)


def _newest_asked(landed: _Landed, entity: Entity) -> Asked | None:
    """The newest request for the entity, or one for its whole system that failed since: a token's, for instance."""
    own, shared = landed.asked.get((entity.system, entity.name)), landed.asked.get((entity.system, None))
    if shared is not None and shared.failure is not None and (own is None or shared.at > own.at):
        return shared
    return own


def _day_facts(entity: Entity, day: date, landed: _Landed, *, now: datetime) -> DayFacts:
    at = (entity.system, entity.name, day)
    row, asked = landed.days.get(at), _newest_asked(landed, entity)
    verdict = judge(
        row,
        day=day,
        now=now,
        terms=terms_of(entity),
        branches=landed.branches.get(at, ()),
        failure=asked.failure.kind if asked and asked.failure else None,
    )
    if row is None:
        return DayFacts(day=day, verdict=verdict)
    return DayFacts(
        day=day,
        verdict=verdict,
        rows=row.rows,
        as_of=row.as_of,
        limited_by=verdict.limited_by or row.limited_by,
        looked_at=row.looked_at,
        loaded_at=row.loaded_at,
        complete_at=row.complete_at,
        checks_passed=row.checks_passed,
        checks_failed=row.checks_failed,
        blocking_failed=row.blocking_failed,
        failed_rules=landed.failed_rules.get(at, ()),
        open_dead_letters=row.open_dead_letters,
        failure=_failure(row.last_failure_kind, row.last_failure, row.last_failure_at),
    )


def _read_stock(connection: Connection) -> StockFacts | None:
    summary = connection.execute(query("stock_summary")).fetchone()
    if summary is None:
        return None
    wanted = {"day": summary[0], "most": LARGEST_DIFFERENCES}
    largest = tuple(StockDifference(*row) for row in connection.execute(query("stock_differences"), wanted))
    return replace(StockFacts(*summary), largest=largest)
