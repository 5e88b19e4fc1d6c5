"""Where each entity stands now, from our own tables: today, the last complete day, clocks, owed, verified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.freshness.owed import EntityOwed, read_owed
from sync_platform.landing.database import Connection
from sync_platform.landing.verifications import VerifiedThrough, read_through

# Everything known of a system's days from a day on, newest first.
_DAYS = """
select entity, business_day, state, rows, as_of, looked_at, loaded_at, dirty_since, checks_passed, checks_failed,
    blocking_failed
from sync.entity_day where system = %(system)s and business_day >= %(since)s
order by entity, business_day desc
"""
# Letters that nobody has resolved, by entity.
_OPEN_LETTERS = """
select entity, count(*) from sync.dead_letter where system = %(system)s and state = 'open' group by entity
"""
# The newest load of each entity, for its failure.
_LAST_LOADS = """
select distinct on (entity) entity, business_day, outcome, error, started_at
from sync.load where system = %(system)s order by entity, started_at desc
"""


@dataclass(frozen=True)
class DayStatus:
    """One entity's day as `sync.entity_day` has it; clocks are UTC or None."""

    day: date
    state: str
    rows: int
    as_of: datetime | None
    looked_at: datetime | None
    loaded_at: datetime | None
    dirty_since: datetime | None
    checks_passed: int
    checks_failed: int
    blocking_failed: int


@dataclass(frozen=True)
class LastLoad:
    """The newest load of an entity, whatever became of it."""

    day: date
    outcome: str
    error: str | None
    started_at: datetime


@dataclass(frozen=True)
class EntityStatus:
    """Where one entity stands. `today` is None while nothing was tried today.

    `verified` is up to which day its partner agrees, None where it cannot be asked or was not judged yet.
    """

    system: str
    entity: str
    is_state: bool
    business_day: date
    zone: str
    today: DayStatus | None
    last_complete_day: date | None
    as_of: datetime | None
    looked_at: datetime | None
    loaded_at: datetime | None
    dead_letters: int
    owed: EntityOwed
    verified: VerifiedThrough | None
    last_load: LastLoad | None


def read_status(connection: Connection, system: PartnerSystem, *, now: datetime) -> tuple[EntityStatus, ...]:
    """The status of a system's entities, in declared order. `now` decides which business day is today."""
    today = system.declaration.calendar.day_of(now)
    since = today - timedelta(days=system.declaration.history_days)
    days: dict[str, list[DayStatus]] = {}
    for entity, *values in connection.execute(_DAYS, {"system": system.name, "since": since}):
        days.setdefault(entity, []).append(DayStatus(*values))
    named = {"system": system.name}
    letters: dict[str, int] = dict(connection.execute(_OPEN_LETTERS, named).fetchall())
    loads = {entity: LastLoad(*values) for entity, *values in connection.execute(_LAST_LOADS, named)}
    owed, verified = read_owed(connection, [system], now=now), read_through(connection)
    return tuple(
        _status(
            entity,
            days.get(entity.name, []),
            today=today,
            letters=letters.get(entity.name, 0),
            last_load=loads.get(entity.name),
            owed=owed[system.name, entity.name],
            verified=verified.get((system.name, entity.name)),
        )
        for entity in system.entities
    )


def _status(
    entity: Entity,
    days: Sequence[DayStatus],
    *,
    today: date,
    letters: int,
    last_load: LastLoad | None,
    owed: EntityOwed,
    verified: VerifiedThrough | None,
) -> EntityStatus:
    by_day = {day.day: day for day in days}
    complete = [day for day in days if day.state == "complete"]
    newest = complete[0] if complete else None
    return EntityStatus(
        system=entity.system,
        entity=entity.name,
        is_state=entity.is_state,
        business_day=today,
        zone=str(entity.calendar.zone),
        today=by_day.get(today),
        last_complete_day=newest.day if newest else None,
        as_of=newest.as_of if newest else None,
        looked_at=newest.looked_at if newest else None,
        loaded_at=newest.loaded_at if newest else None,
        dead_letters=letters,
        owed=owed,
        verified=verified,
        last_load=last_load,
    )
