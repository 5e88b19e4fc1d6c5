"""Works out from our own tables what is still owed: which entity and day is behind its target (promise 9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.days import DayState


@dataclass(frozen=True)
class Owed:
    """Days of some entities of one system to be read whole, for one purpose; a run takes them newest first."""

    purpose: str
    first_day: date
    last_day: date
    entities: tuple[str, ...]


def owed_days(system: PartnerSystem, states: Iterable[DayState], *, today: date) -> tuple[Owed, ...]:
    """What the system owes, most urgent first: today, then its history and days that only deltas touched.

    Today is owed until it was read whole once; deltas keep it current from there. A held day is not asked for again by
    itself: the same data would fail again; the close re-reads it, or a person does.
    """
    known = {(state.entity, state.day): state for state in states}
    settled = {"complete", "held", "not_obtainable"}
    missing_today = [
        entity.name
        for entity in system.entities
        if _state(known, entity.name, today) not in settled - {"not_obtainable"}
    ]
    owed = []
    if missing_today:
        owed.append(Owed(purpose="today", first_day=today, last_day=today, entities=tuple(missing_today)))
    oldest = today - timedelta(days=system.declaration.history_days)
    window = [oldest + timedelta(days=step) for step in range((today - oldest).days)]
    missing = [
        (entity.name, day)
        for entity in system.entities
        if not entity.is_state
        for day in {
            *window,
            *(state.day for state in known.values() if state.entity == entity.name and state.day < today),
        }
        if _state(known, entity.name, day) not in settled
    ]
    if missing:
        days = [day for _, day in missing]
        owed.append(
            Owed(
                purpose="history",
                first_day=min(days),
                last_day=max(days),
                entities=tuple(sorted({name for name, _ in missing})),
            )
        )
    return tuple(owed)


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
        if state.dirty_since is not None
        and state.state in ("complete", "held")
        and (state.rested is None or state.rested >= rest)
    ]


def _state(known: dict[tuple[str, date], DayState], entity: str, day: date) -> str | None:
    state = known.get((entity, day))
    return state.state if state else None
