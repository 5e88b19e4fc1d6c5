"""The latest result of each rule for each entity and business day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey

_UPSERT = """
insert into sync.check_result (
    system, entity, business_day, rule, severity, blocking, passed, observed, unexpected_count, element_count,
    expected_low, expected_high, sample, load_id, evaluated_at
) values (
    %(system)s, %(entity)s, %(day)s, %(rule)s, %(severity)s, %(blocking)s, %(passed)s, %(observed)s,
    %(unexpected_count)s, %(element_count)s, %(expected_low)s, %(expected_high)s, %(sample)s, %(load_id)s, now()
)
on conflict (system, entity, business_day, rule) do update
set severity = excluded.severity, blocking = excluded.blocking, passed = excluded.passed, observed = excluded.observed,
    unexpected_count = excluded.unexpected_count, element_count = excluded.element_count,
    expected_low = excluded.expected_low, expected_high = excluded.expected_high, sample = excluded.sample,
    load_id = excluded.load_id, evaluated_at = excluded.evaluated_at
"""
_READ = """
select rule, severity, blocking, passed, observed, unexpected_count, element_count, expected_low, expected_high, sample,
    evaluated_at
from sync.check_result where system = %(system)s and entity = %(entity)s and business_day = %(day)s order by rule
"""


def upsert_check_results(
    connection: Connection, key: DayKey, results: Sequence[Mapping[str, Any]], *, load_id: UUID | None
) -> None:
    """Store results (by column name) in the caller's transaction; a rule's older result for the day is replaced."""
    if results:
        with connection.cursor() as cursor:
            cursor.executemany(
                _UPSERT,
                [
                    {**key.values, **result, "sample": Jsonb(list(result["sample"])), "load_id": load_id}
                    for result in results
                ],
            )


def read_check_results(connection: Connection, key: DayKey) -> list[dict[str, Any]]:
    """The latest results of a day's rules, by rule name."""
    cursor = connection.execute(_READ, key.values)
    names = [column.name for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor]
