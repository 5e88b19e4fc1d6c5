"""Which days a day is compared with, and when there are too few of them to say anything."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from sync_platform.contracts.day_profile import DayProfile

# A week holds each weekday once; two weeks let one wrong day weigh little and a lasting change become the usual one.
FEWEST_DAYS, MOST_DAYS = 7, 14
FEWEST_ROWS = 50
OLDEST = timedelta(days=42)


def comparable(today: DayProfile, history: Iterable[DayProfile]) -> list[DayProfile]:
    """The days of the same age nearest before `today`, oldest first; nearest after it too where those are too few.

    History is loaded newest first, so an old day's neighbours are at first the days that came after it.
    """
    same = [
        other
        for other in history
        if other.age is today.age
        and other.day != today.day
        and other.rows >= FEWEST_ROWS
        and abs(other.day - today.day) <= OLDEST
    ]
    before = sorted((other for other in same if other.day < today.day), key=lambda other: other.day)[-MOST_DAYS:]
    if len(before) >= FEWEST_DAYS:
        return before
    return sorted(sorted(same, key=lambda other: _distance(other.day, today.day))[:MOST_DAYS], key=lambda one: one.day)


def learning(days: int, *, needed: int = FEWEST_DAYS) -> str:
    """What is said instead of `fine` while there is too little to compare with."""
    return f"learning: {days} of {needed} days"


def _distance(day: date, other: date) -> tuple[timedelta, date]:
    return abs(day - other), day
