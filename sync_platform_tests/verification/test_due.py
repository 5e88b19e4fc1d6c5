"""Which days are settled, and which of those are asked about when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.landing.verifications import DayVerdict
from sync_platform.verification.due import due_of
from sync_platform.verification.settled import settled_through

COLOMBO = BusinessCalendar(ZoneInfo("Asia/Colombo"))
UTC_DAYS = BusinessCalendar(ZoneInfo("UTC"))
FROM_FOUR = BusinessCalendar(ZoneInfo("Asia/Colombo"), starts_at=time(4))


@pytest.mark.parametrize(
    ("calendar", "late_days", "now", "settled"),
    [
        # 09:30 in Colombo: the close of this morning read 17, 18 and 19, the 16th was read for the last time yesterday.
        (COLOMBO, 3, "2026-11-20T04:00:00+00:00", "2026-11-17"),
        (COLOMBO, 1, "2026-11-20T04:00:00+00:00", "2026-11-19"),
        # Without late days a day still has to end, and its close to be over.
        (COLOMBO, 0, "2026-11-20T04:00:00+00:00", "2026-11-19"),
        (COLOMBO, 3, "2026-11-20T03:59:59+05:30", "2026-11-16"),
        (COLOMBO, 3, "2026-11-20T04:00:00+05:30", "2026-11-17"),
        (FROM_FOUR, 3, "2026-11-20T07:59:59+05:30", "2026-11-16"),
        (FROM_FOUR, 3, "2026-11-20T08:00:00+05:30", "2026-11-17"),
        (UTC_DAYS, 3, "2026-11-20T04:00:00+05:30", "2026-11-16"),
    ],
)
def test_a_day_is_settled_once_its_last_close_is_over(
    calendar: BusinessCalendar, late_days: int, now: str, settled: str
) -> None:
    moment = datetime.fromisoformat(now).astimezone(UTC)
    assert settled_through(calendar, late_days=late_days, now=moment) == date.fromisoformat(settled)


MINUTE, DAY = timedelta(minutes=1), date(2026, 11, 16)


def known(
    verdict: str | None, *, changed: bool = False, rested: int | None = 2, failed: int | None = None
) -> DayVerdict:
    """A day's verdict of so many minutes ago, and a failure of so many minutes ago."""
    ago = None if rested is None or verdict in (None, "unanswered") else rested * MINUTE
    return DayVerdict(DAY, verdict, changed, ago, None if failed is None else failed * MINUTE)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (known(None), True),
        (known("agrees", rested=100_000), False),
        (known("explained", rested=100_000), False),
        # Landed anew since: asked again, at most hourly.
        (known("agrees", changed=True, rested=59), False),
        (known("agrees", changed=True, rested=60), True),
        (known("differs", rested=60), False),
        (known("differs", rested=24 * 60), True),
        (known("contradicts", rested=23 * 60), False),
        (known("contradicts", rested=24 * 60), True),
        # Asked in vain: hourly, whatever is known.
        (known("unanswered", failed=59), False),
        (known("unanswered", failed=60), True),
        (known("agrees", rested=300, failed=60), True),
        (known("agrees", changed=True, rested=300, failed=10), False),
    ],
)
def test_a_day_is_due_when_there_is_something_to_learn(day: DayVerdict, *, due: bool) -> None:
    assert due_of([day]) == ([DAY] if due else [])


def test_the_oldest_day_comes_first() -> None:
    days = [DayVerdict(DAY + timedelta(days=step), None, False, None, None) for step in (2, 0, 1)]
    assert due_of(days) == [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
