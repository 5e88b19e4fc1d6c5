"""The till's sales under a stricter contract, so that records are rejected which the shipped one would take in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.letter_queue import Decision, KeptLetter, Selection, select_letters
from sync_platform.landing.loads import Load
from sync_platform.pull.whole_day import pull_day
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY

NIMALI = Decision(who="nimali", why="status is declared now", at=datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


def with_field(entity: Entity, name: str, **changed: Any) -> Entity:
    """The entity with one field of its contract declared otherwise."""
    fields = tuple(replace(field, **changed) if field.name == name else field for field in entity.contract.fields)
    return replace(entity, contract=replace(entity.contract, fields=fields))


def strict(entity: Entity) -> Entity:
    """Only open and closed are known."""
    return with_field(entity, "status", valid_values=("open", "closed"))


def pull_strictly(hub: Hub, entity: str = "sales", *, day: str = TODAY, **tools: Any) -> Load:
    """A whole day under the stricter contract."""
    return pull_day(replace(hub.tools, **tools), strict(hub.entity(entity)), day=date.fromisoformat(day))


def letters(hub: Hub, **selection: Any) -> list[KeptLetter]:
    """Kept letters in the order of their numbers."""
    with hub.database.connect() as connection:
        return select_letters(connection, Selection(**{"state": None, **selection}), limit=100)


def states(hub: Hub) -> dict[str | None, str]:
    """The letters' states by record key."""
    return {letter.record_key: letter.state for letter in letters(hub)}


def history(hub: Hub) -> list[tuple[str, str]]:
    """What was done, by whom."""
    rows = hub.query("select action, who from sync.dead_letter_action order by action_id")
    return [(row["action"], row["who"]) for row in rows]
