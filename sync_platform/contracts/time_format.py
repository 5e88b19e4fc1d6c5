"""The ways partner systems write a moment: read from a record's field, written into a request's window."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, tzinfo
from email.utils import format_datetime, parsedate_to_datetime
from enum import StrEnum
from typing import Any

# Moments outside these years are a partner's mistake (epoch seconds read as milliseconds, a placeholder year):
# psycopg can read neither `infinity` nor year 10000 back.
FIRST_YEAR, LAST_YEAR = 1970, 2199


class TimeFormat(StrEnum):
    """How a moment is written. `naive_*` carry no offset: the name says whose clock they are."""

    EPOCH_SECONDS = "epoch_seconds"
    EPOCH_MILLISECONDS = "epoch_milliseconds"
    OFFSET = "offset"
    NAIVE_UTC = "naive_utc"
    NAIVE_LOCAL = "naive_local"
    HTTP_DATE = "http_date"
    DATE = "date"


def read_moment(value: Any, *, time_format: TimeFormat, zone: tzinfo) -> datetime:
    """The UTC moment that `value` stands for. Raises ValueError saying what is wrong with it."""
    moment = moment_reader(time_format, zone)(value)
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError(f"year {moment.year} is outside {FIRST_YEAR}-{LAST_YEAR}; is the time format right?")
    return moment


def moment_reader(time_format: TimeFormat, zone: tzinfo) -> Callable[[Any], datetime]:
    """A reader for one format, chosen once at load."""
    match time_format:
        case TimeFormat.EPOCH_SECONDS:
            return lambda value: _from_epoch(value, 1)
        case TimeFormat.EPOCH_MILLISECONDS:
            return lambda value: _from_epoch(value, 1000)
        case TimeFormat.OFFSET:
            return _from_offset
        case TimeFormat.NAIVE_UTC:
            return lambda value: _from_naive(value, UTC)
        case TimeFormat.NAIVE_LOCAL:
            return lambda value: _from_naive(value, zone)
        case TimeFormat.HTTP_DATE:
            return lambda value: parsedate_to_datetime(str(value)).astimezone(UTC)
        case TimeFormat.DATE:
            raise ValueError("a date is not a moment")


def write_moment(moment: datetime, *, time_format: TimeFormat, zone: tzinfo) -> str | int:
    """`moment` (aware) as the partner wants to read it; integers stay integers for JSON bodies."""
    match time_format:
        case TimeFormat.EPOCH_SECONDS:
            return int(moment.timestamp())
        case TimeFormat.EPOCH_MILLISECONDS:
            return round(moment.timestamp() * 1000)
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


def _from_epoch(value: Any, per_second: int) -> datetime:
    if isinstance(value, bool):
        raise ValueError("a truth value is not a moment")
    try:
        count = int(value)
    except (TypeError, ValueError) as error:
        raise ValueError("not a whole number of epoch units") from error
    try:
        seconds, rest = divmod(count, per_second)
        return datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest * 1_000_000 // per_second)
    except (OverflowError, OSError, ValueError) as error:
        raise ValueError("outside the years a clock can show; is it seconds or milliseconds?") from error


def _from_offset(value: Any) -> datetime:
    moment = _iso(value)
    if moment.tzinfo is None:
        raise ValueError("the time has no offset, and the contract names none")
    return moment.astimezone(UTC)


def _from_naive(value: Any, zone: tzinfo) -> datetime:
    moment = _iso(value)
    if moment.tzinfo is not None:
        raise ValueError("the time has an offset where the contract says it has none")
    return moment.replace(tzinfo=zone).astimezone(UTC)


def _iso(value: Any) -> datetime:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise ValueError("not an ISO 8601 time") from error
