"""Moments for people: in a chosen zone, always with the offset, and how long ago they were."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sync_platform.errors import DeclarationError


def read_zone(name: str) -> ZoneInfo:
    """The IANA zone of that name. Raises DeclarationError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DeclarationError(
            f"there is no time zone {name!r}.", remedy="Write one like Asia/Colombo or UTC."
        ) from error


def in_zone(moment: datetime | None, zone: ZoneInfo) -> str:
    """`2026-11-21 09:20 +05:30`, or a dash; cut to the minute, never rounded up, so that no as_of gets later."""
    if moment is None:
        return "-"
    local = moment.astimezone(zone)
    return f"{local:%Y-%m-%d %H:%M} {local.isoformat()[-6:]}"


def age(moment: datetime | None, now: datetime) -> str:
    """`12 s`, `5 min`, `3 h`, `2 d`; '' where there is no moment."""
    if moment is None:
        return ""
    return span(now - moment)


def span(length: timedelta) -> str:
    """A length of time in its largest fitting unit."""
    seconds = max(length.total_seconds(), 0)
    for unit, size, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds / 86_400:.0f} d"
