"""A real, migrated PostgreSQL with the platform's own tables, and rows planted in them by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.landing.database import Database

_ANY = datetime(2026, 11, 21, tzinfo=UTC)


class Planted:
    """Writes rows of the platform's own tables; what is not said has a harmless value."""

    def __init__(self, connection: psycopg.Connection[Any], database: Database) -> None:
        self.connection = connection
        self.database = database

    def day(self, address: str, day: date, **values: Any) -> None:
        """An entity's day: complete and read whole by default; `as_of` stamps all its clocks unless they are given."""
        as_of = values.pop("as_of", None)
        clocks = dict.fromkeys(("looked_at", "loaded_at", "complete_at", "read_began_at"), as_of)
        self._insert("entity_day", {**_at(address, day), "state": "complete", "as_of": as_of, **clocks, **values})

    def branch(self, address: str, day: date, branch: str, as_of: datetime) -> None:
        self._insert("branch_clock", {**_at(address, day), "branch": branch, "as_of": as_of, "looked_at": as_of})

    def load(self, address: str, day: date, at: datetime, outcome: str = "published", error: str | None = None) -> None:
        values = {
            "load_id": uuid4(),
            "way": "whole_day",
            "outcome": outcome,
            "started_at": at,
            "error_kind": outcome if error is not None else None,
            "error": error,
            "contract_version": "1.0.0",
            "platform_version": "0",
            "correlation_id": uuid4(),
        }
        self._insert("load", {**_at(address, day), **values})

    def rule(self, address: str, day: date, rule: str, at: datetime, **values: Any) -> None:
        """A rule's result: a warning that failed, unless told otherwise."""
        given = {"severity": "warning", "blocking": False, "passed": False, "observed": "", "sample": "[]", **values}
        self._insert("check_result", {**_at(address, day), "rule": rule, "evaluated_at": at, **given})

    def letters(self, address: str, day: date, count: int, **values: Any) -> None:
        for number in range(count):
            payload = f"{address} {day} {values} {number}".encode()
            given = {"reason": "range", "field": "quantity", "message": "", "contract_version": "1.0.0", **values}
            hashed = {"payload": payload, "payload_hash": payload, "load_id": uuid4()}
            self._insert("dead_letter", {**_at(address, day), **hashed, **given})

    def asked(self, address: str, at: datetime, **values: Any) -> None:
        system, _, entity = address.partition("/")
        counts = dict.fromkeys(("duration_ms", "request_bytes", "response_bytes", "attempt"), 1)
        given = {"exchange_id": uuid4(), "method": "GET", "path": "/", "correlation_id": uuid4(), "requested_at": at}
        self._insert("exchange", {"system": system, "entity": entity or None, **counts, **given, **values})

    def stock(self, day: date, sku: str, pos: int | None, shop: int | None, verdict: str, **values: Any) -> None:
        as_of = values.pop("as_of")
        given = {"branch": "S0001", "pos_as_of": as_of, "shop_as_of": as_of, "limited_by": "pos/stock_levels", **values}
        difference = None if pos is None or shop is None else shop - pos
        figures = {"pos_units": pos, "shop_units": shop, "difference": difference, "verdict": verdict}
        self._insert("stock_comparison", {"business_day": day, "sku": sku, "as_of": as_of, **given, **figures})

    def waiting(self, address: str, day: date, count: int) -> None:
        """Captured changes that nobody has applied yet."""
        for _ in range(count):
            given = {"content_hash": b"", "payload": b"{}", "as_of": _ANY, "observed_at": _ANY}
            self._insert("change", {**_at(address, day), **given})

    def verified(self, address: str, through: date | None, *, settled: date, **values: Any) -> None:
        system, _, entity = address.partition("/")
        given = {"system": system, "entity": entity, "verified_through": through, "settled_through": settled}
        self._insert("verified_through", {**given, **values})

    def stock_day(self, day: date, **values: Any) -> None:
        """The figures of a day's whole comparison."""
        self._insert("stock_comparison_day", {"business_day": day, **values})

    def all_fresh(self, systems: tuple[PartnerSystem, ...], now: datetime) -> None:
        """Every entity fresh: today read a minute ago, past event days read whole after their end."""
        for system in systems:
            today = system.declaration.calendar.day_of(now)
            for entity in system.entities:
                self.day(entity.address, today, as_of=now - timedelta(minutes=1), rows=100)
                self.asked(entity.address, now - timedelta(seconds=5))
                for back in range(1, 15):
                    day = today - timedelta(days=back)
                    if entity.is_state:
                        self.day(entity.address, day, state="not_obtainable")
                    else:
                        self.day(entity.address, day, as_of=entity.calendar.end_of(day) + timedelta(hours=2), rows=500)

    def change(self, address: str, day: date, **values: Any) -> None:
        """Other values for a day that is there."""
        system, _, entity = address.partition("/")
        assignments = sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Literal(value)) for name, value in values.items()
        )
        self.connection.execute(
            sql.SQL("update sync.entity_day set {} where system = %s and entity = %s and business_day = %s").format(
                assignments
            ),
            [system, entity, day],
        )

    def _insert(self, table: str, row: dict[str, Any]) -> None:
        self.connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier("sync", table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() for _ in row),
            ),
            list(row.values()),
        )


def _at(address: str, day: date) -> dict[str, Any]:
    system, _, entity = address.partition("/")
    return {"system": system, "entity": entity, "business_day": day}


@pytest.fixture
def planted(database: Database) -> Iterator[Planted]:
    """Empty tables to plant in."""
    with psycopg.connect(database.url, autocommit=True) as connection:
        yield Planted(connection, database)


@pytest.fixture(scope="session")
def systems() -> tuple[PartnerSystem, ...]:
    """The four declared partner systems that are asked; those that leave files have tests of their own."""
    return tuple(system for system in read_partner_systems() if system.asked)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "reports"
