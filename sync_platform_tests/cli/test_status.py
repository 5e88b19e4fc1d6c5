"""`status` shows where each entity stands, in the zone asked for."""

from __future__ import annotations

from datetime import datetime

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command

KEYS = {
    "system",
    "entity",
    "kind",
    "business_day",
    "state",
    "rows_today",
    "last_complete_day",
    "as_of",
    "as_of_age_seconds",
    "looked_at",
    "loaded_at",
    "dead_letters",
    "held_days",
    "owed_days",
    "last_load",
}


def test_before_the_first_load_all_is_pending_and_owed(command: Command, database: Database) -> None:
    said = command("status", "--json")
    assert said.code == 0
    entities = {f"{one['system']}/{one['entity']}": one for one in said.object["entities"]}
    assert set(entities) >= {"pos/sales", "shop/listings", "ledger/entries", "payments/payouts"}
    assert {frozenset(one) for one in entities.values()} == {frozenset(KEYS)}
    assert entities["pos/sales"]["state"] == "pending"
    assert len(entities["pos/sales"]["owed_days"]) == 15
    assert len(entities["shop/listings"]["owed_days"]) == 1
    assert entities["pos/sales"]["as_of"] is None


def test_after_a_load_the_clocks_are_shown_with_the_zones_offset(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    assert command("pull", "ledger/entries", "--day", yesterday).code == 0
    own = command("status", "ledger", "--json").object["entities"][0]
    utc = command("status", "ledger", "--zone", "UTC", "--json").object["entities"][0]

    assert own["last_complete_day"] == yesterday
    assert own["as_of"].endswith("+05:30")
    assert utc["as_of"].endswith("+00:00")
    assert datetime.fromisoformat(own["as_of"]) == datetime.fromisoformat(utc["as_of"])
    assert own["last_load"]["outcome"] == "published"
    assert yesterday not in own["owed_days"]
    text = command("status", "ledger").out
    assert "ledger/entries" in text
    assert "+05:30" in text


def test_a_failed_load_is_shown_with_its_reason(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    sandbox.faults.add(system="ledger", path="/journal", kind="status", status=403, next_requests=50)
    assert command("pull", "ledger/entries", "--day", yesterday).code == 1
    said = command("status", "ledger", "--json")
    assert said.object["entities"][0]["last_load"]["outcome"] == "refused"
    assert "403" in command("status", "ledger").out
