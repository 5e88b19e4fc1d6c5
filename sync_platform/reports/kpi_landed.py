"""Measures the KPIs of the days that are not final yet, and reads them all."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

from sync_platform.freshness.landed import read_snapshot
from sync_platform.landing.database import Connection, Database
from sync_platform.reports.kpi_facts import DuplicateRate, EntityKpis, KpiDay, KpiFacts
from sync_platform.reports.query import query

HISTORY_DAYS, ENTITY_DAYS = 400, 28
# A load that began before midnight may end after it; its row is written when it ends.
_SETTLES_AFTER = timedelta(hours=1)
_MEASURING = "select pg_advisory_xact_lock(hashtext('sync.kpi_day'))"


def measure_kpis(database: Database, *, now: datetime, polls_kept: timedelta) -> None:
    """Count the UTC days that are not final yet, today included; a final day is never counted again.

    `polls_kept`: for how long polls that brought nothing are kept. An older day that was not counted in time has no
    count of sync events, because only the failed ones would be left. Raises LandingUnavailable.
    """
    with database.connect() as connection, connection.transaction():
        connection.execute(_MEASURING)
        row = connection.execute(query("kpi_first_day")).fetchone()
        first: date | None = row[0] if row else None
        today = now.astimezone(UTC).date()
        if first is None or first > today:
            return
        connection.execute(
            query("measure_kpis"),
            {
                "since": _midnight(first),
                "until": _midnight(today + timedelta(days=1)),
                "events_from": (now - polls_kept).astimezone(UTC).date() + timedelta(days=1),
                "final_until": (now - _SETTLES_AFTER).astimezone(UTC).date() - timedelta(days=1),
                "now": now,
            },
        )


def collect_kpis(database: Database, *, now: datetime) -> KpiFacts:
    """The KPIs as they were measured, at most 400 days back. Raises LandingUnavailable, also without the view."""
    today = now.astimezone(UTC).date()
    with database.connect() as connection, read_snapshot(connection):
        days = connection.execute(query("kpis"), {"since": today - timedelta(days=HISTORY_DAYS)}).fetchall()
        since = today - timedelta(days=ENTITY_DAYS)
        entities = connection.execute(query("kpis_by_entity"), {"since": since}).fetchall()
        duplicates, missing = _read_duplicates(connection, since=today - timedelta(days=HISTORY_DAYS))
    return KpiFacts(
        now=now,
        days=tuple(KpiDay(*row) for row in days),
        entities=tuple(EntityKpis(*row) for row in entities),
        entity_days=ENTITY_DAYS,
        duplicates=duplicates,
        duplicates_missing=missing,
    )


def _read_duplicates(connection: Connection, *, since: date) -> tuple[tuple[DuplicateRate, ...], str | None]:
    rates = tuple(DuplicateRate(*row) for row in connection.execute(query("kpi_duplicates"), {"since": since}))
    return rates, None if rates else "no comparison of customers or products has run yet."


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
