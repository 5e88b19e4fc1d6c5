"""Which business days a person asked to pull, from the options they typed."""

from __future__ import annotations

from datetime import date, timedelta

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import DeclarationError

# More days than this by mistake (a wrong year) would ask a partner for hours.
MOST_DAYS = 400


def wanted_days(
    entity: Entity, *, today: date, day: str | None, first: str | None, last: str | None
) -> tuple[date, ...]:
    """The days, newest first; today where none is named. Raises DeclarationError for what cannot be meant."""
    if day is not None and (first is not None or last is not None):
        raise DeclarationError("--day and --from/--to exclude each other.", remedy="Name one day or a range.")
    if day is not None:
        return (read_day(day, "--day", today=today),)
    if first is None and last is None:
        return (today,)
    if first is None:
        raise DeclarationError("--to needs --from.", remedy=f"Write --from 2026-11-01 --to {last}.")
    start = read_day(first, "--from", today=today)
    end = read_day(last, "--to", today=today) if last is not None else today
    if start > end:
        raise DeclarationError(f"--from {start} is after --to {end}.", remedy="Exchange them.")
    if entity.is_state and start < today:
        raise DeclarationError(
            f"{entity.address} is a state: its past days cannot be obtained.",
            remedy=f"Pull today: sync-platform pull {entity.address}",
        )
    if (end - start).days >= MOST_DAYS:
        raise DeclarationError(f"{start} to {end} are more than {MOST_DAYS} days.", remedy="Pull them in parts.")
    return tuple(end - timedelta(days=back) for back in range((end - start).days + 1))


def read_day(text: str, option: str, *, today: date) -> date:
    """A day as `2026-11-20`, `today` or `yesterday`, not after today. Raises DeclarationError."""
    words = {"today": today, "yesterday": today - timedelta(days=1)}
    try:
        day = words.get(text) or date.fromisoformat(text)
    except ValueError as error:
        raise DeclarationError(
            f"{option} {text!r} is not a day.", remedy="Write 2026-11-20, today or yesterday."
        ) from error
    if day > today:
        raise DeclarationError(f"{option} {day} is in the future: the partner's today is {today}.")
    return day
