"""Faults T1 to T3: days of every length, late starts, leap days and year ends, from the question to the landed day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import sql

from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform_tests.partners.given import declare
from sync_platform_tests.pull.stamped_shop import ENTITY, stamped_shop

# Zone, start of the day, the day in the middle, and when it begins and ends in UTC: written down, not worked out.
CALENDARS = {
    "Colombo": ("Asia/Colombo", "00:00", "2026-11-20", "2026-11-19T18:30", "2026-11-20T18:30"),
    "Colombo from four": ("Asia/Colombo", "04:00", "2026-11-20", "2026-11-19T22:30", "2026-11-20T22:30"),
    "leap day from four": ("Asia/Colombo", "04:00", "2024-02-29", "2024-02-28T22:30", "2024-02-29T22:30"),
    "last day of the year": ("Asia/Colombo", "00:00", "2025-12-31", "2025-12-30T18:30", "2025-12-31T18:30"),
    "first day of the year": ("Asia/Colombo", "04:00", "2026-01-01", "2025-12-31T22:30", "2026-01-01T22:30"),
    "23 hours": ("Europe/London", "00:00", "2026-03-29", "2026-03-29T00:00", "2026-03-29T23:00"),
    "25 hours": ("Europe/London", "00:00", "2026-10-25", "2026-10-24T23:00", "2026-10-26T00:00"),
    "25 hours from four": ("Europe/London", "04:00", "2026-10-24", "2026-10-24T03:00", "2026-10-25T04:00"),
    "half an hour less": ("Australia/Lord_Howe", "00:00", "2026-10-04", "2026-10-03T13:30", "2026-10-04T13:00"),
}


class StandingClock:
    """Two days after the day in question."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        raise AssertionError("nothing is waited for")


@pytest.mark.parametrize("case", CALENDARS)
def test_every_order_lands_once_in_the_day_that_the_shops_own_calendar_says(
    database: Database, tmp_path: Path, case: str
) -> None:
    zone, starts_at, label, *ends = CALENDARS[case]
    day = date.fromisoformat(label)
    begins, is_over = (datetime.fromisoformat(f"{end}:00+00:00") for end in ends)
    step, least = timedelta(minutes=30), timedelta(milliseconds=1)
    orders = [begins + step * number for number in range(-48, 100)]
    orders += [begins - least, is_over - least]
    system = declare(tmp_path, entity=ENTITY, time_zone=zone, day_starts_at=starts_at)
    (entity,) = system.entities
    table = EntityTable(system.name, entity.contract)
    clock = StandingClock(is_over + timedelta(days=3))
    with database.connect() as connection:
        ensure_entity_table(connection, table)
    with stamped_shop(clock, orders) as shop:
        client = PartnerClient(system.declaration, environment={"SHOP_BASE_URL": shop.url}, clock=clock)
        tools = PullTools(
            database=database, client=client, clock=clock, check=lambda *_: (), holder="test", seal=NO_KEYS
        )
        loads = [pull_day(tools, entity, day=day + timedelta(days=off)) for off in (-1, 0, 1)]
        client.close()
    with database.connect() as connection:
        rows = connection.execute(sql.SQL("select changed_at, _business_day from {}").format(table.identifier))
        landed = [(moment.astimezone(UTC), business_day) for moment, business_day in rows]
    assert {load.outcome for load in loads} == {"published"}
    assert sorted(moment for moment, of in landed if of == day) == sorted(
        moment for moment in orders if begins <= moment < is_over
    )
    assert max(moment for moment, of in landed if of < day) == begins - least
    assert min(moment for moment, of in landed if of > day) == is_over
    assert len(landed) == len({moment for moment, _ in landed})
