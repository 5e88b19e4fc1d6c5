"""What one day of an entity looks like in figures: taken by the checks, kept in the database, compared day with day.

It lives beside the contracts because both the checks and the landing tables speak of it and neither knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract, EntityKind, Field, FieldType

# A web order is completed within 48 h and a refund comes within 72 h of it (sandbox, baskets.py): before that a day's
# records still change as they age, and are only like those of other days of the same age.
SETTLES_IN = timedelta(days=3)
LATENESS = "_lateness"
"""The name under which the records' delays are kept; no contract field begins with an underscore."""
ALL_BRANCHES = ""


class Age(StrEnum):
    """How far a day's records had come when it was looked at; days are compared with days of the same age.

    A running day's by its quarters: in the morning fewer of its orders are paid than in the evening. A state is CURRENT
    whenever it is looked at.
    """

    QUARTER_1 = "running_1"
    QUARTER_2 = "running_2"
    QUARTER_3 = "running_3"
    QUARTER_4 = "running_4"
    CURRENT = "current"
    FRESH = "fresh"
    SETTLED = "settled"

    @property
    def is_running(self) -> bool:
        """Whether the day was not over."""
        return self in _QUARTERS


_QUARTERS = (Age.QUARTER_1, Age.QUARTER_2, Age.QUARTER_3, Age.QUARTER_4)


class FieldKind(StrEnum):
    """What is counted of a field: its values, magnitudes, hours of the day, delays, or only whether it is there."""

    VALUES = "values"
    NUMBER = "number"
    HOURS = "hours"
    DELAYS = "delays"
    PRESENCE = "presence"


@dataclass(frozen=True)
class FieldProfile:
    """One field of a day. `counts` are rows by value, magnitude bin, hour or delay bin; `rest` had a value not listed.

    `distinct` is None where values are not counted; a field with too many values, or a personal one, has no `counts`.
    """

    name: str
    kind: FieldKind
    rows: int
    nulls: int
    counts: Mapping[str, int] = field(default_factory=dict)
    rest: int = 0
    distinct: int | None = None
    minimum: float | None = None
    maximum: float | None = None
    mean: float | None = None

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.nulls

    @property
    def missing_share(self) -> float:
        """Rows without a value, of all."""
        return self.nulls / self.rows if self.rows else 0.0


@dataclass(frozen=True)
class BranchVolume:
    """Rows of one branch on one day. `by_hour` are 24 counts by the partner's wall clock, empty without a moment."""

    rows: int
    by_hour: tuple[int, ...] = ()


@dataclass(frozen=True)
class DayVolume:
    """How many rows a day has, by branch; ALL_BRANCHES are all together.

    `busy_minutes` says in how many of each hour's minutes at least one row happened: rows come in receipts and batches,
    so that their number alone tells nothing of how long a silence may be.
    """

    day: date
    branches: Mapping[str, BranchVolume]
    busy_minutes: tuple[int, ...] = ()

    @property
    def total(self) -> BranchVolume:
        return self.branches.get(ALL_BRANCHES, BranchVolume(0))


@dataclass(frozen=True)
class DayProfile:
    """One day in figures."""

    day: date
    age: Age
    rows: int
    fields: Mapping[str, FieldProfile]
    volume: DayVolume


@dataclass(frozen=True)
class DayShape:
    """Which JSON types stood at which paths in the records that were looked at: `paths[path][type]` of `samples`.

    `observed_at` is when we first looked at this day; `cut` that there were more paths than are kept.
    """

    day: date
    contract_version: str
    observed_at: datetime
    samples: int
    paths: Mapping[str, Mapping[str, int]]
    cut: bool = False


def age_of(day: date, *, now: datetime, calendar: BusinessCalendar) -> Age:
    """How old the day is at `now`."""
    start, end = calendar.start_of(day), calendar.end_of(day)
    if now < end:
        return _QUARTERS[max(0, int(len(_QUARTERS) * (now - start) / (end - start)))]
    return Age.FRESH if now < end + SETTLES_IN else Age.SETTLED


def profiled_as(contract: Contract, described: Field) -> FieldKind:
    """What is counted of a field; of a personal one never a value.

    A whole number is a measure where the contract gives it a unit; without one it is a code or an id. How many rows
    each branch has is the volume's to judge.
    """
    if described.personal or described.name in (*contract.key, contract.branch_field):
        return FieldKind.PRESENCE
    match described.type:
        case FieldType.TEXT | FieldType.BOOLEAN:
            return FieldKind.VALUES
        case FieldType.INTEGER:
            return FieldKind.NUMBER if described.unit else FieldKind.VALUES
        case FieldType.DECIMAL:
            return FieldKind.NUMBER
        case FieldType.TIMESTAMP if described.name not in {contract.as_of_field, *contract.source_version.fields}:
            return FieldKind.HOURS
        case _:
            return FieldKind.PRESENCE


def event_moment(contract: Contract) -> str | None:
    """The field that says when a record happened; None for a state, and where there is none.

    The field of the business day where that is a moment, else the first required moment that is no clock of the record.
    """
    if contract.kind is EntityKind.STATE:
        return None
    clocks = {contract.as_of_field, *contract.source_version.fields}
    moments = [each for each in contract.fields if each.type is FieldType.TIMESTAMP]
    named = [each.name for each in moments if each.name == contract.business_day_field]
    required = [each.name for each in moments if each.required and each.name not in clocks]
    return next(iter((*named, *required)), None)


def changed_moments(contract: Contract) -> tuple[str, ...]:
    """The fields that say when a record last changed, by moment; the first that is not null counts."""
    return tuple(name for name in contract.source_version.fields if contract.field(name).type is FieldType.TIMESTAMP)
