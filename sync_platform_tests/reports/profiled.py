"""The tables of profiles, volumes and duplicate rates, made where they do not exist; others stay as they are."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import psycopg

_TABLES = """
create table if not exists sync.profile (
    system text not null, entity text not null, business_day date not null, age text not null, field text not null,
    kind text not null, rows bigint not null, nulls bigint not null, counts jsonb not null, rest bigint not null
);
create table if not exists sync.volume (
    system text not null, entity text not null, business_day date not null, branch text not null, rows bigint not null,
    by_hour int[] not null, busy_minutes int[] not null
)
"""
_DUPLICATES = """
create table if not exists sync.duplicate_rate (
    kind text, system text, business_day date, records bigint, surplus bigint, confirmed bigint, as_of timestamptz,
    limited_by text, measured_at timestamptz
);
create table if not exists sync.duplicate_proposal (
    kind text, left_system text, left_key text, right_system text, right_key text, cluster text, score numeric,
    reason text, state text, first_seen_at timestamptz, last_seen_at timestamptz
)
"""
_DUPLICATE_VIEWS = """
create view report.duplicate_rate as
select kind, business_day, system, records, surplus, confirmed, round(surplus::numeric / nullif(records, 0), 6) as rate,
    as_of, limited_by, measured_at
from sync.duplicate_rate;
create view report.duplicate_proposal as select kind, state from sync.duplicate_proposal
"""

Connection = psycopg.Connection[Any]


def has(connection: Connection, relation: str) -> bool:
    row = connection.execute("select to_regclass(%s) is not null", [relation]).fetchone()
    return bool(row and row[0])


def make_profiles(connection: Connection) -> None:
    connection.execute(_TABLES)


def make_duplicates(connection: Connection) -> None:
    connection.execute(_DUPLICATES)
    if not has(connection, "report.duplicate_rate"):
        connection.execute(_DUPLICATE_VIEWS)


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
