"""`doctor` names what is missing and shows no value."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command, Said


def findings(said: Said) -> dict[tuple[str, str], bool]:
    return {(found["area"], found["name"]): found["ok"] for found in said.object["findings"]}


def test_with_all_there_it_is_content(command: Command, sandbox: Sandbox, database: Database) -> None:
    said = command("doctor", "--json")
    assert [found for found in said.object["findings"] if found["needed"] and not found["ok"]] == []
    assert (said.code, said.object["ok"], said.err) == (0, True, "")
    found = findings(said)
    assert found["platform", "database"]
    assert found["platform", "migrations"]
    assert found["pos", "address"]


def test_a_missing_variable_is_named_and_makes_it_fail(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SHOP_CONSUMER_SECRET")
    said = command("doctor", "--json")
    assert said.code == 1
    assert [name for name, ok in findings(said).items() if not ok] == [("shop", "SHOP_CONSUMER_SECRET")]


def test_while_a_demo_runs_its_file_is_named_where_it_sets_what_is_missing(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SHOP_CONSUMER_SECRET")
    variables = tmp_path / "state" / "demo.env"
    variables.parent.mkdir(exist_ok=True)
    variables.write_text("export POS_TOKEN=t\n")
    assert "demo.env" not in command("doctor").out
    variables.write_text("export SHOP_CONSUMER_SECRET=s\n")
    remedy = f"For the demo that is running: . {variables}"
    assert command("doctor").out.endswith(f"1 things are missing\n{remedy}\n")
    assert command("doctor", "--json").object["remedy"] == remedy


def test_it_says_whose_rejected_records_are_withheld_and_what_is_no_key(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_PLATFORM_LETTER_KEYS", raising=False)
    told = " ".join(command("doctor", "--json").out.split())
    assert "not set: rejected records of pos/sales, pos/customers, shop/orders, shop/customers are withheld" in told
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", "very-secret-value")
    said = command("doctor", "--json")
    assert findings(said)["platform", "SYNC_PLATFORM_LETTER_KEYS"] is False
    assert "very-secret-value" not in said.out + said.err


def test_a_webhook_that_cannot_be_verified_is_named_with_what_to_set_and_a_secret_that_is_none(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PAYMENTS_WEBHOOK_SECRET")
    said = command("doctor", "--json")
    assert (said.code, findings(said)["payments", "webhook events"]) == (0, False)
    assert "answered 503 by the gateway: not set: export PAYMENTS_WEBHOOK_SECRET=…" in said.out


def test_it_shows_no_value_of_a_variable(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_TOKEN", "very-secret-value")
    monkeypatch.setenv("SYNC_PLATFORM_DAGSTER_DATABASE_URL", "postgresql://me:very-secret-value@127.0.0.1:1/x")
    for arguments in (("doctor",), ("doctor", "--json")):
        said = command(*arguments)
        assert said.code == 1
        assert "very-secret-value" not in said.out + said.err


def test_an_unmigrated_database_is_told_apart_from_an_unreachable_one(
    command: Command, sandbox: Sandbox, empty_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault D11."""
    found = findings(command("doctor", "--json"))
    assert found["platform", "database"]
    assert not found["platform", "migrations"]

    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    found = findings(command("doctor", "--json"))
    assert not found["platform", "database"]
    assert ("platform", "migrations") not in found


def test_a_partner_that_does_not_answer_is_named(
    command: Command, sandbox: Sandbox, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEDGER_BASE_URL", "http://127.0.0.1:1")
    said = command("doctor", "--json")
    assert said.code == 1
    assert [name for name, ok in findings(said).items() if not ok] == [("ledger", "address")]
