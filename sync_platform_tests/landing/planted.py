"""Rows of the platform's own tables, planted with an age in days, and what a prune leaves of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.expired_rows import prune_rows
from sync_platform.landing.expiry import Pruned

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TODAY = date(2026, 11, 20)
LENGTHS = {
    "exchanges": 90,
    "uneventful_exchanges": 2,
    "exchange_bodies": 30,
    "changes": 90,
    "loads": 180,
    "webhook_deliveries": 90,
    "dead_letters": 180,
    "run_requests": 90,
    "branch_clocks": 400,
    "stock_comparisons": 400,
    "freshness_lags": 60,
    "leases": 90,
    "profiles": 120,
    "volumes": 400,
    "accesses": 400,
}
"""Days."""
KEPT_SINCE = {name: NOW - timedelta(days=days) for name, days in LENGTHS.items()}
SALES = {"system": "till", "entity": "sales"}


def ago(days: float) -> datetime:
    return NOW - timedelta(days=days)


def day_ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def silent(name: str, gone: int) -> None:
    """Progress that nobody watches."""


class Planted:
    """Plants rows into one database and prunes it as of NOW."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def exchange(self, days: float, **more: Any) -> UUID:
        """A poll that succeeded and that nothing refers to."""
        row = {
            **SALES,
            "exchange_id": uuid4(),
            "method": "GET",
            "path": "/sales",
            "requested_at": ago(days),
            "status": 200,
            "duration_ms": 5,
            "request_bytes": 0,
            "response_bytes": 2,
            "attempt": 1,
            "correlation_id": uuid4(),
        }
        return UUID(str(self._insert("exchange", row | more)["exchange_id"]))

    def load(self, days: float, **more: Any) -> UUID:
        row = {
            **SALES,
            "load_id": uuid4(),
            "business_day": TODAY,
            "way": "delta",
            "outcome": "published",
            "started_at": ago(days),
            "contract_version": "1.0.0",
            "platform_version": "0",
            "correlation_id": uuid4(),
        }
        return UUID(str(self._insert("load", row | more)["load_id"]))

    def change(self, days: float, **more: Any) -> int:
        """An applied change; `applied_load_id=None` leaves it waiting."""
        row = {
            **SALES,
            "business_day": TODAY,
            "record_key": '["A"]',
            "content_hash": b"h",
            "payload": b"{}",
            "as_of": ago(days),
            "observed_at": ago(days),
            "captured_at": ago(days),
            "applied_load_id": uuid4(),
        }
        return int(self._insert("change", row | more)["change_id"])

    def letter(self, days: float, **more: Any) -> int:
        """A resolved dead letter."""
        row = {
            **SALES,
            "business_day": TODAY,
            "reason": "range",
            "field": "amount",
            "message": "too large",
            "payload": b"{}",
            "payload_hash": uuid4().bytes,
            "contract_version": "1.0.0",
            "load_id": uuid4(),
            "state": "resolved",
            "last_at": ago(days),
        }
        return int(self._insert("dead_letter", row | more)["dead_letter_id"])

    def action(self, letter: int) -> None:
        """Something that was done with a dead letter."""
        self.row("dead_letter_action", dead_letter_id=letter, action="discarded", who="nimali", why="a test record")

    def look(self, days: float) -> None:
        """A look at one of the gateway's pages."""
        looked = {"at": ago(days), "name": "nimali", "way": "session", "method": "GET", "path": "/users", "status": 200}
        self._insert("access_log", looked, schema="access")

    def row(self, table: str, **values: Any) -> None:
        """Any other row of schema `sync`, column by column."""
        self._insert(table, values)

    def prune(self, *, dry_run: bool = False) -> dict[str, Pruned]:
        """What went, by name."""
        pruned = prune_rows(self.connection, KEPT_SINCE, dry_run=dry_run, progress=silent)
        return {one.name: one for one in pruned}

    def left(self, table: str, column: str) -> list[Any]:
        """The values of a column that are still there, in its order."""
        rows = self.connection.execute(
            sql.SQL("select {column} from {table} order by 1").format(
                column=sql.Identifier(column), table=sql.Identifier("sync", table)
            )
        )
        return [value for (value,) in rows]

    def _insert(self, table: str, row: dict[str, Any], *, schema: str = "sync") -> dict[str, Any]:
        statement = sql.SQL("insert into {} ({}) values ({}) returning *").format(
            sql.Identifier(schema, table),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        )
        cursor = self.connection.execute(statement, row)
        names = [column.name for column in cursor.description or ()]
        return dict(zip(names, cursor.fetchone() or (), strict=True))
