"""Looks at a day as a whole, beside its rules: profile, drift against other days, volume, the shape of its records.

Done where the rules run, on the stage before it is published and on landed days that deltas touched, and stored with
their results. Pulls whose tools have no `statistics` take none and store none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from sync_platform.checks.drift import judge_drift
from sync_platform.checks.finding import not_run
from sync_platform.checks.profile import ProfileNotTaken, take_profile
from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.schema_drift import judge_schema
from sync_platform.checks.volume import Calendar, Known, compared_days, judge_volume
from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import Age, DayProfile, DayShape, DayVolume, age_of
from sync_platform.contracts.record_shape import RecordShape
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.days import DayKey
from sync_platform.landing.profiles import (
    NEAR,
    read_profiles,
    read_shapes,
    read_totals,
    read_volumes,
    store_profile,
    store_shape,
)
from sync_platform.partners.expression import plain_steps
from sync_platform.pull.trading_days import trading_days

_HOUR = timedelta(hours=1)
_NOT_STORED_YET = datetime.max.replace(tzinfo=UTC)


class TakeProfile(Protocol):
    """Takes a day's profile; `checks.profile.take_profile` bound to a database is one."""

    def __call__(
        self, contract: Contract, relation: Relation, *, day: date, age: Age, zone: ZoneInfo
    ) -> DayProfile: ...


@dataclass(frozen=True)
class Statistics:
    """What looking at days needs. `calendar_of` says of an entity when its branches are open, and its frozen days."""

    take: TakeProfile
    calendar_of: Callable[[Entity], Calendar] = trading_days


def statistics_in(database: Database, *, calendar_of: Callable[[Entity], Calendar] = trading_days) -> Statistics:
    """Statistics whose profiles are taken inside this database."""

    def take(contract: Contract, relation: Relation, *, day: date, age: Age, zone: ZoneInfo) -> DayProfile:
        return take_profile(contract, relation, day=day, age=age, zone=zone, database_url=database.url)

    return Statistics(take=take, calendar_of=calendar_of)


@dataclass(frozen=True)
class LookedAt:
    """What was found of one day, to be stored with its rules' results."""

    results: tuple[RuleResult, ...] = ()
    profile: DayProfile | None = None
    shape: RecordShape | None = None


@dataclass(frozen=True)
class KnownUntil:
    """Up to when a day is known, by the partner's clock: as a whole, and of each branch that reports by itself."""

    as_of: datetime
    branches: Mapping[str, datetime] = field(default_factory=dict)


def look_at_day(
    connection: Connection,
    statistics: Statistics,
    entity: Entity,
    relation: Relation,
    *,
    key: DayKey,
    now: datetime,
    until: KnownUntil,
    shape: RecordShape | None = None,
) -> LookedAt:
    """Take the day's profile and judge it; nothing is stored. `shape` is this read's, None where the stored one counts.

    A profile that takes too long leaves its checks not passed, and says so; the day itself is not held back for it.
    """
    contract, calendar = entity.contract, entity.calendar
    age = Age.CURRENT if entity.is_state else age_of(key.day, now=now, calendar=calendar)
    try:
        profile = statistics.take(contract, relation, day=key.day, age=age, zone=calendar.zone)
    except ProfileNotTaken as error:
        return LookedAt(results=not_run(contract, str(error)))
    shapes = read_shapes(connection, key)
    schema, gone = judge_schema(
        contract,
        _shape_of(contract, key.day, shape, shapes),
        shapes,
        read=read_paths(entity),
        profile=profile,
    )
    drift = judge_drift(contract, profile, read_profiles(connection, key, age=age), gone=gone)
    trading = statistics.calendar_of(entity)
    volume = judge_volume(
        contract,
        profile.volume,
        _volumes(connection, entity, key, now=now, trading=trading),
        known=_known(calendar, key.day, until),
        calendar=trading,
    )
    results = (schema, *drift, volume)
    return LookedAt(results=tuple(one for one in results if one is not None), profile=profile, shape=shape)


def store_looked_at(connection: Connection, entity: Entity, key: DayKey, looked: LookedAt) -> None:
    """Keep profile and shape in the caller's transaction; the results are stored with those of the rules."""
    if looked.profile is not None:
        store_profile(connection, key, looked.profile)
    if looked.shape is not None and looked.shape.samples:
        store_shape(
            connection,
            key,
            contract_version=entity.contract.version,
            samples=looked.shape.samples,
            paths=looked.shape.paths,
            cut=looked.shape.cut,
        )


def read_paths(entity: Entity) -> dict[str, str]:
    """Where in the partner's record each field is read, where that is a plain path."""
    picks = entity.declaration.fields
    steps = {one.name: plain_steps(picks.get(one.name, one.name)) for one in entity.contract.fields}
    return {name: ".".join(found) for name, found in steps.items() if found}


def hours_over(calendar: BusinessCalendar, day: date, until: datetime) -> frozenset[int] | None:
    """The hours of the wall clock that were over at `until`; None when the whole day was."""
    if until >= calendar.end_of(day):
        return None
    hour = calendar.start_of(day).replace(minute=0, second=0, microsecond=0)
    while hour.astimezone(calendar.zone).minute:
        # Zones are half or quarter hours away from UTC.
        hour += timedelta(minutes=15)
    hour += _HOUR if hour < calendar.start_of(day) else timedelta(0)
    over = set()
    while hour + _HOUR <= until:
        over.add(hour.astimezone(calendar.zone).hour)
        hour += _HOUR
    return frozenset(over)


def _volumes(
    connection: Connection, entity: Entity, key: DayKey, *, now: datetime, trading: Calendar
) -> list[DayVolume]:
    """The days to compare with; only theirs are read branch by branch. A day that is not over tells nothing yet."""
    totals = read_totals(
        connection, system=key.system, entities=[key.entity], since=key.day - NEAR, until=key.day + NEAR
    )
    over = [day for day in totals.get(key.entity, []) if entity.is_state or entity.calendar.end_of(day.day) <= now]
    days, _ = compared_days(key.day, over, calendar=trading)
    return read_volumes(connection, system=key.system, entity=key.entity, days=[day.day for day in days])


def _known(calendar: BusinessCalendar, day: date, until: KnownUntil) -> Known:
    """Of a day as a whole as much is known as of its promptest branches; late ones are judged by what they told."""
    return Known(
        hours=hours_over(calendar, day, max((until.as_of, *until.branches.values()))),
        by_branch={branch: hours_over(calendar, day, as_of) for branch, as_of in until.branches.items()},
    )


def _shape_of(contract: Contract, day: date, shape: RecordShape | None, shapes: list[DayShape]) -> DayShape | None:
    """This read's shape, first observed when the day's stored one was; without one the stored one."""
    stored = next((one for one in shapes if one.day == day), None)
    if shape is None or not shape.samples:
        return stored if shape is None else None
    return DayShape(
        day=day,
        contract_version=contract.version,
        observed_at=stored.observed_at if stored else _NOT_STORED_YET,
        samples=shape.samples,
        paths=shape.paths,
        cut=shape.cut,
    )
