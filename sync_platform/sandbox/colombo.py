"""Asia/Colombo wall-clock: UTC+05:30 all year, no daylight saving since 2006 (IANA tz database, 2025b)."""

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np

from sync_platform.sandbox.columns import IntArray

ZONE = timezone(timedelta(hours=5, minutes=30), "Asia/Colombo")
OFFSET_MS = 19_800_000
SECOND_MS = 1_000
MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000


def utc(ms: int) -> datetime:
    """The aware UTC moment of epoch milliseconds."""
    return datetime.fromtimestamp(ms / 1000, tz=UTC)


def epoch_ms(moment: datetime) -> int:
    """Epoch milliseconds of an aware moment; a naive one is refused, because its zone would be a guess."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone; write an offset, for example +05:30")
    return round(moment.timestamp() * 1000)


def day_number(ms: int) -> int:
    """Days since 1970-01-01 on the Colombo wall-clock."""
    return (ms + OFFSET_MS) // DAY_MS


def day_label(day: int) -> str:
    """`2026-11-20` for a day number."""
    return str(np.datetime64(day, "D"))


def day_from(label: str) -> int | None:
    """The day number of `2026-11-20`, or None for any other text."""
    try:
        day = date.fromisoformat(label)
    except ValueError:
        return None
    return (day - date(1970, 1, 1)).days if len(label) == 10 else None


def day_labels(days: IntArray) -> list[str]:
    """`2026-11-20` for each day number."""
    labels: list[str] = np.datetime_as_string(np.asarray(days).astype("M8[D]")).tolist()
    return labels


def wall_clocks(ms: IntArray) -> list[str]:
    """Naive Colombo time to the second, `2026-11-20T11:53:26`."""
    return utc_clocks(np.asarray(ms) + OFFSET_MS)


def utc_clocks(ms: IntArray) -> list[str]:
    """Naive UTC time to the second."""
    seconds = np.asarray(ms) // SECOND_MS
    labels: list[str] = np.datetime_as_string(seconds.astype("M8[s]")).tolist()
    return labels
