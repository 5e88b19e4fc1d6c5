"""Each way to write a moment is read exactly or refused with a reason, and written so that it reads back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_platform.contracts.time_format import TimeFormat, moment_reader, read_moment, write_moment

COLOMBO = ZoneInfo("Asia/Colombo")
TEN = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""10:00 in Colombo on 2026-11-20."""


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("time_format", "value", "moment"),
    [
        ("epoch_seconds", 1795149000, TEN),
        ("epoch_seconds", "1795149000", TEN),
        ("epoch_milliseconds", 1795149000123, TEN.replace(microsecond=123_000)),
        ("offset", "2026-11-20T10:00:00+05:30", TEN),
        ("offset", "2026-11-20T04:30:00Z", TEN),
        ("offset", "2026-11-19T23:30:00.250-05:00", TEN.replace(microsecond=250_000)),
        ("naive_utc", "2026-11-20T04:30:00", TEN),
        ("naive_local", "2026-11-20T10:00:00", TEN),
        ("naive_local", "2026-11-20 10:00:00", TEN),
        ("naive_local", "1996-07-01T10:00:00", utc("1996-07-01T03:30:00")),
        ("naive_local", "2000-07-01T10:00:00", utc("2000-07-01T04:00:00")),
        ("http_date", "Fri, 20 Nov 2026 04:30:00 GMT", TEN),
        ("http_date", "Fri, 20 Nov 2026 10:00:00 +0530", TEN),
        ("http_date", "Fri, 20 Nov 2026 04:30:00 -0000", TEN),
    ],
)
def test_a_moment_is_read_as_its_format_says(time_format: str, value: Any, moment: datetime) -> None:
    read = read_moment(value, time_format=TimeFormat(time_format), zone=COLOMBO)

    assert read == moment
    assert read.utcoffset() == timedelta(0), "in UTC, whatever it was written in"


@pytest.mark.parametrize(
    ("time_format", "value", "reason"),
    [
        # T4: naive where an offset is due, an offset where none is, a date alone
        ("offset", "2026-11-20T10:00:00", "no offset"),
        ("naive_utc", "2026-11-20T10:00:00Z", "has an offset"),
        ("naive_local", "2026-11-20T10:00:00+05:30", "has an offset"),
        ("naive_local", "2026-11-20", "without a time"),
        # T4: seconds for milliseconds and the other way round
        ("epoch_milliseconds", 1795149000, "year 1970 is outside"),
        ("epoch_seconds", 1795149000123, "outside the years|seconds or milliseconds"),
        # T6: placeholders and what psycopg cannot read back
        ("epoch_seconds", 0, "year 1970 is outside"),
        ("offset", "0001-01-01T00:00:00Z", "year 1 is outside"),
        ("offset", "9999-12-31T23:59:59Z", "year 9999 is outside"),
        ("offset", "10000-01-01T00:00:00Z", "not an ISO 8601 time"),
        ("offset", "infinity", "not an ISO 8601 time"),
        ("naive_utc", "-infinity", "not an ISO 8601 time"),
        ("epoch_seconds", 10**30, "outside the years"),
        ("epoch_seconds", -(10**12), "outside the years"),
        # not what the format says at all
        ("epoch_seconds", 1795149000.5, "not a whole number"),
        ("epoch_seconds", "1_795_149_000", "not a whole number"),
        ("epoch_seconds", "\u0661\u0667", "not a whole number"),
        ("epoch_seconds", float("nan"), "not a whole number"),
        ("epoch_seconds", True, "not a whole number"),
        ("epoch_seconds", None, "not a whole number"),
        ("offset", "2026-02-30T10:00:00Z", "not an ISO 8601 time"),
        ("offset", "2026-11-20T25:00:00Z", "not an ISO 8601 time"),
        ("offset", "yesterday", "not an ISO 8601 time"),
        ("offset", None, "not an ISO 8601 time"),
        ("http_date", "2026-11-20T10:00:00Z", "not an HTTP date"),
        ("http_date", "", "not an HTTP date"),
    ],
)
def test_t4_t6_what_cannot_be_that_moment_is_refused_with_a_reason(time_format: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_moment(value, time_format=TimeFormat(time_format), zone=COLOMBO)


def test_t4_a_local_time_that_occurs_twice_is_the_first_of_the_two() -> None:
    london = ZoneInfo("Europe/London")

    read = read_moment("2026-10-25T01:30:00", time_format=TimeFormat.NAIVE_LOCAL, zone=london)

    assert read == utc("2026-10-25T00:30:00")


def test_t4_a_local_time_that_does_not_occur_is_taken_by_the_clock_before_the_change() -> None:
    london = ZoneInfo("Europe/London")

    read = read_moment("2026-03-29T01:30:00", time_format=TimeFormat.NAIVE_LOCAL, zone=london)

    assert read == utc("2026-03-29T01:30:00")


def test_a_date_is_no_moment() -> None:
    with pytest.raises(ValueError, match="a date is not a moment"):
        moment_reader(TimeFormat.DATE, COLOMBO)


@pytest.mark.parametrize(
    ("time_format", "written"),
    [
        ("epoch_seconds", 1795149000),
        ("epoch_milliseconds", 1795149000999),
        ("offset", "2026-11-20T10:00:00+05:30"),
        ("naive_utc", "2026-11-20T04:30:00"),
        ("naive_local", "2026-11-20T10:00:00"),
        ("http_date", "Fri, 20 Nov 2026 04:30:00 GMT"),
        ("date", "2026-11-20"),
    ],
)
def test_a_moment_is_written_rounded_down_so_that_no_window_begins_after_it(time_format: str, written: Any) -> None:
    moment = TEN.replace(microsecond=999_999)

    assert write_moment(moment, time_format=TimeFormat(time_format), zone=COLOMBO) == written


@settings(deadline=None)  # the machine may be busy
@given(
    moment=st.datetimes(min_value=datetime(1971, 1, 2), max_value=datetime(2199, 12, 30)),  # noqa: DTZ001 - made UTC below
    time_format=st.sampled_from([known for known in TimeFormat if known is not TimeFormat.DATE]),
)
def test_a_written_moment_reads_back_as_itself(moment: datetime, time_format: TimeFormat) -> None:
    # A zone whose clocks have not changed since 1971: a naive time that occurs twice cannot read back.
    zone = ZoneInfo("Asia/Kolkata")
    whole = moment.replace(microsecond=0, tzinfo=UTC)

    assert (
        read_moment(write_moment(whole, time_format=time_format, zone=zone), time_format=time_format, zone=zone)
        == whole
    )


@settings(deadline=None)  # the machine may be busy
@given(st.integers(min_value=32_000_000_000, max_value=7_000_000_000_000))
def test_every_millisecond_is_read_exactly(milliseconds: int) -> None:
    read = read_moment(milliseconds, time_format=TimeFormat.EPOCH_MILLISECONDS, zone=COLOMBO)

    assert write_moment(read, time_format=TimeFormat.EPOCH_MILLISECONDS, zone=COLOMBO) == milliseconds
    assert read.microsecond == milliseconds % 1000 * 1000
