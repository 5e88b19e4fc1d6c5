"""Freshness situations, each with the state and the sentence that a person would give it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Freshness
from sync_platform.contracts.trading_hours import TradingCalendar
from sync_platform.declarations.freeze import Freeze
from sync_platform.declarations.trading_hours import TradingHoursDeclaration
from sync_platform.freshness.promise import Terms, Verdict, closing_time, judge
from sync_platform.freshness.state import STATES, state_of
from sync_platform.landing.days import BranchClock, EntityDay

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
    as_of: str | None,
    *,
    state: str = "complete",
    began: str | None = None,
    looked: str | None = None,
    limited_by: str | None = None,
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
        limited_by=limited_by,
    )


def trading(**written: object) -> TradingCalendar:
    """Trading hours in Colombo, as they are declared."""
    return TradingHoursDeclaration.model_validate(written).calendar(COLOMBO.zone)


def clocks(**branches: str) -> tuple[BranchClock, ...]:
    """Branch clocks by as_of, looked at when the case judges."""
    return tuple(BranchClock(branch, at(as_of), NOW) for branch, as_of in branches.items())


@dataclass(frozen=True)
class Case:
    """A situation; `how` are the arguments of judge, or of its terms, that differ from the usual ones."""

    name: str
    day: EntityDay | None
    state: str
    words: str
    how: dict[str, Any]


def case(name: str, day: EntityDay | None, state: str, words: str, /, **how: Any) -> Case:
    return Case(name, day, state, words, how)


SHOP_HOURS = trading(week={"daily": "08:00-22:00"})
# One branch opens at noon only.
MORNINGS_OFF = trading(week={"daily": "08:00-22:00"}, branches={"S0001": {"week": {"daily": "12:00-22:00"}}})
STOCK_TAKE = (Freeze(at("20 18:00"), at("21 12:00"), "stock take"),)
PAST = {"day": YESTERDAY}
STATE = {"day": YESTERDAY, "is_state": True}
CASES = (
    # Today.
    case("polled a few seconds ago", landed("21 05:29:55"), "fresh", "As of 2026-11-21 05:29 UTC, 5 s ago."),
    case("exactly as old as promised", landed("21 05:15"), "fresh", "As of 2026-11-21 05:15 UTC, 15 min ago."),
    case(
        "a second older than promised",
        landed("21 05:14:59", looked="21 05:29:58"),
        "stale",
        "As of 2026-11-21 05:14 UTC, 15 min ago; promised is at most 15m.",
    ),
    case(
        "the sync died in the night",
        landed("20 20:00"),
        "sync_stopped",
        "As of 2026-11-20 20:00 UTC, 9 h 30 min ago; no complete answer since 2026-11-20 20:00 UTC.",
    ),
    case(
        "the sync died, and the branch that was late then is worse off",
        landed("20 18:31", looked="21 05:00", limited_by="S0330"),
        "sync_stopped",
        "As of 2026-11-20 18:31 UTC, 10 h 59 min ago; no complete answer since 2026-11-21 05:00 UTC.",
    ),
    case(
        "the partner does not answer any more",
        landed("21 05:10"),
        "sync_stopped",
        "As of 2026-11-21 05:10 UTC, 20 min ago; no complete answer since 2026-11-21 05:10 UTC:"
        " the partner does not answer.",
        failure="unreachable",
    ),
    case(
        "the partner refuses us",
        landed("21 05:10"),
        "sync_stopped",
        "As of 2026-11-21 05:10 UTC, 20 min ago; no complete answer since 2026-11-21 05:10 UTC:"
        " the partner refuses us.",
        failure="refused",
    ),
    case(
        "the partner failed once a moment ago: not yet anybody's loss",
        landed("21 05:25"),
        "fresh",
        "As of 2026-11-21 05:25 UTC, 5 min ago.",
        failure="unreachable",
    ),
    case(
        "a failure of a kind without words of its own",
        landed("21 05:10"),
        "sync_stopped",
        "As of 2026-11-21 05:10 UTC, 20 min ago; no complete answer since 2026-11-21 05:10 UTC:"
        " the last attempt failed.",
        failure="database",
    ),
    case(
        "looked at exactly as long ago as data may be old",
        landed("21 05:15", looked="21 05:15"),
        "fresh",
        "As of 2026-11-21 05:15 UTC, 15 min ago.",
    ),
    case(
        "a partner that answers seldom, and nothing is promised: nothing to stop",
        landed("20 20:00"),
        "fresh",
        "As of 2026-11-20 20:00 UTC, 9 h 30 min ago.",
        promise=Freshness(closed_by="09:00"),
    ),
    case(
        "a branch is offline while we look: as_of decides, not looked_at",
        landed("21 03:00", looked="21 05:29:55", limited_by="S0330"),
        "stale",
        "As of 2026-11-21 03:00 UTC, 2 h 30 min ago, limited by branch S0330; promised is at most 15m.",
    ),
    case(
        "a whole system's data stands still while it answers",
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
        "sync_stopped",
        "As of 2026-11-21 04:30 UTC, 60 min ago; no complete answer since 2026-11-21 04:30 UTC.",
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
        "A newer version is held back by a failed check or bad records; served is the one as of 2026-11-21 05:00 UTC.",
    ),
    case(
        "held with nothing before it",
        landed(None, state="held"),
        "held",
        "What was read is held back by a failed check or bad records; nothing is served.",
    ),
    case(
        "a quiet day is looked at, and nothing came",
        replace(landed("21 05:29:58"), rows=0),
        "quiet",
        "As of 2026-11-21 05:29 UTC, 2 s ago; the partner has no record of this day yet.",
    ),
    case(
        "a quiet shop whose sync died is not quiet",
        replace(landed("21 04:29:58"), rows=0),
        "sync_stopped",
        "As of 2026-11-21 04:29 UTC, 60 min ago; no complete answer since 2026-11-21 04:29 UTC.",
    ),
    case(
        "a quiet shop whose POS is offline is not quiet",
        replace(landed("21 04:29:58", looked="21 05:29:58", limited_by="S0007"), rows=0),
        "stale",
        "As of 2026-11-21 04:29 UTC, 60 min ago, limited by branch S0007; promised is at most 15m.",
    ),
    case(
        "no stock at all is a state, not a quiet day",
        replace(landed("21 05:29:58"), rows=0),
        "fresh",
        "As of 2026-11-21 05:29 UTC, 2 s ago.",
        is_state=True,
    ),
    case(
        "changes only, and then the sync died",
        landed("21 04:30", state="partial"),
        "sync_stopped",
        "As of 2026-11-21 04:30 UTC, 60 min ago; no complete answer since 2026-11-21 04:30 UTC.",
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
        "A newer version is held back by a failed check or bad records; served is the one as of 2026-11-20 20:30 UTC.",
        **PAST,
    ),
    case(
        "a past day on which nothing happened",
        replace(landed("20 20:30"), rows=0),
        "fresh",
        "The whole day was read after it ended; the partner has no record of it.",
        **PAST,
    ),
    case(
        "a branch offline since noon of a past day is named",
        landed("20 06:30", began="20 20:30", looked="20 20:30", limited_by="S0330"),
        "late",
        "The day was read after its end, but the data is only as of 2026-11-20 06:30 UTC, limited by branch S0330;"
        " promised by 2026-11-21 03:30 UTC.",
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
    # Trading hours: Colombo's 08:00 to 22:00 are 02:30 to 16:30 UTC; now it is 11:00 there, on a Saturday.
    case(
        "closed at night: as old as the closing time, and not late",
        landed("20 16:31", looked="20 22:00"),
        "closed",
        "Closed since 2026-11-20 16:30 UTC; as of 2026-11-20 16:31 UTC.",
        now=at("20 22:00:10"),
        trading=SHOP_HOURS,
    ),
    case(
        "the sync died at night: nobody would notice more, so it is not closed",
        landed("20 16:31"),
        "sync_stopped",
        "As of 2026-11-20 16:31 UTC, 5 h 29 min ago; no complete answer since 2026-11-20 16:31 UTC.",
        now=at("20 22:00:10"),
        trading=SHOP_HOURS,
    ),
    case(
        "open for ten minutes, and the shop has not uploaded yet",
        landed("20 16:30", looked="21 02:40"),
        "fresh",
        "As of 2026-11-20 16:30 UTC, 10 h 10 min ago; it was closed in between.",
        now=at("21 02:40"),
        trading=SHOP_HOURS,
    ),
    case(
        "open for sixteen minutes, and the shop has not uploaded yet",
        landed("20 16:30", looked="21 02:46"),
        "stale",
        "As of 2026-11-20 16:30 UTC, 10 h 16 min ago; promised is at most 15m of trading time.",
        now=at("21 02:46"),
        trading=SHOP_HOURS,
    ),
    case(
        "offline since an hour before closing: closing does not make it right",
        landed("20 15:30", looked="20 22:00", limited_by="S0330"),
        "stale",
        "As of 2026-11-20 15:30 UTC, 6 h 30 min ago, limited by branch S0330; promised is at most 15m of trading time.",
        now=at("20 22:00"),
        trading=SHOP_HOURS,
    ),
    case(
        "a public holiday is not late",
        replace(
            landed("21 05:00"),
            as_of=datetime(2026, 12, 24, 16, 31, tzinfo=UTC),
            looked_at=datetime(2026, 12, 25, 6, 0, tzinfo=UTC),
        ),
        "closed",
        "Closed since 2026-12-24 16:30 UTC (Christmas Day); as of 2026-12-24 16:31 UTC.",
        day=date(2026, 12, 25),
        now=datetime(2026, 12, 25, 6, 0, 5, tzinfo=UTC),
        trading=trading(week={"daily": "08:00-22:00"}, holidays="LK"),
    ),
    case(
        "a closed day of the shop's own is not late",
        landed("20 16:31", looked="21 05:29:58"),
        "closed",
        "Closed since 2026-11-20 16:30 UTC (a closed day); as of 2026-11-20 16:31 UTC.",
        trading=trading(week={"daily": "08:00-22:00"}, closed=["2026-11-21"]),
    ),
    case(
        "a weekday without hours is not late",
        landed("20 16:31", looked="21 05:29:58"),
        "closed",
        "Closed since 2026-11-20 16:30 UTC (closed on this weekday); as of 2026-11-20 16:31 UTC.",
        trading=trading(week={"mon-fri": "08:00-22:00"}),
    ),
    case(
        "a branch that is closed does not limit one that trades",
        landed("20 16:31", looked="21 05:29:58", limited_by="S0001"),
        "fresh",
        "As of 2026-11-21 05:29 UTC, 60 s ago.",
        trading=MORNINGS_OFF,
        branches=clocks(S0001="20 16:31", S0330="21 05:29"),
    ),
    case(
        "the branch that trades and is offline limits, although a closed one is older",
        landed("20 16:31", looked="21 05:29:58", limited_by="S0001"),
        "stale",
        "As of 2026-11-21 04:30 UTC, 60 min ago, limited by branch S0330; promised is at most 15m of trading time.",
        trading=MORNINGS_OFF,
        branches=clocks(S0001="20 16:31", S0330="21 04:30"),
    ),
    case(
        "a branch that was not looked at since is as old as the look",
        landed("21 05:29", looked="21 05:29:58", limited_by="S0330"),
        "stale",
        "As of 2026-11-21 05:00 UTC, 30 min ago, limited by branch S0330; promised is at most 15m of trading time.",
        trading=MORNINGS_OFF,
        branches=(BranchClock("S0330", at("21 05:29"), at("21 05:00")),),
    ),
    case(
        "a shop that never opens is never late",
        landed("20 16:31", looked="21 05:29:58"),
        "closed",
        "Closed for a year; as of 2026-11-20 16:31 UTC.",
        trading=trading(week={"mon": "closed"}),
    ),
    case(
        "a past day is whole when its shop had closed",
        landed("20 16:31", began="20 20:30", looked="20 20:30"),
        "fresh",
        "The whole day was read after it ended, as of 2026-11-20 16:31 UTC, after closing time.",
        trading=SHOP_HOURS,
        **PAST,
    ),
    case(
        "a past day is late when its shop went offline before closing",
        landed("20 16:29", began="20 20:30", looked="20 20:30", limited_by="S0330"),
        "late",
        "The day was read after its end, but the data is only as of 2026-11-20 16:29 UTC, limited by branch S0330;"
        " promised by 2026-11-21 03:30 UTC.",
        trading=SHOP_HOURS,
        **PAST,
    ),
    case(
        "a past day on which one branch had closed and another was offline",
        landed("20 06:00", began="20 20:30", looked="20 20:30", limited_by="S0001"),
        "late",
        "The day was read after its end, but the data is only as of 2026-11-20 12:00 UTC, limited by branch S0330;"
        " promised by 2026-11-21 03:30 UTC.",
        trading=trading(week={"daily": "08:00-22:00"}, branches={"S0001": {"week": {"daily": "08:00-11:00"}}}),
        branches=clocks(S0001="20 06:00", S0330="20 12:00"),
        **PAST,
    ),
    case(
        "the last state before closing time is that of the day",
        landed("20 16:31"),
        "fresh",
        "The day's last state was observed 2026-11-20 16:31 UTC.",
        trading=SHOP_HOURS,
        **STATE,
    ),
    case(
        "a state last observed at noon is not the closing time's",
        landed("20 06:30", limited_by="S0330"),
        "stale",
        "Last observed 2026-11-20 06:30 UTC, limited by branch S0330, 12 h before the day ended; it stays so.",
        trading=SHOP_HOURS,
        **STATE,
    ),
    # Freeze windows: until 12:00 UTC, since the 20th's 18:00.
    case(
        "a frozen pipeline is not looked at, on purpose",
        landed("20 18:31"),
        "frozen",
        "Frozen until 2026-11-21 12:00 UTC (stock take). As of 2026-11-20 18:31 UTC, 10 h 59 min ago;"
        " no complete answer since 2026-11-20 18:31 UTC.",
        freezes=STOCK_TAKE,
    ),
    case(
        "a frozen pipeline that was read a moment before",
        landed("21 05:20"),
        "fresh",
        "As of 2026-11-21 05:20 UTC, 10 min ago.",
        freezes=STOCK_TAKE,
    ),
    case(
        "a freeze that has ended excuses nothing",
        landed("20 18:31"),
        "sync_stopped",
        "As of 2026-11-20 18:31 UTC, 17 h 29 min ago; no complete answer since 2026-11-20 18:31 UTC.",
        now=at("21 12:00"),
        freezes=STOCK_TAKE,
    ),
    case(
        "a past day that the freeze keeps from being closed",
        landed("20 18:00"),
        "frozen",
        "Frozen until 2026-11-21 12:00 UTC (stock take). The day ended and was not read whole after its end;"
        " promised by 2026-11-21 03:30 UTC.",
        freezes=STOCK_TAKE,
        **PAST,
    ),
    case(
        "a held day stays held within a freeze",
        landed("21 05:00", state="held"),
        "held",
        "A newer version is held back by a failed check or bad records; served is the one as of 2026-11-21 05:00 UTC.",
        freezes=STOCK_TAKE,
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
    verdict = judged(given.day, **given.how)

    assert (verdict.state, verdict.words) == (given.state, given.words)


def test_every_state_is_met_by_the_table_and_known_to_the_reports() -> None:
    assert {given.state for given in CASES} == {state.name for state in STATES}
    assert len({state.mark for state in STATES}) == len({state.word for state in STATES}) == len(STATES)
    assert state_of("not_obtainable").word == "not obtainable"


def test_what_keeps_the_promise() -> None:
    kept = {given.state for given in CASES if judged(given.day, **given.how).kept}

    assert kept == {"fresh", "quiet", "closed", "frozen", "not_obtainable"}


def test_loading_an_old_day_does_not_make_today_fresh() -> None:
    """The native freshness policy turns to PASS when an old day is materialised (design.md, traps)."""
    old = judged(landed("21 05:29"), day=date(2026, 1, 2))
    today = judged(landed("20 20:00"))

    assert (old.state, today.state) == ("fresh", "sync_stopped")


def test_a_sentence_is_told_in_the_readers_zone() -> None:
    verdict = judged(landed("20 18:00"), **PAST)

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


def judged(landed_day: EntityDay | None, /, **how: Any) -> Verdict:
    """The verdict with the usual terms and today's usual time, but for what is given."""
    named = {name: how.pop(name) for name in ("calendar", "promise", "is_state", "trading", "freezes") if name in how}
    terms = Terms(**{"calendar": COLOMBO, "promise": PROMISE, **named})
    return judge(landed_day, **{"day": TODAY, "now": NOW, **how}, terms=terms)
