"""Holds a day's clocks against the contract's freshness promise and says the result in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Freshness
from sync_platform.contracts.duration import write_duration
from sync_platform.contracts.trading_hours import TradingCalendar
from sync_platform.declarations.freeze import Freeze
from sync_platform.declarations.partner_system import Entity
from sync_platform.freshness.limit import Limit, find_closing_limit, find_limit
from sync_platform.freshness.moment import Sentence, write_age, write_sentence
from sync_platform.landing.days import BranchClock


class JudgedDay(Protocol):
    """What the verdict on a day needs to know; `landing.days.EntityDay` is one. Clocks are UTC or None.

    `limited_by` is the branch with the oldest as_of, where the partner reports per branch.
    """

    @property
    def state(self) -> str: ...

    @property
    def rows(self) -> int: ...

    @property
    def as_of(self) -> datetime | None: ...

    @property
    def limited_by(self) -> str | None: ...

    @property
    def looked_at(self) -> datetime | None: ...

    @property
    def read_began_at(self) -> datetime | None: ...


@dataclass(frozen=True)
class Terms:
    """What an entity's days are held against. `is_state`: a past day is the last state observed, never read again.

    `as_files`: it cannot be asked for, so a file that does not come is data that gets old and no sync that stopped.
    `trading` are the hours that alone count, where the contract says so; `freezes` are periods without any load.
    """

    calendar: BusinessCalendar
    promise: Freshness
    is_state: bool = False
    as_files: bool = False
    trading: TradingCalendar | None = None
    freezes: tuple[Freeze, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """`state` is the name of one of `freshness.state.STATES`; `limited_by` the branch that decided, where one did.

    The sentence's moments are left as moments: each reader has them written in a zone of their own.
    """

    state: str
    sentence: Sentence
    limited_by: str | None = None

    @property
    def kept(self) -> bool:
        """Whether the promise is kept; a day that cannot be had, or that is frozen on purpose, breaks none."""
        return self.state in ("fresh", "quiet", "closed", "frozen", "not_obtainable")

    @property
    def words(self) -> str:
        """The sentence, times in UTC."""
        return self.words_in(UTC)

    def words_in(self, zone: tzinfo) -> str:
        """The sentence, times in `zone` with the offset."""
        return write_sentence(self.sentence, zone)


def terms_of(entity: Entity) -> Terms:
    """The terms that an entity's contract and declaration set."""
    return Terms(
        calendar=entity.calendar,
        promise=entity.contract.freshness,
        is_state=entity.is_state,
        as_files=entity.file is not None,
        trading=entity.trading,
        freezes=entity.freezes,
    )


def judge(
    entity_day: JudgedDay | None,
    *,
    day: date,
    now: datetime,
    terms: Terms,
    branches: Sequence[BranchClock] = (),
    failure: str | None = None,
) -> Verdict:
    """The verdict on one entity's day at `now` (UTC). as_of decides, never the time of loading.

    `branches` are the day's branch clocks, which only trading hours need: each branch has its own. `failure` is the
    kind of what went wrong when we asked last; None where we were answered or do not know.
    """
    verdict = _judge(entity_day, day=day, now=now, terms=terms, branches=branches, failure=failure)
    freeze = next((freeze for freeze in terms.freezes if freeze.covers(now)), None)
    if freeze is None or verdict.kept or verdict.state == "held":
        return verdict
    words = ("Frozen until ", freeze.ends_at, f" ({freeze.reason}). ", *verdict.sentence)
    return Verdict("frozen", words, verdict.limited_by)


def _judge(
    entity_day: JudgedDay | None,
    *,
    day: date,
    now: datetime,
    terms: Terms,
    branches: Sequence[BranchClock],
    failure: str | None,
) -> Verdict:
    today = day >= terms.calendar.day_of(now)
    if entity_day is None or (entity_day.as_of is None and entity_day.state not in ("not_obtainable", "held")):
        return _judge_nothing(day, now=now, terms=terms, lost=terms.is_state and not today)
    if entity_day.state == "not_obtainable":
        return _NOT_OBTAINABLE
    if entity_day.state == "held":
        return _judge_held(entity_day)
    as_of = _believable_as_of(entity_day)
    if today:
        return _judge_today(entity_day, as_of, now=now, terms=terms, branches=branches, failure=failure)
    if terms.is_state:
        return _judge_last_state(entity_day, as_of, day=day, terms=terms, branches=branches)
    return _judge_past(entity_day, as_of, day=day, now=now, terms=terms, branches=branches)


def closing_time(day: date, *, calendar: BusinessCalendar, promise: Freshness) -> datetime | None:
    """When the day is promised to be complete, in UTC: `closed_by`, local time of the day after."""
    if promise.closed_by is None:
        return None
    hour, minute = (int(part) for part in promise.closed_by.split(":"))
    return datetime.combine(day + timedelta(days=1), time(hour, minute), calendar.zone).astimezone(UTC)


_NOT_OBTAINABLE = Verdict("not_obtainable", ("Nobody observed this day, and a past state cannot be asked for.",))
_WHY = {
    "unreachable": ": the partner does not answer",
    "throttled": ": the partner asks us to slow down",
    "refused": ": the partner refuses us",
    "misbehaved": ": what the partner answers cannot be right",
}


def _judge_nothing(day: date, *, now: datetime, terms: Terms, lost: bool) -> Verdict:
    if lost:
        return _NOT_OBTAINABLE
    begun, max_age = now - terms.calendar.start_of(day), terms.promise.max_age
    if max_age is not None and timedelta(0) <= begun <= max_age:
        missing = "no file of it has come yet" if terms.as_files else "was not read yet"
        return Verdict("incomplete", (f"The day began {write_age(begun)} ago and {missing}.",))
    words = "No file of this day has come." if terms.as_files else "Nothing was ever loaded for this day."
    return Verdict("never_loaded", (words,))


def _judge_held(entity_day: JudgedDay) -> Verdict:
    if entity_day.as_of is None:
        return Verdict("held", ("What was read is held back by a failed check or bad records; nothing is served.",))
    served = "A newer version is held back by a failed check or bad records; served is the one as of "
    return Verdict("held", (served, entity_day.as_of, "."), entity_day.limited_by)


def _believable_as_of(entity_day: JudgedDay) -> datetime:
    """A partner's clock that runs ahead cannot tell of what happened after we looked."""
    clocks = [clock for clock in (entity_day.as_of, entity_day.looked_at) if clock is not None]
    return min(clocks)


def _judge_today(
    entity_day: JudgedDay,
    as_of: datetime,
    *,
    now: datetime,
    terms: Terms,
    branches: Sequence[BranchClock],
    failure: str | None,
) -> Verdict:
    """Not looked at for longer than the data may be old is worse than looked at and old: nobody would notice more."""
    allowed = terms.promise.max_age
    limit = find_limit(as_of, entity_day.limited_by, allowed=allowed, trading=terms.trading, branches=branches)
    shown: Sentence = ("As of ", limit.as_of, f", {write_age(now - limit.as_of)} ago")
    looked_at = entity_day.looked_at
    if not terms.as_files and allowed is not None and looked_at is not None and now - looked_at > allowed:
        why = _WHY.get(failure, ": the last attempt failed") if failure else ""
        return Verdict("sync_stopped", (*shown, "; no complete answer since ", looked_at, f"{why}."), limit.branch)
    if entity_day.state != "complete":
        words = "; only changes were taken in, the day was not read whole yet."
        return Verdict("incomplete", (*shown, words), limit.branch)
    if limit.due is not None and now > limit.due:
        overdue = "; the next file is overdue, promised is at most " if terms.as_files else "; promised is at most "
        promised = f"{overdue}{_promised(terms)}."
        return Verdict("stale", (*shown, *_by_branch(limit), promised), limit.branch)
    if allowed is not None and now - limit.as_of > allowed:
        return _judge_closed(limit, now=now)
    if entity_day.rows == 0 and not terms.is_state:
        return Verdict("quiet", (*shown, "; the partner has no record of this day yet."), limit.branch)
    return Verdict("fresh", (*shown, "."), limit.branch)


def _judge_closed(limit: Limit, *, now: datetime) -> Verdict:
    """Older than promised, but only by hours in which nothing is sold."""
    if limit.hours is None:
        raise ValueError("only trading hours allow data to be older than promised")
    closed_since = limit.hours.last_open(now)
    day = limit.hours.why_closed(now.astimezone(limit.hours.zone).date())
    why = f" ({day})" if day else ""
    if closed_since is None:
        return Verdict("closed", ("Closed for a year; as of ", limit.as_of, "."), limit.branch)
    if closed_since == now:
        words = f", {write_age(now - limit.as_of)} ago; it was closed in between."
        return Verdict("fresh", ("As of ", limit.as_of, words), limit.branch)
    return Verdict("closed", ("Closed since ", closed_since, f"{why}; as of ", limit.as_of, "."), limit.branch)


def _judge_last_state(
    entity_day: JudgedDay, as_of: datetime, *, day: date, terms: Terms, branches: Sequence[BranchClock]
) -> Verdict:
    """A past day of a state entity: how long before the day's end it was last seen. Nothing can mend it any more."""
    ended_at, allowed = terms.calendar.end_of(day), terms.promise.max_age
    limit = find_limit(as_of, entity_day.limited_by, allowed=allowed, trading=terms.trading, branches=branches)
    if limit.due is not None and limit.due < ended_at:
        words = f", {write_age(ended_at - limit.as_of)} before the day ended; it stays so."
        return Verdict("stale", ("Last observed ", limit.as_of, *_by_branch(limit), words), limit.branch)
    return Verdict("fresh", ("The day's last state was observed ", limit.as_of, "."), limit.branch)


def _judge_past(
    entity_day: JudgedDay,
    as_of: datetime,
    *,
    day: date,
    now: datetime,
    terms: Terms,
    branches: Sequence[BranchClock],
) -> Verdict:
    """A past day is closed when one read that began after its end took it whole, and the data is as of its end.

    Either alone is not enough: a late change stamps a day with its own as_of, and a read after the end may find a
    branch that has not uploaded since noon. Where trading hours count, the end of a branch's trading is enough.
    """
    ended_at = terms.calendar.end_of(day)
    limit = find_closing_limit(
        as_of, entity_day.limited_by, ended_at=ended_at, trading=terms.trading, branches=branches
    )
    whole = entity_day.state == "complete"
    read_after = whole and entity_day.read_began_at is not None and entity_day.read_began_at >= ended_at
    if read_after and limit.due is not None and limit.as_of >= limit.due:
        how: Sentence = (".",) if limit.as_of >= ended_at else (", as of ", limit.as_of, ", after closing time.")
        nothing = "; the partner has no record of it" if entity_day.rows == 0 else ""
        return Verdict("fresh", (f"The whole day was read after it ended{nothing}", *how), limit.branch)
    missing = "No file of the day came that was written after its end"
    why: Sentence = (missing if terms.as_files else "The day ended and was not read whole after its end",)
    if read_after:
        why = ("The day was read after its end, but the data is only as of ", limit.as_of, *_by_branch(limit))
    due = closing_time(day, calendar=terms.calendar, promise=terms.promise)
    if due is not None and now > due:
        return Verdict("late", (*why, "; promised by ", due, "."), limit.branch)
    return Verdict("incomplete", (*why, "." if read_after else " yet."), limit.branch)


def _by_branch(limit: Limit) -> Sentence:
    return (f", limited by branch {limit.branch}",) if limit.branch else ()


def _promised(terms: Terms) -> str:
    allowed = write_duration(terms.promise.max_age) if terms.promise.max_age else ""
    return f"{allowed} of trading time" if terms.trading else allowed
