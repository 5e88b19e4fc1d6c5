"""Reads the quality report's facts: one snapshot, a handful of queries, whatever the number of entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.freshness.landed import read_snapshot
from sync_platform.landing.database import Connection, Database
from sync_platform.redact import excerpt
from sync_platform.reports.quality_facts import (
    DailyFigure,
    DayQuality,
    Duplicates,
    EntityQuality,
    FailedRule,
    QualityFacts,
    RejectedReason,
    StatisticalFailure,
    Statistics,
    WeekQuality,
)
from sync_platform.reports.query import exists, query

# Five weeks are read day by day; further back a person looks for a pattern, and 400 columns would show none.
DAYS, HISTORY_DAYS = 35, 400
MOST_RULES, MOST_REASONS, MOST_FAILURES, MOST_DUPLICATES = 20, 20, 50, 20
# The names of the checks that hold a day against other days; all other rules are the contract's.
STATISTICAL = "^(schema|value|null|distribution|unit|lateness)_drift|^volume"
_VOLUME = "volume"

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
            query("failed_rules"), {**since, "statistical": STATISTICAL, "most": MOST_RULES}
        ).fetchall()
        reasons = connection.execute(query("rejected_reasons"), {"most": MOST_REASONS}).fetchall()
        (letters,) = _one(connection, "select count(*) from sync.dead_letter where state = 'open'")
        statistics = _read_statistics(connection, since=first)
        duplicates = _read_duplicates(connection)
    return QualityFacts(
        now=now,
        first_day=first,
        last_day=last,
        entities=tuple(_entity(entity, days, weeks) for system in chosen for entity in system.entities),
        rules=tuple(FailedRule(*row[:-1], observed=excerpt(row[-1])) for row in rules),
        reasons=tuple(RejectedReason(*row) for row in reasons),
        dead_letters=letters,
        drift=statistics[False],
        volume=statistics[True],
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


def _read_statistics(connection: Connection, *, since: date) -> dict[bool, Statistics]:
    """Drift by False, volume by True, as far as there are such checks."""
    given = {"since": since, "statistical": STATISTICAL}
    counts = {volume: row for volume, *row in connection.execute(query("statistical_counts"), given)}
    failures = [
        StatisticalFailure(*row[:5], observed=excerpt(row[5], characters=400), fields=_fields(row[6]))
        for row in connection.execute(query("statistical_failures"), {**given, "most": MOST_FAILURES})
    ]
    drifted = tuple(one for one in failures if not one.rule.startswith(_VOLUME))
    found = {
        False: Statistics(failures=drifted, series=_read_profiles(connection, drifted, since=since)),
        True: Statistics(
            failures=tuple(one for one in failures if one.rule.startswith(_VOLUME)),
            series=_read_volumes(connection, since=since),
        ),
    }
    return {
        volume: Statistics(*counts[volume], failures=one.failures, series=one.series)
        if volume in counts
        else Statistics(series=one.series, missing=_MISSING[volume])
        for volume, one in found.items()
    }


_MISSING = {
    False: "no drift check has run on these days; a day is held against those before it, once there are enough.",
    True: "no volume check has run on these days: what is expected is learnt from the days before.",
}


def _fields(sample: Any) -> tuple[str, ...]:
    """The fields that a drift is about, where its result names them."""
    named = [row["field"] for row in sample if isinstance(row, dict) and "field" in row] if sample else []
    return tuple(dict.fromkeys(str(name) for name in named))


def _read_profiles(
    connection: Connection, drifted: Sequence[StatisticalFailure], *, since: date
) -> tuple[DailyFigure, ...]:
    """The null rate of each field that drifted."""
    wanted = sorted({(one.system, one.entity, field) for one in drifted for field in one.fields})
    if not wanted or not exists(connection, "sync.profile"):
        return ()
    systems, entities, fields = (list(part) for part in zip(*wanted, strict=True))
    given = {"systems": systems, "entities": entities, "fields": fields, "since": since}
    series: dict[tuple[str, str, str], list[tuple[date, float | None]]] = {}
    for system, entity, field, *point in connection.execute(query("profile_series"), given):
        series.setdefault((system, entity, field), []).append((point[0], point[1]))
    return tuple(DailyFigure(*key, points=tuple(points)) for key, points in series.items())


def _read_volumes(connection: Connection, *, since: date) -> tuple[DailyFigure, ...]:
    if not exists(connection, "sync.volume"):
        return ()
    series: dict[_EntityId, list[tuple[date, float | None]]] = {}
    for system, entity, day, rows in connection.execute(query("volume_series"), {"since": since}):
        series.setdefault((system, entity), []).append((day, float(rows)))
    return tuple(DailyFigure(system, entity, "", tuple(points)) for (system, entity), points in series.items())


def _read_duplicates(connection: Connection) -> Duplicates:
    if not exists(connection, "report.duplicate_rate"):
        return Duplicates(missing="nothing compares the customers and products of the systems yet.")
    cursor = connection.execute(query("duplicate_rate"))
    columns = tuple(column.name for column in cursor.description or ())
    rows = tuple(tuple("" if cell is None else str(cell) for cell in row) for row in cursor.fetchmany(MOST_DUPLICATES))
    meanings = connection.execute(
        "select coalesce(col_description(attrelid, attnum), '') from pg_attribute"
        " where attrelid = to_regclass('report.duplicate_rate') and attnum > 0 and not attisdropped order by attnum"
    ).fetchall()
    missing = None if rows else "no comparison of customers or products has run yet."
    return Duplicates(columns=columns, meanings=tuple(meaning for (meaning,) in meanings), rows=rows, missing=missing)


def _one(connection: Connection, statement: Any) -> tuple[Any, ...]:
    row = connection.execute(statement).fetchone()
    if row is None:
        raise LookupError("a count has no row")
    return tuple(row)
