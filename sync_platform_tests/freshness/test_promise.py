"""Freshness situations, each with the state and the sentence that a person would give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Freshness
from sync_platform.freshness.promise import closing_time, judge
from sync_platform.freshness.state import STATES, state_of
from sync_platform.landing.days import EntityDay

COLOMBO = BusinessCalendar(ZoneInfo("Asia/Colombo"))
BERLIN = BusinessCalendar(ZoneInfo("Europe/Berlin"))
# 11:00 in Colombo; the 20th ended there at 18:30 UTC and was promised by 03:30 UTC.
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)
PROMISE = Freshness(max_age=timedelta(minutes=15), closed_by="09:00")


def at(text: str) -> datetime:
    """A UTC moment of November 2026: `21 05:20` or `21 05:20:30`."""
    day, _, clock = text.partition(" ")
    return datetime.combine(date(2026, 11, int(day)), time.fromisoformat(clock), UTC)


def landed(
    as_of: str | None, *, state: str = "complete", began: str | None = None, looked: str | None = None
) -> EntityDay:
    """A day that was read whole when its as_of says, unless told otherwise."""
    moment = at(as_of) if as_of else None
    looked_at = at(looked) if looked else moment
    return EntityDay(
        state=state,
        rows=10,
        as_of=moment,
        looked_at=looked_at,
        loaded_at=looked_at,
        complete_at=moment,
        read_began_at=at(began) if began else moment,
        complete_load_id=None,
        dirty_since=None,
        checked_at=None,
        checks_passed=0,
        checks_failed=0,
        blocking_failed=0,
    )


@dataclass(frozen=True)
class Case:
    """A situation; `how` are the arguments of judge that differ from yesterday's and today's usual ones."""

    name: str
    day: EntityDay | None
    state: str
    words: str
    how: dict[str, Any]


def case(name: str, day: EntityDay | None, state: str, words: str, /, **how: Any) -> Case:
    return Case(name, day, state, words, how)


PAST = {"day": YESTERDAY}
STATE = {"day": YESTERDAY, "is_state": True}
CASES = (
    # Today.
    case("polled a few seconds ago", landed("21 05:29:55"), "fresh", "As of 2026-11-21 05:29 UTC, 5 s ago."),
    case("exactly as old as promised", landed("21 05:15"), "fresh", "As of 2026-11-21 05:15 UTC, 15 min ago."),
    case(
        "a second older than promised",
        landed("21 05:14:59"),
        "stale",
        "As of 2026-11-21 05:14 UTC, 15 min ago; promised is at most 15m.",
    ),
    case(
        "the sync died in the night",
        landed("20 20:00"),
        "stale",
        "As of 2026-11-20 20:00 UTC, 9 h 30 min ago; promised is at most 15m.",
    ),
    case(
        "a branch is offline while we look: as_of decides, not looked_at",
        landed("21 03:00", looked="21 05:29:55"),
        "stale",
        "As of 2026-11-21 03:00 UTC, 2 h 30 min ago; promised is at most 15m.",
    ),
    case(
        "loaded just now, true two days ago",
        landed("19 03:00", looked="21 05:29"),
        "stale",
        "As of 2026-11-19 03:00 UTC, 2 days ago; promised is at most 15m.",
    ),
    case(
        "the partner's clock is a day ahead, and we look",
        landed("22 05:29", looked="21 05:29"),
        "fresh",
        "As of 2026-11-21 05:29 UTC, 60 s ago.",
    ),
    case(
        "the partner's clock is a day ahead, and the sync died an hour ago",
        landed("22 04:30", looked="21 04:30"),
        "stale",
        "As of 2026-11-21 04:30 UTC, 60 min ago; promised is at most 15m.",
    ),
    case(
        "our clock is behind the partner's by seconds",
        landed("21 05:30:03", looked="21 05:30:03"),
        "fresh",
        "As of 2026-11-21 05:30 UTC, 0 s ago.",
    ),
    case(
        "only changes were taken in",
        landed("21 05:29:50", state="partial"),
        "incomplete",
        "As of 2026-11-21 05:29 UTC, 10 s ago; only changes were taken in, the day was not read whole yet.",
    ),
    case("nothing was ever tried", None, "never_loaded", "Nothing was ever loaded for this day."),
    case(
        "every attempt failed",
        landed(None, state="never_loaded"),
        "never_loaded",
        "Nothing was ever loaded for this day.",
    ),
    case(
        "the day began seconds ago",
        None,
        "incomplete",
        "The day began 4 s ago and was not read yet.",
        now=at("20 18:30:04"),
    ),
    case(
        "the day began longer ago than a day may be old",
        None,
        "never_loaded",
        "Nothing was ever loaded for this day.",
        now=at("20 18:46"),
    ),
    case(
        "first day ever without a promise",
        None,
        "never_loaded",
        "Nothing was ever loaded for this day.",
        now=at("20 18:30:04"),
        promise=Freshness(),
    ),
    case(
        "old, and nothing is promised",
        landed("20 20:00"),
        "fresh",
        "As of 2026-11-20 20:00 UTC, 9 h 30 min ago.",
        promise=Freshness(),
    ),
    case(
        "held with a good version before it",
        landed("21 05:00", state="held"),
        "held",
        "A newer version is held back by a failed check; served is the one as of 2026-11-21 05:00 UTC.",
    ),
    case(
        "held with nothing before it",
        landed(None, state="held"),
        "held",
        "What was read is held back by a failed check; nothing is served.",
    ),
    case(
        "a quiet day is looked at and stays fresh",
        replace(landed("21 05:29:58"), rows=0),
        "fresh",
        "As of 2026-11-21 05:29 UTC, 2 s ago.",
    ),
    case(
        "tomorrow's label, where the partner is east of us",
        landed("21 05:29:58"),
        "fresh",
        "As of 2026-11-21 05:29 UTC, 2 s ago.",
        day=date(2026, 11, 22),
    ),
    # A past day of an event entity.
    case("read whole after its end", landed("20 20:30"), "fresh", "The whole day was read after it ended.", **PAST),
    case("read at the very end", landed("20 18:30"), "fresh", "The whole day was read after it ended.", **PAST),
    case(
        "read a second before its end",
        landed("20 18:29:59"),
        "late",
        "The day ended and was not read whole after its end; promised by 2026-11-21 03:30 UTC.",
        **PAST,
    ),
    case(
        "the close failed, and it is not yet due",
        landed("20 18:00"),
        "incomplete",
        "The day ended and was not read whole after its end yet.",
        now=at("21 03:30"),
        **PAST,
    ),
    case(
        "the close failed, and it has just become due",
        landed("20 18:00"),
        "late",
        "The day ended and was not read whole after its end; promised by 2026-11-21 03:30 UTC.",
        now=at("21 03:30:01"),
        **PAST,
    ),
    case(
        "read after its end, but a branch uploaded last at noon",
        landed("20 06:30", began="20 20:30", looked="20 20:30"),
        "late",
        "The day was read after its end, but the data is only as of 2026-11-20 06:30 UTC;"
        " promised by 2026-11-21 03:30 UTC.",
        **PAST,
    ),
    case(
        "the same before it is due",
        landed("20 06:30", began="20 20:30", looked="20 20:30"),
        "incomplete",
        "The day was read after its end, but the data is only as of 2026-11-20 06:30 UTC.",
        now=at("21 01:00"),
        **PAST,
    ),
    case(
        "read at noon; a late change stamps it with today's as_of",
        landed("21 05:00", began="20 06:30"),
        "late",
        "The day ended and was not read whole after its end; promised by 2026-11-21 03:30 UTC.",
        **PAST,
    ),
    case(
        "only changes were taken in before the day was past",
        landed("21 05:00", state="partial"),
        "late",
        "The day ended and was not read whole after its end; promised by 2026-11-21 03:30 UTC.",
        **PAST,
    ),
    case(
        "nothing is promised about past days",
        landed("20 18:00"),
        "incomplete",
        "The day ended and was not read whole after its end yet.",
        promise=Freshness(max_age=timedelta(minutes=15)),
        **PAST,
    ),
    case(
        "an old backfill is fresh for its own day",
        landed("21 05:00"),
        "fresh",
        "The whole day was read after it ended.",
        day=date(2026, 1, 2),
    ),
    case("never loaded in the past", None, "never_loaded", "Nothing was ever loaded for this day.", **PAST),
    case(
        "a past day held",
        landed("20 20:30", state="held"),
        "held",
        "A newer version is held back by a failed check; served is the one as of 2026-11-20 20:30 UTC.",
        **PAST,
    ),
    # A past day of a state entity.
    case(
        "not obtainable",
        landed(None, state="not_obtainable"),
        "not_obtainable",
        "Nobody observed this day, and a past state cannot be asked for.",
        **STATE,
    ),
    case(
        "a past state nobody noted as not obtainable yet",
        None,
        "not_obtainable",
        "Nobody observed this day, and a past state cannot be asked for.",
        **STATE,
    ),
    case(
        "a state observed until the day's end",
        landed("20 18:29:50"),
        "fresh",
        "The day's last state was observed 2026-11-20 18:29 UTC.",
        **STATE,
    ),
    case(
        "a state last observed at noon can never be mended",
        landed("20 06:30"),
        "stale",
        "Last observed 2026-11-20 06:30 UTC, 12 h before the day ended; it stays so.",
        **STATE,
    ),
    case(
        "a state entity that was never loaded today",
        None,
        "never_loaded",
        "Nothing was ever loaded for this day.",
        is_state=True,
    ),
    # Clocks that change: Berlin's 2026-10-25 has 25 hours and ends at 23:00 UTC, not at 22:00.
    case(
        "read in the hour that only the long day has",
        replace(
            landed("21 05:00"),
            as_of=datetime(2026, 10, 25, 22, 30, tzinfo=UTC),
            read_began_at=datetime(2026, 10, 25, 22, 30, tzinfo=UTC),
        ),
        "late",
        "The day ended and was not read whole after its end; promised by 2026-10-26 08:00 UTC.",
        day=date(2026, 10, 25),
        calendar=BERLIN,
    ),
    case(
        "a business day that starts at four is still yesterday at three",
        landed("20 21:29:50"),
        "fresh",
        "As of 2026-11-20 21:29 UTC, 10 s ago.",
        day=YESTERDAY,
        now=at("20 21:30"),
        calendar=BusinessCalendar(ZoneInfo("Asia/Colombo"), starts_at=time(4)),
    ),
)


@pytest.mark.parametrize("given", CASES, ids=lambda given: given.name)
def test_a_situation_has_its_state_and_its_sentence(given: Case) -> None:
    how: dict[str, Any] = {"day": TODAY, "now": NOW, "calendar": COLOMBO, "promise": PROMISE, **given.how}

    verdict = judge(given.day, **how)

    assert (verdict.state, verdict.words) == (given.state, given.words)


def test_every_state_is_met_by_the_table_and_known_to_the_reports() -> None:
    assert {given.state for given in CASES} == {state.name for state in STATES}
    assert len({state.mark for state in STATES}) == len({state.word for state in STATES}) == len(STATES)
    assert state_of("not_obtainable").word == "not obtainable"


def test_only_fresh_and_not_obtainable_keep_the_promise() -> None:
    kept = {given.state for given in CASES if judge(given.day, **{**_usual(), **given.how}).kept}

    assert kept == {"fresh", "not_obtainable"}


def test_loading_an_old_day_does_not_make_today_fresh() -> None:
    """The native freshness policy turns to PASS when an old day is materialised (design.md, traps)."""
    old = judge(landed("21 05:29"), **{**_usual(), "day": date(2026, 1, 2)})
    today = judge(landed("20 20:00"), **_usual())

    assert (old.state, today.state) == ("fresh", "stale")


def test_a_sentence_is_told_in_the_readers_zone() -> None:
    verdict = judge(landed("20 18:00"), **{**_usual(), **PAST})

    assert verdict.words_in(ZoneInfo("Asia/Colombo")) == (
        "The day ended and was not read whole after its end; promised by 2026-11-21 09:00 +05:30."
    )
    assert "promised by 2026-11-20 22:30 -05:00" in verdict.words_in(ZoneInfo("America/New_York"))


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 10, 23), datetime(2026, 10, 24, 7, 0, tzinfo=UTC)),
        (date(2026, 10, 24), datetime(2026, 10, 25, 8, 0, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2027, 1, 1, 8, 0, tzinfo=UTC)),
    ],
    ids=["summer time", "the night the clocks go back", "over the year's end"],
)
def test_the_closing_time_is_local_to_the_day_after(day: date, due: datetime) -> None:
    assert closing_time(day, calendar=BERLIN, promise=PROMISE) == due


def _usual() -> dict[str, Any]:
    return {"day": TODAY, "now": NOW, "calendar": COLOMBO, "promise": PROMISE}
