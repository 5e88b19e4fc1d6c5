"""`pull` brings in days and changes by the one write path, and says what came of it."""

from __future__ import annotations

import re

import pytest
from psycopg import sql

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command

NOT_OBTAINABLE = "not_obtainable: a past state that nobody observed cannot be asked for"


def rows(database: Database, table: str) -> int:
    with database.connect() as connection:
        query = sql.SQL("select count(*) from {} where _deleted_at is null").format(sql.Identifier("landing", table))
        row = connection.execute(query).fetchone()
    return row[0] if row else -1


def test_a_day_is_brought_in_whole_and_a_second_pull_changes_nothing(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    first = command("pull", "ledger/entries", "--day", yesterday, "--json")
    (load,) = first.object["loads"]
    assert (first.code, first.object["ok"], first.err) == (0, True, "")
    assert (load["outcome"], load["day"], load["way"]) == ("published", yesterday, "whole_day")
    assert load["read"] == load["inserted"] == rows(database, "ledger__entries") > 0
    assert load["as_of"].endswith("+00:00")

    (again,) = command("pull", "ledger/entries", "--day", yesterday, "--json").object["loads"]
    assert (again["read"], again["inserted"], again["updated"]) == (load["read"], 0, 0)
    assert again["unchanged"] == load["read"]


def test_a_range_comes_newest_first(command: Command, sandbox: Sandbox, database: Database, yesterday: str) -> None:
    said = command("pull", "payments/payouts", "--from", yesterday, "--to", yesterday, "--json")
    assert [load["day"] for load in said.object["loads"]] == [yesterday]


def test_a_dry_run_counts_and_stores_nothing_not_even_with_a_database(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    said = command("pull", "pos/sales", "--day", yesterday, "--dry-run", "--json")
    (day,) = said.object["days"]
    assert (said.code, said.object["dry_run"]) == (0, True)
    assert day["read"] == day["accepted"] + day["rejected"] > 0
    assert day["distinct"] <= day["accepted"]
    # Lines of no units are the data's own defect.
    assert {reject["reason"] for reject in day["rejects"]} <= {"range"}
    assert rows(database, "pos__sales") == 0
    with database.connect() as connection:
        for table in ("load", "exchange", "dead_letter", "entity_day", "lease"):
            query = sql.SQL("select count(*) from {}").format(sql.Identifier("sync", table))
            assert connection.execute(query).fetchone() == (0,)


def test_a_dry_run_needs_no_database(command: Command, sandbox: Sandbox, yesterday: str) -> None:
    said = command("pull", "shop/orders", "--day", yesterday, "--dry-run")
    assert said.code == 0
    assert f"shop/orders {yesterday}: " in said.out
    assert "nothing was stored" in said.out


def test_a_dry_run_with_too_many_rejects_fails_and_shows_the_first(
    command: Command, sandbox: Sandbox, yesterday: str
) -> None:
    sandbox.faults.add(
        system="ledger", path="/journal", kind="bad_record", field="status", value="LOST", count=200, next_requests=9
    )
    said = command("pull", "ledger/entries", "--day", yesterday, "--dry-run", "--json")
    (day,) = said.object["days"]
    assert (said.code, said.object["ok"]) == (1, False)
    assert day["rejects"][0]["field"] == "status"
    assert len(day["rejects"]) == 5


def test_what_changed_is_brought_in_with_delta(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    command("pull", "shop/listings", "--json")
    first = command("pull", "shop/listings", "--delta", "--json")
    assert first.code == 0, first.out
    assert first.object["looked_at"]
    assert first.object["changed_until"]
    text = command("pull", "shop/listings", "--delta").out
    assert "changed records read" in text


def test_a_partner_that_is_away_is_75_and_nothing_is_published(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setattr("sync_platform.clock.SystemClock.sleep", lambda _clock, _seconds: None)
    said = command("pull", "ledger/entries", "--day", yesterday, "--json")
    assert said.code == 75
    assert said.object["ok"] is False
    assert rows(database, "ledger__entries") == 0


def test_a_refused_token_is_1(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_TOKEN", "an-expired-token")
    said = command("pull", "pos/sales", "--day", yesterday)
    assert said.code == 1
    assert "POS_TOKEN" in said.err
    assert "an-expired-token" not in said.out + said.err


def test_a_past_day_of_a_state_is_not_obtainable_and_not_filled(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    said = command("pull", "pos/stock_levels", "--day", yesterday, "--json")
    assert said.object["loads"][0]["outcome"] == "not_obtainable"
    assert said.code == 1
    assert rows(database, "pos__stock_levels") == 0
    assert NOT_OBTAINABLE in command("pull", "pos/stock_levels", "--day", yesterday).out


def test_a_dry_run_of_a_past_day_of_a_state_is_not_obtainable_either(
    command: Command, sandbox: Sandbox, yesterday: str
) -> None:
    said = command("pull", "pos/stock_levels", "--day", yesterday, "--dry-run", "--json")
    (day,) = said.object["days"]
    assert (said.code, said.object["ok"], day["obtainable"], day["read"]) == (1, False, False, 0)

    said = command("pull", "pos/stock_levels", "--day", yesterday, "--dry-run")
    assert (said.code, said.out) == (1, f"pos/stock_levels {yesterday}: {NOT_OBTAINABLE}\n")
    today = command("pull", "pos/stock_levels", "--dry-run", "--json")
    assert (today.code, today.object["days"][0]["obtainable"]) == (0, True)
    assert today.object["days"][0]["read"] > 0


def test_people_read_local_times_to_the_minute(
    command: Command, sandbox: Sandbox, database: Database, yesterday: str
) -> None:
    day = command("pull", "shop/listings").out
    assert re.search(r"; as of \d{4}-\d\d-\d\d \d\d:\d\d \+05:30; ", day), day
    changes = command("pull", "shop/listings", "--delta").out
    assert re.search(r"; complete until \d{4}-\d\d-\d\d \d\d:\d\d \+05:30", changes), changes


def test_an_unmigrated_database_is_1_before_the_partner_is_asked(
    command: Command, sandbox: Sandbox, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault D11."""
    monkeypatch.setenv("POS_BASE_URL", "http://127.0.0.1:1")
    said = command("pull", "pos/sales")
    assert said.code == 1
    assert "there is no sync.entity_day, no landing.pos__sales. Run `sync-platform migrate`." in said.line


@pytest.mark.parametrize("option", ["--day=yesterday", "--delta"])
def test_a_new_entity_without_its_table_is_1(
    command: Command, sandbox: Sandbox, database: Database, option: str
) -> None:
    with database.connect() as connection:
        connection.execute("drop table landing.pos__sales cascade")
    said = command("pull", "pos/sales", option)
    assert said.code == 1
    assert "there is no landing.pos__sales. Run `sync-platform migrate`." in said.line
