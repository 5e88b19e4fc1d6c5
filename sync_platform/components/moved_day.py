"""Which day a comparison is due for: the newest that all of its inputs have whole, and when one of them last moved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from dagster import DagsterInstance

from sync_platform.components.day_rules import check_and_tell
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_day


def moved_day(database: Database, inputs: Sequence[tuple[str, str]]) -> tuple[date, datetime] | None:
    """The newest day that every input (system, entity) has whole, and its last load; None before there is one."""
    names = [f"{system}/{entity}" for system, entity in inputs]
    with database.connect() as connection:
        row = connection.execute(
            "select business_day, max(loaded_at) from sync.entity_day"
            " where system || '/' || entity = any (%s) and state in ('complete', 'held') and complete_at is not null"
            " group by business_day having count(*) = %s order by business_day desc limit 1",
            [names, len(names)],
        ).fetchone()
    return (row[0], row[1]) if row else None


def check_if_due(database: Database, instance: DagsterInstance, entity: Entity, day: date) -> None:
    """Run the rules of a day that changed since they last ran: what they would hold must not be compared."""
    with database.connect() as connection:
        landed = read_day(connection, DayKey(system=entity.system, entity=entity.name, day=day))
    if landed is not None and landed.dirty_since is not None:
        check_and_tell(database, instance, entity, day=day)
