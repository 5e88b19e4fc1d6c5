"""Opening hours as a person reads them off the door: what is trading time, and what is not."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.contracts.trading_hours import Opening, TradingCalendar, TradingHours, holiday_name, known_place
from sync_platform.declarations.trading_hours import TradingHoursDeclaration

COLOMBO, LONDON = ZoneInfo("Asia/Colombo"), ZoneInfo("Europe/London")
MINUTE = timedelta(minutes=1)


def declared(zone: ZoneInfo = COLOMBO, **written: object) -> TradingCalendar:
    return TradingHoursDeclaration.model_validate(written).calendar(zone)


def colombo(text: str) -> datetime:
    """A moment of November 2026 by Colombo's clock: `21 08:10` (the 21st is a Saturday)."""
    return datetime.strptime(f"2026-11-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=COLOMBO).astimezone(UTC)


WEEK = {"mon-sat": "08:00-22:00", "sun": "09:00-13:00, 14:00-18:00"}


@pytest.mark.parametrize(
    ("start", "allowed", "due"),
    [
        ("20 12:00", 15, "20 12:15"),
        ("20 21:50", 15, "21 08:05"),  # ten minutes before closing, five after opening
        ("20 23:30", 15, "21 08:15"),
        ("21 21:59", 2, "22 09:01"),  # Saturday into Sunday
        ("22 12:50", 15, "22 14:05"),  # over the midday break
        ("20 07:00", 0, "20 08:00"),
        ("20 21:45", 15, "21 08:00"),  # exactly used up when it closes: due from the opening on
    ],
)
def test_only_trading_time_counts_until_data_is_due(start: str, allowed: int, due: str) -> None:
    usual = declared(week=WEEK).usual

    assert usual.due_after(colombo(start), allowed * MINUTE) == colombo(due)


@pytest.mark.parametrize(
    ("moment", "last"),
    [
        ("20 12:00", "20 12:00"),
        ("20 23:00", "20 22:00"),
        ("21 07:00", "20 22:00"),
        ("22 13:30", "22 13:00"),
        ("23 08:00", "22 18:00"),
    ],
)
def test_the_last_open_moment(moment: str, last: str) -> None:
    assert declared(week=WEEK).usual.last_open(colombo(moment)) == colombo(last)


def test_an_opening_over_midnight_ends_on_the_day_after() -> None:
    bar = declared(week={"fri-sat": "18:00-02:00"}).usual

    assert bar.due_after(colombo("20 23:30"), 60 * MINUTE) == colombo("21 00:30")
    assert bar.last_open(colombo("21 12:00")) == colombo("21 02:00")
    assert bar.last_open(colombo("21 01:00")) == colombo("21 01:00")
    assert bar.week[4] == (Opening(opens=18 * 60, closes=26 * 60),)


def test_a_holiday_and_a_closed_day_do_not_count_and_an_open_day_does() -> None:
    # 2026-12-25 is a Friday, and a public holiday in Sri Lanka.
    christmas = date(2026, 12, 25)
    closed = declared(week=WEEK, holidays="LK", closed=["2026-12-26"]).usual
    open_ = declared(week=WEEK, holidays="LK", open=["2026-12-25"]).usual
    evening = datetime(2026, 12, 24, 21, 50, tzinfo=COLOMBO)

    assert closed.why_closed(christmas) == holiday_name("LK", christmas) == "Christmas Day"
    assert closed.why_closed(date(2026, 12, 26)) == "a closed day"
    assert closed.due_after(evening, 15 * MINUTE) == datetime(2026, 12, 27, 9, 5, tzinfo=COLOMBO)
    assert open_.why_closed(christmas) is None
    assert open_.due_after(evening, 15 * MINUTE) == datetime(2026, 12, 25, 8, 5, tzinfo=COLOMBO)


def test_a_branch_of_its_own_hours_keeps_what_it_does_not_name() -> None:
    trading = declared(week=WEEK, holidays="LK", branches={"S0330": {"week": {"daily": "00:00-24:00"}}})

    assert trading.of("S0330").week == ((Opening(0, 1440),),) * 7
    assert trading.of("S0330").holidays == "LK"
    assert trading.of("S0001") == trading.of(None) == trading.usual


@pytest.mark.parametrize(
    ("start", "due"),
    [
        # 2026-03-29: London's clocks go from 01:00 to 02:00; a night shop trades an hour less.
        (datetime(2026, 3, 28, 23, 0, tzinfo=UTC), datetime(2026, 3, 29, 3, 0, tzinfo=UTC)),
        (datetime(2026, 10, 24, 22, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 0, tzinfo=UTC)),
    ],
)
def test_hours_of_trading_are_real_hours_where_clocks_change(start: datetime, due: datetime) -> None:
    night = declared(LONDON, week={"daily": "00:00-24:00"}).usual

    assert night.due_after(start, 4 * 60 * MINUTE) == due


def test_a_shop_that_never_opens_is_never_due() -> None:
    never = TradingHours(zone=COLOMBO, week=((),) * 7)

    assert never.due_after(colombo("20 12:00"), MINUTE) is None
    assert never.last_open(colombo("20 12:00")) is None
    assert never.why_closed(date(2026, 11, 20)) == "closed on this weekday"


@pytest.mark.parametrize(
    ("written", "problem"),
    [
        ({"week": {"mondays": "08:00-22:00"}}, "write daily, a weekday like mon"),
        ({"week": {"mon": "8-22"}}, 'write "08:00-22:00"'),
        ({"week": {"mon": "08:00-25:00"}}, 'write "08:00-22:00"'),
        ({"week": {"mon": "14:00-18:00, 09:00-13:00"}}, "follow one another"),
        ({"week": {"mon": "24:00-02:00"}}, "begin before midnight"),
        ({"week": {"mon-wed": "08:00-22:00", "tue": "09:00-18:00"}}, "names tue twice"),
        ({"week": WEEK, "holidays": "XX"}, "no holidays are known for 'XX'"),
        ({"week": WEEK, "branches": {"S1": {"week": {"mon": "never"}}}}, 'write "08:00-22:00"'),
        ({}, "Field required"),
    ],
)
def test_a_wrong_declaration_says_how_to_write_it(written: dict[str, object], problem: str) -> None:
    with pytest.raises(ValueError, match=problem):
        TradingHoursDeclaration.model_validate(written)


@pytest.mark.parametrize(("place", "known"), [("LK", True), ("US-NY", True), ("US-ZZ", False), ("Lanka", False)])
def test_a_place_is_a_country_or_one_of_its_parts(place: str, *, known: bool) -> None:
    assert known_place(place) is known
