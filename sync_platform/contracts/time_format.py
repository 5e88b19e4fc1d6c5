"""The ways partner systems write a moment: read from a record's field, written into a request's window."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Any

# Moments outside these years are a partner's mistake. Seconds read as milliseconds land in January 1970, milliseconds
# read as seconds in the year 50,000 and later; 0, year 1 and year 9999 are placeholders; psycopg cannot read
# `infinity` or year 10000 back.
FIRST_YEAR, LAST_YEAR = 1971, 2199

_WHOLE = re.compile(r"-?[0-9]{1,19}")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - what naive times are counted from
_SECOND, _MILLISECOND, _MICROSECOND = timedelta(seconds=1), timedelta(milliseconds=1), timedelta(microseconds=1)


class TimeFormat(StrEnum):
    """How a moment is written. `naive_*` carry no offset: the name says whose clock they are."""

    EPOCH_SECONDS = "epoch_seconds"
    EPOCH_MILLISECONDS = "epoch_milliseconds"
    OFFSET = "offset"
    NAIVE_UTC = "naive_utc"
    NAIVE_LOCAL = "naive_local"
    HTTP_DATE = "http_date"
    DATE = "date"


# How many microseconds one unit of an epoch format is.
EPOCH_MICROSECONDS = {TimeFormat.EPOCH_SECONDS: 1_000_000, TimeFormat.EPOCH_MILLISECONDS: 1_000}


def read_moment(value: Any, *, time_format: TimeFormat, zone: tzinfo) -> datetime:
    """The UTC moment that `value` stands for. Raises ValueError saying what is wrong with it."""
    return check_years(moment_reader(time_format, zone)(value))


def check_years(moment: datetime) -> datetime:
    """`moment` itself. Raises ValueError for one that no partner can mean."""
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"year {moment.year} is outside {FIRST_YEAR}-{LAST_YEAR}; is the time format right?")
    return moment


def moment_reader(time_format: TimeFormat, zone: tzinfo) -> Callable[[Any], datetime]:
    """A reader for one format, chosen once at load; it raises ValueError or OverflowError.

    A naive local time that occurs twice, when clocks go back, is taken as the first of the two: nothing in the record
    tells which it is.
    """
    match time_format:
        case TimeFormat.EPOCH_SECONDS:
            return lambda value: _from_epoch(value, _SECOND)
        case TimeFormat.EPOCH_MILLISECONDS:
            return lambda value: _from_epoch(value, _MILLISECOND)
        case TimeFormat.OFFSET:
            return _from_offset
        case TimeFormat.NAIVE_UTC:
            return lambda value: EPOCH + (_naive(value) - _NAIVE_EPOCH)
        case TimeFormat.NAIVE_LOCAL:
            return lambda value: _from_local(_naive(value), zone)
        case TimeFormat.HTTP_DATE:
            return _from_http_date
        case TimeFormat.DATE:
            raise ValueError("a date is not a moment")


def write_moment(moment: datetime, *, time_format: TimeFormat, zone: tzinfo) -> str | int:
    """`moment` (aware) as the partner wants to read it, rounded down to what the format can tell apart.

    Integers stay integers for JSON bodies.
    """
    match time_format:
        case TimeFormat.EPOCH_SECONDS:
            return microseconds(moment) // 1_000_000
        case TimeFormat.EPOCH_MILLISECONDS:
            return microseconds(moment) // 1000
        case TimeFormat.OFFSET:
            return moment.astimezone(zone).isoformat(timespec="seconds")
        case TimeFormat.NAIVE_UTC:
            return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        case TimeFormat.NAIVE_LOCAL:
            return moment.astimezone(zone).replace(tzinfo=None).isoformat(timespec="seconds")
        case TimeFormat.HTTP_DATE:
            return format_datetime(moment.astimezone(UTC), usegmt=True)
        case TimeFormat.DATE:
            return moment.astimezone(zone).date().isoformat()


def epoch_limits() -> tuple[int, int]:
    """The first microsecond since 1970 that a partner can mean, and the first after the last one."""
    years = (datetime(year, 1, 1, tzinfo=UTC) for year in (FIRST_YEAR, LAST_YEAR + 1))
    first, end = (microseconds(moment) for moment in years)
    return first, end


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 of an aware moment, without going through a float."""
    return (moment - EPOCH) // _MICROSECOND


def _from_epoch(value: Any, unit: timedelta) -> datetime:
    if not (type(value) is int or (isinstance(value, str) and _WHOLE.fullmatch(value))):
        raise ValueError("not a whole number of epoch units")
    try:
        return EPOCH + int(value) * unit
    except OverflowError as error:
        raise ValueError("outside the years a clock can show; is it seconds or milliseconds?") from error


def _from_offset(value: Any) -> datetime:
    moment = _iso(value)
    if moment.tzinfo is None:
        raise ValueError("the time has no offset, and the contract names none")
    return moment.astimezone(UTC)


def _from_local(moment: datetime, zone: tzinfo) -> datetime:
    # A third of the time of replace(tzinfo=zone).astimezone(UTC), which is half of reading a sales line.
    return EPOCH + (moment - _NAIVE_EPOCH - (zone.utcoffset(moment) or timedelta(0)))


def _naive(value: Any) -> datetime:
    moment = _iso(value)
    if moment.tzinfo is not None:
        raise ValueError("the time has an offset where the contract says it has none")
    return moment


def _from_http_date(value: Any) -> datetime:
    try:
        moment = parsedate_to_datetime(str(value))
    except (TypeError, ValueError, IndexError) as error:
        raise ValueError("not an HTTP date, like Fri, 20 Nov 2026 04:30:00 GMT") from error
    # `-0000` comes back naive, and `astimezone` would then take it for this machine's own time.
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _iso(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    text = str(value)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError("not an ISO 8601 time") from error
    # Python reads a date alone as midnight; nobody said so.
    if len(text) <= len("2026-11-20"):
        raise ValueError("a date without a time")
    return moment
