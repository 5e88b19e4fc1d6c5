"""Holds a stage of the partner's records against what is landed of their day, key by key; changes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.landed_figures import Stretch, key_text
from sync_platform.landing.queries import queries
from sync_platform.landing.stage import Stage

MISSING_HERE, MISSING_THERE, CHANGED, REJECTED = "missing_here", "missing_there", "changed", "rejected"

CHANGED_BY_HAND = "changed here by something other than a load, which a pull cannot see: delete the row, then pull"


@dataclass(frozen=True)
class DifferingKey:
    """A key that is not the same on both sides. `fields`: per field what the partner has and what is landed."""

    record_key: str
    kind: str
    fields: dict[str, dict[str, Any]] = field(default_factory=dict)
    note: str = ""


def differing_keys(
    connection: Connection, stage: Stage, *, day: date, stretches: Sequence[Stretch]
) -> list[DifferingKey]:
    """What is staged and not landed, landed and not staged, or landed otherwise, by kind and key.

    `stretches` are the parts of the day that the stage was read for; the stage has one row per key.
    """
    values = {"day": day}
    here = connection.execute(_compose(stage, stretches, "missing_here"), values)
    found = [
        DifferingKey(key, MISSING_HERE, note=_landed_elsewhere(day, landed_day, deleted_at))
        for key, landed_day, deleted_at in here
    ]
    there = connection.execute(_compose(stage, stretches, "missing_there"), values)
    found += [
        DifferingKey(key, MISSING_THERE, note="missed by one complete read already" if missing_since else "")
        for key, missing_since in there
    ]
    changed = connection.execute(_compose(stage, stretches, "changed"), values)
    return [
        *found,
        *(
            DifferingKey(key, CHANGED, fields=fields, note=CHANGED_BY_HAND if same_hash else "")
            for key, fields, same_hash in changed
        ),
    ]


def _landed_elsewhere(day: date, landed_day: date | None, deleted_at: Any) -> str:
    if landed_day is None:
        return ""
    if landed_day != day:
        return f"landed on {landed_day}"
    return "landed as a tombstone" if deleted_at is not None else ""


def _compose(stage: Stage, stretches: Sequence[Stretch], name: str) -> sql.Composed:
    table = stage.table
    within = sql.SQL(" or ").join(sql.SQL("(true{})").format(stretch.conditions) for stretch in stretches)
    return sql.SQL(queries("differing_keys")[name]).format(
        landing=table.identifier,
        stage=stage.identifier,
        same_key=sql.SQL(" and ").join(
            sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in table.contract.key
        ),
        staged_key=key_text("s", table),
        landed_key=key_text("t", table),
        staged_columns=_columns("s", table.contract.columns),
        landed_columns=_columns("t", table.contract.columns),
        staged_row=_row("s", table.contract.columns),
        landed_row=_row("t", table.contract.columns),
        within=within,
    )


def _row(alias: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL("select r from (select {}) as r").format(_columns(alias, columns))


def _columns(alias: str, columns: Sequence[str]) -> sql.Composed:
    return sql.SQL(", ").join(sql.Identifier(alias, column) for column in columns)
