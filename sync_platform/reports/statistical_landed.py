"""Reads what drift and volume checks found, and the stored profiles that show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sync_platform.checks import finding
from sync_platform.checks.magnitude import nearest_octave
from sync_platform.checks.profile import DELAY_ENDS
from sync_platform.checks.spread_drift import duration_in_words
from sync_platform.contracts.day_profile import LATENESS, Age, FieldKind
from sync_platform.landing.database import Connection
from sync_platform.redact import excerpt
from sync_platform.reports.query import query
from sync_platform.reports.statistical_facts import (
    Change,
    Drift,
    DriftShape,
    Ran,
    Share,
    StatisticalFailure,
    Volume,
    VolumeDay,
    VolumeSeries,
)

# The checks that hold a day against other days; every other rule is a contract's.
DRIFT = (finding.SCHEMA, finding.VALUES, finding.NULLS, finding.DISTRIBUTION, finding.UNITS, finding.LATENESS)
VOLUME = (finding.VOLUME, finding.SILENCE)
MOST_FAILURES, MOST_SHAPES, MOST_CATEGORIES = 40, 9, 6
_OLDEST_AGE_FIRST = tuple(reversed(Age))


def read_drift(connection: Connection, *, since: date) -> Drift:
    """What the drift checks found since a business day."""
    failures = _read_failures(connection, DRIFT, since=since)
    return Drift(ran=_read_ran(connection, DRIFT, since=since), failures=failures, shapes=_shapes(connection, failures))


def read_volume(connection: Connection, *, since: date) -> Volume:
    """What the volume checks found since a business day, and the volumes by day."""
    return Volume(
        ran=_read_ran(connection, VOLUME, since=since),
        failures=_read_failures(connection, VOLUME, since=since),
        series=_read_series(connection, since=since),
    )


def _read_ran(connection: Connection, rules: Sequence[str], *, since: date) -> Ran | None:
    row = connection.execute(query("statistical_counts"), {"rules": list(rules), "since": since}).fetchone()
    return Ran(*row) if row is not None and row[0] else None


def _read_failures(connection: Connection, rules: Sequence[str], *, since: date) -> tuple[StatisticalFailure, ...]:
    given = {"rules": list(rules), "since": since, "most": MOST_FAILURES}
    return tuple(
        StatisticalFailure(system, entity, day, rule, severity, excerpt(observed, characters=1_000), _changes(sample))
        for system, entity, day, rule, severity, observed, sample in connection.execute(
            query("statistical_failures"), given
        )
    )


def _changes(sample: Any) -> tuple[Change, ...]:
    """The changes that a result names; of a sample in another form none."""
    rows = [row for row in sample or () if isinstance(row, dict) and row.keys() >= {"what", "now", "before"}]
    return tuple(Change(str(row["what"]), excerpt(str(row["now"])), excerpt(str(row["before"]))) for row in rows)


def _read_series(connection: Connection, *, since: date) -> tuple[VolumeSeries, ...]:
    """The rows of each day as they were judged; those of a day that could not be are the stored ones."""
    days: dict[str, dict[date, VolumeDay]] = {}
    for system, entity, day, rows in connection.execute(query("volume_rows"), {"since": since}):
        days.setdefault(f"{system}/{entity}", {})[day] = VolumeDay(day, rows)
    for system, entity, day, passed, rows, low, high in connection.execute(query("volume_results"), {"since": since}):
        known = days.setdefault(f"{system}/{entity}", {})
        if low is not None:
            known[day] = VolumeDay(day, rows, low, high, failed=not passed)
        elif day in known:
            known[day] = VolumeDay(day, known[day].rows, failed=not passed)
    return tuple(
        VolumeSeries(address, tuple(known[day] for day in sorted(known))) for address, known in sorted(days.items())
    )


def _shapes(connection: Connection, failures: Sequence[StatisticalFailure]) -> tuple[DriftShape, ...]:
    """How each field that drifted was spread before and on the day, newest drift first."""
    wanted = list(
        dict.fromkeys(
            (one.system, one.entity, LATENESS if one.rule == finding.LATENESS else change.what, one.day)
            for one in failures
            for change in one.changes
        )
    )
    if not wanted:
        return ()
    names = ("systems", "entities", "fields", "days")
    given = dict(zip(names, (list(part) for part in zip(*wanted, strict=True)), strict=True))
    profiles: dict[int, list[tuple[Any, ...]]] = {}
    for number, *row in connection.execute(query("drift_profiles"), given):
        profiles.setdefault(number, []).append(tuple(row))
    shapes = (
        _shape(*wanted[number - 1], rows=rows) for number, rows in sorted(profiles.items(), key=lambda item: item[0])
    )
    return tuple(shape for shape in shapes if shape is not None)[:MOST_SHAPES]


def _shape(system: str, entity: str, field: str, day: date, *, rows: list[tuple[Any, ...]]) -> DriftShape | None:
    """The day's oldest profile beside those of the days before at the same age; None where there are none."""
    ages = [age for age in _OLDEST_AGE_FIRST if any(row[0] == day and row[1] == age for row in rows)]
    if not ages:
        return None
    spreads = {row[0]: _spread(*row[2:]) for row in rows if row[1] == ages[0]}
    now, before = spreads.pop(day), list(spreads.values())
    if not before:
        return None
    shares = []
    for category in sorted({category for spread in (now, *before) for category in spread}):
        average = sum(spread.get(category, 0.0) for spread in before) / len(before)
        shares.append(Share(category[1], average, now.get(category, 0.0)))
    moved = sorted(shares, key=lambda share: -abs(share.now - share.before))[:MOST_CATEGORIES]
    return DriftShape(
        f"{system}/{entity}",
        "delay" if field == LATENESS else field,
        day,
        len(before),
        tuple(share for share in shares if share in moved),
    )


def _spread(kind: str, rows: int, nulls: int, counts: Mapping[str, int], rest: int) -> dict[tuple[float, str], float]:
    """The shares of rows by category, each with its place in the order: missing ones first, others last."""
    spread: dict[tuple[float, str], float] = {}
    for name, count in ((_category(kind, key), count) for key, count in counts.items()):
        spread[name] = spread.get(name, 0.0) + count
    spread[(float("-inf"), "missing")] = nulls
    if rest:
        spread[(float("inf"), "other values")] = rest
    elif not counts:
        spread[(float("inf"), "there")] = rows - nulls
    return {name: count / rows for name, count in spread.items()} if rows else {}


def _category(kind: str, key: str) -> tuple[float, str]:
    match kind:
        case FieldKind.NUMBER:
            size = nearest_octave(int(key))
            return size, f"about {size:,.6g}"
        case FieldKind.HOURS:
            return float(key), f"{int(key):02d}:00"
        case FieldKind.DELAYS:
            return float(key), _delay(int(key))
    return 0.0, excerpt(key, characters=30)


def _delay(number: int) -> str:
    if number == 0:
        return "in time"
    return f"within {duration_in_words(DELAY_ENDS[number])}" if number < len(DELAY_ENDS) else "later"
