"""Holds a day's clocks against the contract's freshness promise and says the result in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Freshness
from sync_platform.contracts.duration import write_duration
from sync_platform.freshness.moment import Sentence, write_age, write_sentence


class JudgedDay(Protocol):
    """What the verdict on a day needs to know; `landing.days.EntityDay` is one. Clocks are UTC or None."""

    @property
    def state(self) -> str: ...

    @property
    def as_of(self) -> datetime | None: ...

    @property
    def looked_at(self) -> datetime | None: ...

    @property
    def read_began_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Verdict:
    """`state` is one of fresh, stale, late, incomplete, held, not_obtainable, never_loaded.

    The sentence's moments are left as moments: each reader has them written in a zone of their own.
    """

    state: str
    sentence: Sentence

    @property
    def kept(self) -> bool:
        """Whether the promise is kept; a day that cannot be had breaks none."""
        return self.state in ("fresh", "not_obtainable")

    @property
    def words(self) -> str:
        """The sentence, times in UTC."""
        return self.words_in(UTC)

    def words_in(self, zone: tzinfo) -> str:
        """The sentence, times in `zone` with the offset."""
        return write_sentence(self.sentence, zone)


def judge(
    entity_day: JudgedDay | None,
    *,
    day: date,
    now: datetime,
    calendar: BusinessCalendar,
    promise: Freshness,
    is_state: bool = False,
) -> Verdict:
    """The verdict on one entity's day at `now` (UTC). as_of decides, never the time of loading.

    `is_state`: the entity's past days are the last state observed in them, and cannot be read again.
    """
    today = day >= calendar.day_of(now)
    if entity_day is None or (entity_day.as_of is None and entity_day.state not in ("not_obtainable", "held")):
        return _judge_nothing(day=day, now=now, calendar=calendar, promise=promise, lost=is_state and not today)
    if entity_day.state == "not_obtainable":
        return _NOT_OBTAINABLE
    if entity_day.state == "held":
        return _judge_held(entity_day)
    as_of = _believable_as_of(entity_day)
    if today:
        return _judge_today(entity_day, as_of, now=now, promise=promise)
    if is_state:
        return _judge_last_state(as_of, ended_at=calendar.end_of(day), promise=promise)
    return _judge_past(entity_day, as_of, day=day, now=now, calendar=calendar, promise=promise)


def closing_time(day: date, *, calendar: BusinessCalendar, promise: Freshness) -> datetime | None:
    """When the day is promised to be complete, in UTC: `closed_by`, local time of the day after."""
    if promise.closed_by is None:
        return None
    hour, minute = (int(part) for part in promise.closed_by.split(":"))
    return datetime.combine(day + timedelta(days=1), time(hour, minute), calendar.zone).astimezone(UTC)


_NOT_OBTAINABLE = Verdict("not_obtainable", ("Nobody observed this day, and a past state cannot be asked for.",))


def _judge_nothing(*, day: date, now: datetime, calendar: BusinessCalendar, promise: Freshness, lost: bool) -> Verdict:
    if lost:
        return _NOT_OBTAINABLE
    begun = now - calendar.start_of(day)
    if promise.max_age is not None and timedelta(0) <= begun <= promise.max_age:
        return Verdict("incomplete", (f"The day began {write_age(begun)} ago and was not read yet.",))
    return Verdict("never_loaded", ("Nothing was ever loaded for this day.",))


def _judge_held(entity_day: JudgedDay) -> Verdict:
    if entity_day.as_of is None:
        return Verdict("held", ("What was read is held back by a failed check; nothing is served.",))
    served = "A newer version is held back by a failed check; served is the one as of "
    return Verdict("held", (served, entity_day.as_of, "."))


def _believable_as_of(entity_day: JudgedDay) -> datetime:
    """A partner's clock that runs ahead cannot tell of what happened after we looked."""
    clocks = [clock for clock in (entity_day.as_of, entity_day.looked_at) if clock is not None]
    return min(clocks)


def _judge_today(entity_day: JudgedDay, as_of: datetime, *, now: datetime, promise: Freshness) -> Verdict:
    age = now - as_of
    shown = ("As of ", as_of, f", {write_age(age)} ago")
    if entity_day.state != "complete":
        return Verdict("incomplete", (*shown, "; only changes were taken in, the day was not read whole yet."))
    if promise.max_age is not None and age > promise.max_age:
        return Verdict("stale", (*shown, f"; promised is at most {write_duration(promise.max_age)}."))
    return Verdict("fresh", (*shown, "."))


def _judge_last_state(as_of: datetime, *, ended_at: datetime, promise: Freshness) -> Verdict:
    """A past day of a state entity: how long before the day's end it was last seen. Nothing can mend it any more."""
    before = ended_at - as_of
    if promise.max_age is not None and before > promise.max_age:
        return Verdict("stale", ("Last observed ", as_of, f", {write_age(before)} before the day ended; it stays so."))
    return Verdict("fresh", ("The day's last state was observed ", as_of, "."))


def _judge_past(
    entity_day: JudgedDay,
    as_of: datetime,
    *,
    day: date,
    now: datetime,
    calendar: BusinessCalendar,
    promise: Freshness,
) -> Verdict:
    """A past day is closed when one read that began after its end took it whole, and the data is as of its end.

    Either alone is not enough: a late change stamps a day with its own as_of, and a read after the end may find a
    branch that has not uploaded since noon.
    """
    ended_at = calendar.end_of(day)
    read_after = entity_day.read_began_at is not None and entity_day.read_began_at >= ended_at
    if entity_day.state == "complete" and read_after and as_of >= ended_at:
        return Verdict("fresh", ("The whole day was read after it ended.",))
    why: Sentence = ("The day ended and was not read whole after its end",)
    if entity_day.state == "complete" and read_after:
        why = ("The day was read after its end, but the data is only as of ", as_of)
    due = closing_time(day, calendar=calendar, promise=promise)
    if due is not None and now > due:
        return Verdict("late", (*why, "; promised by ", due, "."))
    return Verdict("incomplete", (*why, " yet." if not read_after else "."))
