"""Works out from our own tables what is still owed: which entity and day is behind its target (promise 9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.days import DayState

# A record may become known this much later than the oldest day that is read again for late ones.
_TOUCHED_LATE = timedelta(days=31)
_SETTLED = frozenset({"complete", "held", "not_obtainable"})
# Of these days a version was read whole, so that their rules can run.
CHECKABLE = frozenset({"complete", "held", "rejected"})


@dataclass(frozen=True)
class Owed:
    """Days of some entities of one system to be read whole, for one purpose; a run takes them newest first."""

    purpose: str
    first_day: date
    last_day: date
    entities: tuple[str, ...]


def known_since(system: PartnerSystem, *, today: date) -> date:
    """From which day on the states of days say what is owed: the history, and older days that deltas touch."""
    declared = system.declaration
    return today - timedelta(days=max(declared.history_days, declared.late_days)) - _TOUCHED_LATE


def owed_days(system: PartnerSystem, states: Iterable[DayState], *, today: date) -> tuple[Owed, ...]:
    """What the system owes, most urgent first: today, then its history and days that only deltas touched."""
    known: dict[str, dict[date, str]] = {}
    for state in states:
        known.setdefault(state.entity, {})[state.day] = state.state
    unread = {
        entity.name: unread_days(system, entity, known.get(entity.name, {}), today=today) for entity in system.entities
    }
    owed = []
    missing_today = tuple(name for name, days in unread.items() if today in days)
    if missing_today:
        owed.append(Owed(purpose="today", first_day=today, last_day=today, entities=missing_today))
    past = {name: [day for day in days if day != today] for name, days in unread.items()}
    days = [day for missing in past.values() for day in missing]
    if days:
        owed.append(
            Owed(
                purpose="history",
                first_day=min(days),
                last_day=max(days),
                entities=tuple(sorted(name for name, missing in past.items() if missing)),
            )
        )
    return tuple(owed)


def unread_days(system: PartnerSystem, entity: Entity, states: Mapping[date, str], *, today: date) -> tuple[date, ...]:
    """The days of one entity that are still to be read whole, newest first; `states` are those of its known days.

    Today is owed until it was read whole once; deltas keep it current from there. A day held by its rules is not asked
    for again by itself: the same data would fail again; the close re-reads it, or a person does. One that rejected too
    many records is: the partner's mistake may be over, and nobody will tell. Of a state entity only today can be asked
    for.
    """
    owed = [] if states.get(today) in _SETTLED - {"not_obtainable"} else [today]
    if entity.is_state:
        return tuple(owed)
    window = {today - timedelta(days=back) for back in range(1, system.declaration.history_days + 1)}
    past = {day for day in window | states.keys() if day < today}
    return (
        *owed,
        *sorted((day for day in past if states.get(day) not in _SETTLED), reverse=True),
    )


def unobserved_days(system: PartnerSystem, states: Iterable[DayState], *, today: date) -> list[tuple[str, date]]:
    """Past days of state entities within the history that nobody observed: not obtainable, to be shown so."""
    known = {(state.entity, state.day) for state in states}
    return [
        (entity.name, today - timedelta(days=back))
        for entity in system.entities
        if entity.is_state
        for back in range(1, system.declaration.history_days + 1)
        if (entity.name, today - timedelta(days=back)) not in known
    ]


def due_checks(states: Iterable[DayState], *, rest: timedelta = timedelta(0)) -> list[DayState]:
    """Days with changes since their rules last ran; a day whose rules ran less than `rest` ago waits."""
    return [
        state
        for state in states
        if state.dirty_since is not None and state.state in CHECKABLE and (state.rested is None or state.rested >= rest)
    ]
