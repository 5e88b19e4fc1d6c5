"""Which rows of the platform's own tables expire, table by table; how long each is kept is declared (retention.py)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import LiteralString

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.expiry import Expiry, Pruned, take_expired
from sync_platform.landing.queries import queries
from sync_platform.landing.tables import SCHEMA

# What one condition asks of another table must still be there: exchanges before the loads and changes that refer to
# them, loads before dead letters, these before what was done with them. Name, table, unit, the declared length,
# `young`, units per batch.
_ORDER: tuple[tuple[str, str, tuple[str, ...], str, LiteralString, int], ...] = (
    ("exchange", "exchange", ("requested_at", "exchange_id"), "exchanges", "t.requested_at >= %(exchanges)s", 5_000),
    (
        "uneventful_exchange",
        "exchange",
        ("requested_at", "exchange_id"),
        "uneventful_exchanges",
        "t.requested_at >= %(uneventful_exchanges)s",
        5_000,
    ),
    (
        "exchange_body",
        "exchange_body",
        ("kept_at", "exchange_id"),
        "exchange_bodies",
        "t.kept_at >= greatest(%(exchange_bodies)s, %(uneventful_exchanges)s)",
        500,
    ),
    ("load", "load", ("started_at", "load_id"), "loads", "t.started_at >= %(loads)s", 5_000),
    ("change", "change", ("captured_at", "change_id"), "changes", "t.captured_at >= %(changes)s", 5_000),
    (
        "webhook_delivery",
        "webhook_delivery",
        ("received_at", "delivery_id"),
        "webhook_deliveries",
        "t.received_at >= %(webhook_deliveries)s",
        5_000,
    ),
    ("dead_letter", "dead_letter", ("dead_letter_id",), "dead_letters", "false", 5_000),
    ("dead_letter_action", "dead_letter_action", ("dead_letter_id", "action_id"), "dead_letters", "false", 5_000),
    ("run_request", "run_request", ("asked_at", "run_key"), "run_requests", "t.asked_at >= %(run_requests)s", 5_000),
    (
        "branch_clock",
        "branch_clock",
        ("business_day", "system", "entity"),
        "branch_clocks",
        "t.business_day >= %(branch_clocks)s::date",
        20,
    ),
    (
        "stock_comparison",
        "stock_comparison",
        ("business_day",),
        "stock_comparisons",
        "t.business_day >= %(stock_comparisons)s::date",
        1,
    ),
    (
        "stock_comparison_day",
        "stock_comparison_day",
        ("business_day",),
        "stock_comparisons",
        "t.business_day >= %(stock_comparisons)s::date",
        200,
    ),
    (
        "freshness_lag",
        "freshness_lag",
        ("sampled_at", "system", "entity"),
        "freshness_lags",
        "t.sampled_at >= %(freshness_lags)s",
        5_000,
    ),
    (
        "profile",
        "profile",
        ("business_day", "system", "entity"),
        "profiles",
        "t.business_day >= %(profiles)s::date",
        20,
    ),
    ("shape", "shape", ("business_day", "system", "entity"), "profiles", "t.business_day >= %(profiles)s::date", 200),
    (
        "volume",
        "volume",
        ("business_day", "system", "entity"),
        "volumes",
        "t.business_day >= %(volumes)s::date",
        20,
    ),
    ("lease", "lease", ("system", "entity", "scope"), "leases", "false", 5_000),
    ("access_log", "access.access_log", ("at", "access_id"), "accesses", "t.at >= %(accesses)s", 5_000),
)


def prune_rows(
    connection: Connection, kept_since: Mapping[str, datetime], *, dry_run: bool, progress: Callable[[str, int], None]
) -> list[Pruned]:
    """Delete, or count, what is older than declared: `kept_since` by the names of the declaration."""
    return [
        take_expired(connection, expiry, kept_since, dry_run=dry_run, progress=progress)
        for expiry in _expiries(kept_since)
    ]


def _expiries(kept_since: Mapping[str, datetime]) -> list[Expiry]:
    return [
        Expiry(
            name=_told(name, place),
            table=sql.Identifier(*place),
            unit=unit,
            condition=sql.SQL(queries("expired")[name]),
            young=young,
            kept_since=kept_since[length],
            batch=batch,
        )
        for name, table, unit, length, young, batch in _ORDER
        for place in [_place(table)]
    ]


def _place(table: str) -> tuple[str, str]:
    """Schema and name of a table; ours unless another is named."""
    schema, _, name = table.rpartition(".")
    return schema or SCHEMA, name


def _told(name: str, place: tuple[str, str]) -> str:
    """As people read it: the table, and which of its rows where there are several kinds."""
    told = ".".join(place)
    return told if name == place[1] else f"{told} ({name.removesuffix(f'_{place[1]}')})"
