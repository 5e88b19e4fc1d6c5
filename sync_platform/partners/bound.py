"""Writes one end of a window as a partner wants it, so that for the caller every window is [since, until)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.time_format import TimeFormat, write_moment
from sync_platform.declarations.window import Bound

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ONE_DAY = timedelta(days=1)
_WRITTEN_STEP = {TimeFormat.EPOCH_MILLISECONDS: timedelta(milliseconds=1)}


def write_since(moment: datetime, bound: Bound, *, calendar: BusinessCalendar) -> str | int:
    """The start of a window: nothing at or after `moment` is left out; up to one step before it may come along."""
    if bound.format is TimeFormat.DATE:
        day = moment.astimezone(calendar.zone).date()
        return (day if bound.inclusive else day - _ONE_DAY).isoformat()
    first = _floor(moment, bound.resolution)
    return _write(_floor(first if bound.inclusive else first - bound.resolution, _step(bound)), bound, calendar)


def write_until(moment: datetime, bound: Bound, *, calendar: BusinessCalendar) -> str | int:
    """The end of a window: nothing before `moment` is left out, and at the partner's resolution nothing more comes."""
    if bound.format is TimeFormat.DATE:
        last = (moment - timedelta(microseconds=1)).astimezone(calendar.zone).date()
        return (last if bound.inclusive else last + _ONE_DAY).isoformat()
    end = _ceil(moment, bound.resolution)
    return _write(_ceil(end - bound.resolution if bound.inclusive else end, _step(bound)), bound, calendar)


def write_day(day: date, bound: Bound, *, calendar: BusinessCalendar) -> str | int:
    """A business day named by one value: its label, or its first moment."""
    if bound.format is TimeFormat.DATE:
        return day.isoformat()
    return _write(calendar.start_of(day), bound, calendar)


def write_day_start(day: date, bound: Bound, *, calendar: BusinessCalendar) -> str | int:
    """The start of a business day; a date is its label, whatever the hour at which the day starts."""
    if bound.format is TimeFormat.DATE:
        return (day if bound.inclusive else day - _ONE_DAY).isoformat()
    return write_since(calendar.start_of(day), bound, calendar=calendar)


def write_day_end(day: date, bound: Bound, *, calendar: BusinessCalendar) -> str | int:
    """The end of a business day."""
    if bound.format is TimeFormat.DATE:
        return (day if bound.inclusive else day + _ONE_DAY).isoformat()
    return write_until(calendar.end_of(day), bound, calendar=calendar)


def bound_step(bound: Bound) -> timedelta:
    """The finest step at which the bound cuts exactly: neither the partner's clock nor the written form is coarser."""
    return max(bound.resolution, _step(bound))


def floor_to(moment: datetime, step: timedelta) -> datetime:
    """The last moment on a step that is not after `moment`."""
    return _floor(moment, step)


def _write(moment: datetime, bound: Bound, calendar: BusinessCalendar) -> str | int:
    return write_moment(moment, time_format=bound.format, zone=calendar.zone)


def _step(bound: Bound) -> timedelta:
    """What the written form can tell apart; coarser than the partner's clock where it is written in whole seconds."""
    return _WRITTEN_STEP.get(bound.format, timedelta(seconds=1))


def _floor(moment: datetime, step: timedelta) -> datetime:
    return moment - (moment - _EPOCH) % step


def _ceil(moment: datetime, step: timedelta) -> datetime:
    return moment + (_EPOCH - moment) % step
