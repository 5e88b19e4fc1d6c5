"""Which business days are settled, so that nothing of them is still expected, and which of those are due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.landing.verifications import VERIFIED, DayVerdict

# The close begins two hours after a business day's end; two more are for its run.
SETTLES_AFTER = timedelta(hours=4)
# A day that disagrees is asked about again daily, one that changed since or was asked about in vain after an hour: the
# partner's budget belongs to what is new.
_REST, _SHORT_REST = timedelta(hours=24), timedelta(hours=1)


def settled_through(calendar: BusinessCalendar, *, late_days: int, now: datetime) -> date:
    """The last settled day: it ended, and the last close that reads it again for late records is over."""
    return calendar.day_of(now - SETTLES_AFTER) - timedelta(days=max(late_days, 1))


def is_due(known: DayVerdict) -> bool:
    """Whether a settled day is to be verified: never done, landed anew since, or not agreeing and rested."""
    if known.failed_ago is not None and known.failed_ago < _SHORT_REST:
        return False
    if known.verdict is None or known.rested is None or known.failed_ago is not None:
        return True
    if known.changed_since:
        return known.rested >= _SHORT_REST
    return known.verdict not in VERIFIED and known.rested >= _REST


def due_days(known: Iterable[DayVerdict]) -> list[date]:
    """The days to be verified, oldest first: what is verified grows from the first day on."""
    return sorted(one.day for one in known if is_due(one))
