"""`status` shows where each entity stands, in the zone asked for."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from rich.console import Console

from sync_platform.cli import status
from sync_platform.freshness.owed import EntityOwed
from sync_platform.freshness.promise import Verdict
from sync_platform.landing.database import Database
from sync_platform.landing.verifications import VerifiedThrough
from sync_platform.operations.entity_status import DayStatus, EntityStatus
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command

KEYS = {
    "system",
    "entity",
    "kind",
    "business_day",
    "state",
    "verdict",
    "verdict_sentence",
    "limited_by",
    "rows_today",
    "last_complete_day",
    "as_of",
    "as_of_age_seconds",
    "looked_at",
    "loaded_at",
    "dead_letters",
    "held_days",
    "owed_days",
    "rules_due_days",
    "changes_waiting",
    "verified_through",
    "settled_through",
    "not_verified",
    "last_load",
    "failing",
}

NOW = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TODAY = date(2026, 11, 21)
LISTINGS = EntityStatus(
    system="shop",
    entity="listings",
    is_state=True,
    business_day=TODAY,
    zone="Asia/Colombo",
    today=DayStatus(TODAY, "not_obtainable", 2400, NOW, NOW, NOW, None, 1, 0, 0),
    last_complete_day=TODAY,
    as_of=NOW - timedelta(minutes=5),
    looked_at=NOW,
    loaded_at=NOW,
    dead_letters=7,
    owed=EntityOwed(unread=(TODAY,), due=(TODAY,), waiting=1200),
    verified=VerifiedThrough(TODAY, date(2026, 11, 16), date(2026, 11, 18), date(2026, 11, 17), "differs"),
    last_load=None,
)


VERDICTS = {("shop", "listings"): Verdict("stale", ("As of ", NOW - timedelta(minutes=5), "; it is too old."))}


def test_before_the_first_load_all_is_pending_and_owed(command: Command, database: Database) -> None:
    said = command("status", "--json")
    assert (said.code, said.object["ok"]) == (0, True)
    entities = {f"{one['system']}/{one['entity']}": one for one in said.object["entities"]}
    assert set(entities) >= {"pos/sales", "shop/listings", "ledger/entries", "payments/payouts"}
    assert {frozenset(one) for one in entities.values()} == {frozenset(KEYS)}
    assert entities["pos/sales"]["state"] == "pending"
    assert len(entities["pos/sales"]["owed_days"]) == 15
    assert len(entities["shop/listings"]["owed_days"]) == 1
    assert entities["pos/sales"]["as_of"] is None
    assert entities["pos/sales"]["verdict"] in ("never_loaded", "incomplete")


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


@pytest.mark.parametrize(
    ("width", "header"),
    [
        (30, "entity state as_of"),
        (80, "entity state dead letters held owed as_of age"),
        (130, "entity state rows today dead letters held owed waiting verified last complete as_of age"),
        (
            200,
            "entity today state rows today dead letters held owed rules due waiting verified last complete as_of age"
            " looked_at loaded_at",
        ),
    ],
)
def test_a_narrow_terminal_loses_columns_and_no_part_of_entity_state_or_as_of(
    width: int, header: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "stdout", lambda: Console(highlight=False, width=width))
    status._show([LISTINGS], VERDICTS, {}, None, NOW)
    first, second = capsys.readouterr().out.splitlines()[:2]
    assert " ".join(first.split()) == header
    cells = [cell.strip() for cell in second.split("  ") if cell]
    assert {"shop/listings", "stale", "2026-11-21 09:25 +05:30"} <= set(cells)


def test_what_a_narrow_terminal_has_no_room_for_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(status, "stdout", lambda: Console(highlight=False, width=130))
    status._show([LISTINGS], VERDICTS, {}, None, NOW)
    assert "no room for looked_at, loaded_at, today, rules due; a wider terminal shows them" in capsys.readouterr().out


def test_what_breaks_its_promise_is_said_in_the_reports_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    status._show([LISTINGS], VERDICTS, {}, None, NOW)
    assert "shop/listings: As of 2026-11-21 09:25 +05:30; it is too old." in capsys.readouterr().out


def test_a_partner_that_fails_is_named_while_the_promise_is_still_kept(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    assert command("pull", "ledger/entries", "--day", yesterday).code == 0
    sandbox.faults.add(system="ledger", path="/journal", kind="status", status=403)
    command("pull", "ledger/entries", "--day", yesterday)

    failing = command("status", "ledger", "--json").object["entities"][0]["failing"]

    assert failing["kind"] == "refused"
    assert "403" in failing["text"]
    assert "ledger/entries: the last request failed: " in command("status", "ledger").out


def test_without_a_partner_system_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    status._show([], {}, {}, None, NOW)
    assert capsys.readouterr().out == "no partner system is declared; see docs/declarations.md\n"
