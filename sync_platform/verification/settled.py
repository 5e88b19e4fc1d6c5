"""Which business days are settled, so that nothing of them is still expected."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sync_platform.contracts.business_day import BusinessCalendar

# The close begins two hours after a business day's end; two more are for its run.
SETTLES_AFTER = timedelta(hours=4)


def settled_through(calendar: BusinessCalendar, *, late_days: int, now: datetime) -> date:
    """The last settled day: it ended, and the last close that reads it again for late records is over."""
    return calendar.day_of(now - SETTLES_AFTER) - timedelta(days=max(late_days, 1))
