"""The last verdict on each entity's day against its freshness promise, how old its data was, what it owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class StoredVerdict:
    """A day's verdict as it is kept: the name of its state, and the sentence with its times in UTC."""

    key: DayKey
    state: str
    sentence: str
    limited_by: str | None


@dataclass(frozen=True)
class Lag:
    """How old the data of an entity's today is, in seconds, and the verdict on it."""

    system: str
    entity: str
    seconds: float
    state: str


@dataclass(frozen=True)
class OwedDays:
    """How many days of an entity are still to be read whole, the oldest and the newest of them; None for none."""

    system: str
    entity: str
    days: int
    first_day: date | None
    last_day: date | None


def store_verdicts(connection: Connection, verdicts: Sequence[StoredVerdict], *, judged_at: datetime) -> set[DayKey]:
    """Keep the verdicts and return the days whose state is new, those judged for the first time among them."""
    rows = connection.execute(
        queries("verdicts")["store_verdicts"],
        {
            "systems": [verdict.key.system for verdict in verdicts],
            "entities": [verdict.key.entity for verdict in verdicts],
            "days": [verdict.key.day for verdict in verdicts],
            "states": [verdict.state for verdict in verdicts],
            "sentences": [verdict.sentence for verdict in verdicts],
            "limits": [verdict.limited_by for verdict in verdicts],
            "judged_at": judged_at,
        },
    )
    return {DayKey(*row) for row in rows}


def store_lags(connection: Connection, lags: Sequence[Lag], *, now: datetime) -> None:
    """Keep one sample for each entity and full five minutes; a second one within them changes nothing."""
    connection.execute(
        queries("verdicts")["store_lags"],
        {
            "systems": [lag.system for lag in lags],
            "entities": [lag.entity for lag in lags],
            "seconds": [lag.seconds for lag in lags],
            "states": [lag.state for lag in lags],
            "now": now,
        },
    )


def store_owed(connection: Connection, owed: Sequence[OwedDays], *, judged_at: datetime) -> None:
    """Keep what each entity owes, in the place of what it owed before."""
    connection.execute(
        queries("verdicts")["store_owed"],
        {
            "systems": [one.system for one in owed],
            "entities": [one.entity for one in owed],
            "days": [one.days for one in owed],
            "first_days": [one.first_day for one in owed],
            "last_days": [one.last_day for one in owed],
            "judged_at": judged_at,
        },
    )
