"""What limits a day: the branch whose data is due first, by its own trading hours where those count."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sync_platform.contracts.trading_hours import TradingCalendar, TradingHours
from sync_platform.landing.days import BranchClock

_NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Limit:
    """The oldest as_of that counts, whose it is (None: not told per branch), and since when it is too old.

    `due` None: it never gets too old. `hours` are the trading hours that counted.
    """

    as_of: datetime
    branch: str | None
    due: datetime | None
    hours: TradingHours | None = None


def find_limit(
    as_of: datetime,
    oldest_branch: str | None,
    *,
    allowed: timedelta | None,
    trading: TradingCalendar | None,
    branches: Sequence[BranchClock],
) -> Limit:
    """What makes a day too old first, when data may be `allowed` old; a branch that trades goes before one that sleeps.

    `as_of` is the day's, which is `oldest_branch`'s where branches report.
    """
    if trading is None or allowed is None:
        return Limit(as_of, oldest_branch, None if allowed is None else as_of + allowed)
    found = (
        Limit(clock, branch, hours.due_after(clock, allowed), hours)
        for clock, branch, hours in _clocks(as_of, oldest_branch, trading, branches)
    )
    return min(found, key=_urgency)


def find_closing_limit(
    as_of: datetime,
    oldest_branch: str | None,
    *,
    ended_at: datetime,
    trading: TradingCalendar | None,
    branches: Sequence[BranchClock],
) -> Limit:
    """What keeps a past day open; `due` is the as_of that closes it: the day's end, or the end of a branch's hours."""
    if trading is None:
        return Limit(as_of, oldest_branch, ended_at)
    found = [
        Limit(clock, branch, hours.last_open(ended_at) or clock, hours)
        for clock, branch, hours in _clocks(as_of, oldest_branch, trading, branches)
    ]
    missing = [limit for limit in found if limit.due is not None and limit.as_of < limit.due]
    return min(missing or found, key=lambda limit: (limit.as_of, limit.branch or ""))


def _clocks(
    as_of: datetime, oldest_branch: str | None, trading: TradingCalendar, branches: Sequence[BranchClock]
) -> Iterable[tuple[datetime, str | None, TradingHours]]:
    if not branches:
        yield as_of, oldest_branch, trading.of(oldest_branch)
    for clock in branches:
        # What was not looked at since cannot be known, whatever the branch's clock says.
        yield min(clock.as_of, clock.looked_at), clock.branch, trading.of(clock.branch)


def _urgency(limit: Limit) -> tuple[datetime, datetime, str]:
    return limit.due or _NEVER, limit.as_of, limit.branch or ""
