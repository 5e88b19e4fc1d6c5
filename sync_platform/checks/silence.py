"""Judges whether nothing has come for too long: how much of it was to be expected meanwhile, by the days before.

Rows come in receipts and batches, so ten rows a minute may be one receipt. What is counted are arrivals: how many of an
hour's minutes bring anything tells how often something comes, whatever comes with it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sync_platform.checks import finding
from sync_platform.checks.finding import Finding, days_in_words, result
from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import DayVolume

# Where arrivals are independent, nothing comes while ten are expected once in 22,000 times; a busy entity has some
# thousand pauses a day. Of the compared days' rates the second lowest counts, so a quiet day is no silence.
ENOUGH_ARRIVALS = 10.0
_MINUTES = 60
_LONGEST = timedelta(hours=24)


@dataclass(frozen=True)
class ArrivalRates:
    """Arrivals a minute in each hour of the wall clock, and the days that tell so."""

    per_minute: tuple[float, ...]
    days: tuple[date, ...]


def arrival_rates(days: Sequence[DayVolume]) -> ArrivalRates | None:
    """The rates of the quietest day but one, hour by hour; None where no moments are known."""
    told = [day for day in days if day.busy_minutes]
    if len(told) < 2:
        return None
    rates = [sorted(_rate(day.busy_minutes[hour]) for day in told)[1] for hour in range(24)]
    return ArrivalRates(per_minute=tuple(rates), days=tuple(day.day for day in told))


def expected_arrivals(rates: ArrivalRates, *, since: datetime, until: datetime, zone: ZoneInfo) -> float:
    """How many arrivals were to be expected between two moments, of the last day at most."""
    expected, moment = 0.0, max(since, until - _LONGEST)
    while moment < until:
        local = moment.astimezone(zone)
        next_hour = moment + timedelta(hours=1) - timedelta(minutes=local.minute, seconds=local.second)
        end = min(until, next_hour - timedelta(microseconds=local.microsecond))
        expected += rates.per_minute[local.hour] * (end - moment).total_seconds() / _MINUTES
        moment = end
    return expected


def judge_silence(
    contract: Contract, rates: ArrivalRates, *, since: datetime, now: datetime, zone: ZoneInfo
) -> RuleResult | None:
    """Whether something should have come since the last time it did. None where the contract turned it off."""
    expected = expected_arrivals(rates, since=since, until=now, zone=zone)
    minutes = (now - since).total_seconds() / _MINUTES
    last = f"{since.astimezone(zone):%Y-%m-%d %H:%M:%S%z}"
    found = []
    if expected >= ENOUGH_ARRIVALS:
        found.append(
            Finding(
                subject="silence",
                now=f"nothing since {last}, {minutes:.1f} minutes",
                before=f"{expected:.0f} arrivals expected meanwhile by {days_in_words(rates.days)}",
            )
        )
    return result(finding.SILENCE, contract, found, fine=f"something came at {last}")


def _rate(busy_minutes: int) -> float:
    """Arrivals a minute, from how many of an hour's minutes had one: an empty one has a chance of e^-rate.

    An hour in which every minute is busy has half an empty one, so that its rate is finite: 4.8 a minute.
    """
    if not busy_minutes:
        return 0.0
    return -math.log((_MINUTES - min(busy_minutes, _MINUTES) + 0.5) / (_MINUTES + 1))
