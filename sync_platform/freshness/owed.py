"""What each entity owes (promise 9), as people read it: days to read, days held back, rules due, changes that wait."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.freshness.query import query
from sync_platform.landing.database import Connection
from sync_platform.pull.owed import CHECKABLE, known_since, unread_days


@dataclass(frozen=True)
class EntityOwed:
    """What one entity owes. Days are newest first.

    `unread` are still to be read whole, of its declared history and of older days that changes touched; `held` are held
    back; of `due` the rules have not run since the last change. `waiting` changes are captured and not applied yet.
    """

    unread: tuple[date, ...] = ()
    held: tuple[date, ...] = ()
    due: tuple[date, ...] = ()
    waiting: int = 0

    def of_day(self, day: date) -> str | None:
        """What is owed for one day: `whole read`, `held`, `rules`; None for nothing."""
        kinds = {"whole read": self.unread, "held": self.held, "rules": self.due}
        return next((kind for kind, days in kinds.items() if day in days), None)


def read_owed(
    connection: Connection, systems: Iterable[PartnerSystem], *, now: datetime
) -> dict[tuple[str, str], EntityOwed]:
    """What each declared entity owes at `now` (UTC), by system and entity: two queries, however many they are."""
    chosen = tuple(systems)
    todays = {system.name: system.declaration.calendar.day_of(now) for system in chosen}
    since = {system.name: known_since(system, today=todays[system.name]) for system in chosen}
    waiting = {(system, entity): count for system, entity, count in connection.execute(query("waiting_changes"))}
    days: dict[tuple[str, str], list[_Days]] = {}
    wanted = {"systems": list(since), "since": list(since.values())}
    for system, entity, *alike in connection.execute(query("days_by_state"), wanted):
        days.setdefault((system, entity), []).append(_Days(*alike))
    return {
        (at := (system.name, entity.name)): EntityOwed(
            unread=unread_days(system, entity, _states(days.get(at, ())), today=todays[system.name]),
            held=_newest_first(alike for alike in days.get(at, ()) if alike.state in ("held", "rejected")),
            due=_newest_first(alike for alike in days.get(at, ()) if alike.changed and alike.state in CHECKABLE),
            waiting=waiting.get(at, 0),
        )
        for system in chosen
        for entity in system.entities
    }


def write_days(days: tuple[date, ...], *, today: date) -> str:
    """`today`, `2026-11-18`, or from the oldest to the newest of several, today being told as that; empty for none."""
    if not days:
        return ""
    newest = "today" if days[0] == today else str(days[0])
    return newest if len(days) == 1 else f"{days[-1]} to {newest}"


@dataclass(frozen=True)
class _Days:
    """The days of one entity in the same state; `changed` since their rules last ran."""

    state: str
    changed: bool
    days: list[date]


def _states(known: Iterable[_Days]) -> dict[date, str]:
    return {day: alike.state for alike in known for day in alike.days}


def _newest_first(known: Iterable[_Days]) -> tuple[date, ...]:
    return tuple(sorted((day for alike in known for day in alike.days), reverse=True))
