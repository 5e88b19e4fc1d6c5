"""Durations are written with their unit (`15m`); a bare number is refused, because nobody can tell what it counts."""

from __future__ import annotations

import re
from datetime import timedelta

_UNITS = {"ms": "milliseconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_WRITTEN = re.compile(r"\s*([0-9]+(?:\.[0-9]+)?)\s*(ms|s|m|h|d)\s*")


def read_duration(value: object) -> timedelta:
    """`'15m'` as a timedelta. Raises ValueError for a bare number or an unknown unit."""
    if isinstance(value, timedelta):
        return value
    match = _WRITTEN.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{value!r} is not a duration; write a number and its unit, like 30s, 15m, 2h or 14d")
    try:
        return timedelta(**{_UNITS[match.group(2)]: float(match.group(1))})
    except OverflowError as error:
        raise ValueError(f"{value!r} is longer than any clock can count") from error


def write_duration(duration: timedelta) -> str:
    """A duration in its largest whole unit: 900 seconds are `15m`."""
    milliseconds = round(duration.total_seconds() * 1000)
    for unit, size in (("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if milliseconds and milliseconds % size == 0:
            return f"{milliseconds // size}{unit}"
    return f"{milliseconds}ms"
