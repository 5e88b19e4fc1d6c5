"""Which business day a moment belongs to: the partner's own calendar day, which may start later than midnight."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class BusinessCalendar:
    """Days of `zone` that start at `starts_at` local time; their length is 23 to 25 hours where clocks change."""

    zone: ZoneInfo
    starts_at: time = time(0)

    def day_of(self, moment: datetime) -> date:
        """The business day of an aware moment."""
        day = moment.astimezone(self.zone).date()
        # Comparing wall clocks would go wrong in the hour that occurs twice; midnight needs no comparison.
        if self.starts_at == time(0) or moment >= self.start_of(day):
            return day
        return day - timedelta(days=1)

    def start_of(self, day: date) -> datetime:
        """The first moment of `day`, in UTC; the one after it belongs to the day too."""
        return datetime.combine(day, self.starts_at, self.zone).astimezone(UTC)

    def end_of(self, day: date) -> datetime:
        """The first moment after `day`, in UTC."""
        return self.start_of(day + timedelta(days=1))
