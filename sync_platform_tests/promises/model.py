"""What the database must hold, worked out from what the till wrote and not from how the platform does it.

Each version of a sale has an amount that no other version has, so an amount tells which version it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import Record


@dataclass
class Model:
    """The till's history beside what was seen of the database so far; every `check…` raises AssertionError.

    `written`: each sale's versions, `{amount: day}`. `known_from`: what changed from then on must come by deltas alone;
    before it a whole read is what brings it.
    """

    hub: Hub
    entity: str
    written: dict[str, dict[str | None, str]] = field(default_factory=dict)
    changes: dict[int, dict[str, Any]] = field(default_factory=dict)
    landed: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    watermark: datetime | None = None
    known_from: datetime | None = None

    def writes(self, record: Record) -> None:
        """The till has this version, now or when its transaction ends."""
        self.written.setdefault(record["id"], {})[record["amount"]] = record["day"]

    def check(self, sales: Mapping[str, Record], *, unversioned: set[str]) -> None:
        """What holds at every moment, whatever was interrupted before; `sales` are those visible at the till.

        `unversioned` are sales whose last change did not move their changed time: only a whole read can see those.
        """
        with psycopg.connect(self.hub.database.url, row_factory=dict_row) as connection:
            connection.execute("set transaction isolation level repeatable read, read only")
            self._check_loads(connection)
            self._check_landed(connection)
            self._check_changes(connection)
            self._check_watermark(connection)
            self._check_captured({id_: sale for id_, sale in sales.items() if id_ not in unversioned})

    def check_at_rest(self, sales: Mapping[str, Record], *, conflicting: set[str]) -> None:
        """After a last undisturbed capture, apply and whole read of each day: the table is what the till has.

        `conflicting` are sales with two contents of one strict version: neither is chosen silently, the one that is not
        landed is a dead letter.
        """
        landed = self._landed_now()
        letters = set(self.hub.letters(self.entity))
        broken = {id_ for id_, record in sales.items() if record["amount"] is None}
        expected = {(id_, record["amount"], record["day"]) for id_, record in sales.items()}
        assert {row for row in landed ^ expected if row[0] not in broken | conflicting} == set()
        assert {(f'["{id_}"]', "missing") for id_ in broken} <= letters
        assert {(f'["{id_}"]', "conflict") for id_, *_ in expected - landed if id_ in conflicting - broken} <= letters
        assert self.hub.query("select * from sync.change where applied_load_id is null") == []
        assert self.hub.query("select tablename from pg_tables where schemaname = 'stage'") == []
        assert self.hub.query("select * from sync.lease where holder is not null") == []

    def _check_loads(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        loads = connection.execute("select * from sync.load where outcome in ('published', 'empty')").fetchall()
        assert [load for load in loads if not add_up(load)] == []
        days = connection.execute(
            f"select d.business_day, d.rows, (select count(*) from landing.till__{self.entity} t"  # noqa: S608 - ours
            " where t._business_day = d.business_day and t._deleted_at is null) as live from sync.entity_day d"
            " where d.complete_at is not null or d.state = 'partial'"
        ).fetchall()
        assert [day for day in days if day["rows"] != day["live"]] == []

    def _check_landed(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        rows = connection.execute(f"select * from landing.till__{self.entity}").fetchall()  # noqa: S608 - ours
        landed = {(row["id"],): row for row in rows}
        assert self.landed.keys() <= landed.keys(), "a row is gone"
        for key, row in landed.items():
            assert self.written[row["id"]].get(str(row["amount"])) == str(row["day"]), f"nobody ever wrote {row}"
            assert row["_business_day"] == row["day"]
            before = self.landed.get(key)
            assert before is None or _rank(before) <= _rank(row), f"{row} came after {before}"
        self.landed = landed

    def _check_changes(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        rows = connection.execute("select * from sync.change").fetchall()
        changes = {row["change_id"]: row for row in rows}
        assert self.changes.keys() <= changes.keys(), "an acknowledged change is gone"
        loads = {row["load_id"] for row in connection.execute("select load_id from sync.load").fetchall()}
        deltas = connection.execute("select load_id, read from sync.load where way = 'delta'").fetchall()
        applied = Counter(change["applied_load_id"] for change in changes.values())
        assert [load for load in deltas if applied[load["load_id"]] != load["read"]] == [], "applied by two loads"
        letters = {
            bytes(row["payload_hash"])
            for row in connection.execute("select payload_hash from sync.dead_letter").fetchall()
        }
        for change in changes.values():
            if change["applied_load_id"] is None:
                continue
            assert change["applied_load_id"] in loads
            if change["record_key"] is None:
                assert bytes(change["content_hash"]) in letters, f"neither landed nor a dead letter: {change}"
            else:
                row = self.landed.get(tuple(json.loads(change["record_key"])))
                assert row is not None, f"applied and not landed: {change}"
                assert _rank(_as_row(change)) <= _rank(row), f"applied and lost: {change}"
        self.changes = changes

    def _check_watermark(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        row = connection.execute("select changed_until from sync.watermark").fetchone()
        assert row is not None or self.watermark is None
        if row is not None:
            assert self.watermark is None or self.watermark <= row["changed_until"]
            self.watermark = row["changed_until"]

    def _check_captured(self, sales: Mapping[str, Record]) -> None:
        """What changed before the watermark is in our hands: nothing becomes visible later than the safety lag."""
        if self.known_from is None:
            self.known_from = self.watermark
        if self.known_from is None or self.watermark is None:
            return
        payloads = [json.loads(bytes(change["payload"])) for change in self.changes.values()]
        rows = [*payloads, *self.landed.values()]
        ours = {(row["id"], str(row["amount"])) for row in rows}
        since, until = self.known_from.timestamp() * 1000, self.watermark.timestamp() * 1000
        # What breaks its contract is not captured once more when it is a dead letter of a whole read already.
        whole = {id_: sale for id_, sale in sales.items() if sale["amount"] is not None}
        wanted = {(id_, sale["amount"]) for id_, sale in whole.items() if since <= sale["changed"] < until}
        assert wanted <= ours, f"not captured: {wanted - ours}"

    def _landed_now(self) -> set[tuple[str, str, str]]:
        """Live rows as (id, amount, day)."""
        rows = self.hub.rows(self.entity)
        return {
            (row["id"], str(row["amount"]), str(row["_business_day"])) for row in rows if row["_deleted_at"] is None
        }


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    """What must never go down in a landed row: its version, and without one the time of its last observation."""
    return (row["_observed_at"],) if row["_source_version"] is None else (row["_source_version"],)


def _as_row(change: dict[str, Any]) -> dict[str, Any]:
    return {"_source_version": change["source_version"], "_observed_at": change["observed_at"]}
