"""Moments and ages as people read them: in a stated zone, always with its offset."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

# Words with moments among them: written out for each reader's zone, so that what is known holds no zone.
Sentence = tuple[str | datetime, ...]


def offset_of(moment: datetime, zone: tzinfo) -> str:
    """The zone's offset at that moment: `+05:30`, or `UTC`."""
    if str(zone) == "UTC":
        return "UTC"
    offset = moment.astimezone(zone).strftime("%z")
    return f"{offset[:3]}:{offset[3:5]}"


def write_moment(moment: datetime, zone: tzinfo) -> str:
    """`2026-11-21 10:42 +05:30`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M} {offset_of(moment, zone)}"


def write_sentence(sentence: Sentence, zone: tzinfo) -> str:
    """The sentence with its moments in `zone`."""
    return "".join(write_moment(part, zone) if isinstance(part, datetime) else part for part in sentence)


def write_age(age: timedelta) -> str:
    """`45 s`, `12 min`, `5 h 45 min`, `5 days`: whole units, cut off, never negative."""
    seconds = max(int(age.total_seconds()), 0)
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} min"
    if seconds >= 172_800:
        return f"{seconds // 86_400} days"
    hours, minutes = divmod(seconds // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"
