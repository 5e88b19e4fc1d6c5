"""Business days of real calendars: Colombo's history of offsets, days of 23 and 25 hours, leap days and late starts."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_platform.contracts.business_day import BusinessCalendar

ONE_MICROSECOND = timedelta(microseconds=1)
CALENDARS = [
    BusinessCalendar(ZoneInfo("Asia/Colombo")),
    BusinessCalendar(ZoneInfo("Europe/London")),
    BusinessCalendar(ZoneInfo("America/Havana")),  # clocks change at midnight
    BusinessCalendar(ZoneInfo("Asia/Beirut")),  # a midnight that does not occur
    BusinessCalendar(ZoneInfo("Australia/Lord_Howe"), time(1, 45)),  # half an hour, in the hour of the day's start
    BusinessCalendar(ZoneInfo("America/New_York"), time(1, 30)),  # a start that occurs twice
    BusinessCalendar(ZoneInfo("America/New_York"), time(2, 30)),  # a start that does not occur
    BusinessCalendar(ZoneInfo("Asia/Colombo"), time(4, 0)),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "day"),
    [
        ("2026-11-19T18:29:59.999999", "2026-11-19"),
        ("2026-11-19T18:30:00", "2026-11-20"),
        ("2026-11-20T18:29:59.999999", "2026-11-20"),
        ("1996-05-24T18:30:00", "1996-05-25"),  # +05:30 until then
        ("1996-05-26T17:29:59", "1996-05-26"),  # +06:30 from 1996-05-25
        ("1996-05-26T17:30:00", "1996-05-27"),
        ("1996-12-31T18:00:00", "1997-01-01"),  # +06:00 from 1996-10-26
        ("2006-04-13T17:59:59", "2006-04-13"),
        ("2006-04-13T18:00:00", "2006-04-14"),
        ("2006-04-20T18:29:59", "2006-04-20"),  # +05:30 again from 2006-04-15
        ("2028-02-28T18:30:00", "2028-02-29"),
        ("2028-02-29T18:30:00", "2028-03-01"),
        ("2026-12-31T18:29:59", "2026-12-31"),
        ("2026-12-31T18:30:00", "2027-01-01"),
    ],
)
def test_t1_a_day_in_colombo_follows_the_offset_of_its_time(moment: str, day: str) -> None:
    assert BusinessCalendar(ZoneInfo("Asia/Colombo")).day_of(utc(moment)) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/London", "2026-03-29", 23),
        ("Europe/London", "2026-10-25", 25),
        ("Europe/London", "2026-07-01", 24),
        ("America/New_York", "2026-03-08", 23),
        ("America/New_York", "2026-11-01", 25),
        ("Asia/Colombo", "2026-10-25", 24),
        ("Australia/Lord_Howe", "2026-04-05", 24.5),
    ],
)
def test_t2_a_day_is_as_long_as_its_clocks_make_it(zone: str, day: str, hours: float) -> None:
    calendar = BusinessCalendar(ZoneInfo(zone))
    label = date.fromisoformat(day)

    assert calendar.end_of(label) - calendar.start_of(label) == timedelta(hours=hours)


def test_t2_both_passes_of_the_repeated_hour_belong_to_one_day() -> None:
    london = BusinessCalendar(ZoneInfo("Europe/London"))

    assert london.day_of(utc("2026-10-25T00:30:00")) == date(2026, 10, 25)
    assert london.day_of(utc("2026-10-25T01:30:00")) == date(2026, 10, 25)


def test_t2_a_start_that_occurs_twice_begins_the_day_once() -> None:
    calendar = BusinessCalendar(ZoneInfo("America/New_York"), time(1, 30))

    assert calendar.start_of(date(2026, 11, 1)) == utc("2026-11-01T05:30:00")
    assert calendar.day_of(utc("2026-11-01T05:29:59")) == date(2026, 10, 31)
    assert calendar.day_of(utc("2026-11-01T06:10:00")) == date(2026, 11, 1), "1:10 on the second pass"


def test_a_day_that_starts_late_takes_the_small_hours_of_the_next_date() -> None:
    calendar = BusinessCalendar(ZoneInfo("Asia/Colombo"), time(4, 0))

    assert calendar.day_of(utc("2026-11-20T22:29:59")) == date(2026, 11, 20), "03:59:59 on the 21st in Colombo"
    assert calendar.day_of(utc("2026-11-20T22:30:00")) == date(2026, 11, 21)


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: f"{calendar.zone} {calendar.starts_at}")
@pytest.mark.parametrize("day", ["2028-02-29", "2027-12-31", "2027-01-01", "2026-12-31"])
def test_t3_leap_days_and_year_ends_are_days_like_any_other(calendar: BusinessCalendar, day: str) -> None:
    label = date.fromisoformat(day)

    assert calendar.day_of(calendar.start_of(label)) == label
    assert calendar.end_of(label) == calendar.start_of(label + timedelta(days=1))


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: f"{calendar.zone} {calendar.starts_at}")
@settings(deadline=None)  # the machine may be busy
@given(day=st.dates(min_value=date(2012, 1, 1), max_value=date(2037, 12, 31)))
def test_a_day_begins_at_its_start_and_not_a_microsecond_before(calendar: BusinessCalendar, day: date) -> None:
    start = calendar.start_of(day)

    assert calendar.day_of(start) == day
    assert calendar.day_of(start - ONE_MICROSECOND) == day - timedelta(days=1)


@pytest.mark.parametrize("calendar", CALENDARS, ids=lambda calendar: f"{calendar.zone} {calendar.starts_at}")
@settings(deadline=None)  # the machine may be busy
@given(
    moment=st.datetimes(min_value=datetime(1996, 1, 1), max_value=datetime(2037, 12, 31)),  # noqa: DTZ001 - made UTC below
    later=st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=2)),
)
def test_days_never_go_back_as_time_goes_on(calendar: BusinessCalendar, moment: datetime, later: timedelta) -> None:
    first = moment.replace(tzinfo=UTC)

    assert calendar.day_of(first) <= calendar.day_of(first + later)
