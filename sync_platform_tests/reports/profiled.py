"""Plants profiles, volumes, duplicate rates and proposals."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]


def plant_profile(
    connection: Connection, address: str, day: date, field: str, counts: dict[str, int], **values: Any
) -> None:
    """What a field looked like on a day: `values` kind, age, rows, nulls and rest have harmless defaults."""
    system, _, entity = address.partition("/")
    given = {"kind": "values", "age": "settled", "rows": 100, "nulls": 0, "rest": 0, **values}
    connection.execute(
        "insert into sync.profile (system, entity, business_day, field, counts, age, kind, rows, nulls, rest)"
        " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
        [system, entity, day, field, json.dumps(counts), *(given[name] for name in _ORDER)],
    )


_ORDER = ("age", "kind", "rows", "nulls", "rest")


def plant_volume(connection: Connection, address: str, day: date, rows: int, branch: str = "") -> None:
    system, _, entity = address.partition("/")
    connection.execute(
        "insert into sync.volume (system, entity, business_day, branch, rows, by_hour, busy_minutes)"
        " values (%s, %s, %s, %s, %s, '{}', '{}')",
        [system, entity, day, branch, rows],
    )


def plant_rate(connection: Connection, kind: str, system: str, day: date, records: int, surplus: int) -> None:
    connection.execute(
        "insert into sync.duplicate_rate"
        " (kind, system, business_day, records, surplus, confirmed, as_of, limited_by, measured_at)"
        " values (%s, %s, %s, %s, %s, 1, %s, 'shop/customers', %s)",
        [kind, system, day, records, surplus, day, day],
    )


def plant_proposals(connection: Connection, kind: str, *states: str) -> None:
    for number, state in enumerate(states):
        connection.execute(
            "insert into sync.duplicate_proposal"
            " (kind, left_system, left_key, right_system, right_key, cluster, score, reason, state, first_seen_at,"
            " last_seen_at) values (%s, 'pos', %s, 'shop', %s, 'pos/1', 0.9, 'the same phone', %s, now(), now())",
            [kind, str(number), str(number), state],
        )
