"""`connect` tries a partner system step by step and stores nothing."""

from __future__ import annotations

import pytest

from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command, Said


def steps(said: Said) -> dict[str, bool]:
    return {step["name"]: step["ok"] for step in said.object["steps"]}


@pytest.mark.parametrize(
    ("system", "entities"),
    [
        ("pos", ["sales", "stock_levels"]),
        ("shop", ["orders", "listings"]),
        ("ledger", ["entries"]),
        ("payments", ["payments", "payouts"]),
    ],
)
def test_each_sandbox_system_passes_every_step_without_a_database(
    command: Command, sandbox: Sandbox, system: str, entities: list[str]
) -> None:
    said = command("connect", system, "--json")
    assert said.code == 0, said.out
    assert steps(said) == {"address": True, "sign-in": True, "scope": True, "clock": True}
    assert [entity["entity"] for entity in said.object["entities"]] == entities
    assert abs(said.object["clock_skew_seconds"]) < 5


def test_five_records_stand_beside_the_contract_and_personal_data_are_masked(
    command: Command, sandbox: Sandbox
) -> None:
    orders = command("connect", "shop", "--json").object["entities"][0]
    fields = {field["name"]: field for field in orders["fields"]}
    assert orders["records"] >= 5
    assert [len(field["values"]) for field in orders["fields"]] == [5] * len(fields)
    assert fields["order_id"]["values"][0].isdigit()
    assert fields["order_id"]["required"] is True
    assert fields["billing_email"]["personal"] is True
    assert not [value for value in fields["billing_email"]["values"] if "@" in value]

    text = command("connect", "shop").out
    assert "billing_email" in text
    assert "@" not in text


def test_a_refused_token_is_said_with_the_variables_name_and_without_its_value(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POS_TOKEN", "an-expired-token")
    said = command("connect", "pos", "--json")
    assert said.code == 1
    assert steps(said)["address"] is True
    assert steps(said)["sign-in"] is False
    assert "POS_TOKEN" in said.out
    assert "an-expired-token" not in said.out + said.err


def test_a_partner_that_is_not_there_is_75(command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_BASE_URL", "http://127.0.0.1:1")
    said = command("connect", "pos", "--json")
    assert said.code == 75
    assert said.object["steps"][0]["name"] == "address"
    assert "127.0.0.1:1 does not answer" in said.object["steps"][0]["detail"]


def test_a_host_nobody_knows_is_said_so(command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_BASE_URL", "http://no-such-host.invalid")
    said = command("connect", "pos")
    assert said.code == 75
    assert "the name no-such-host.invalid is not known" in said.out


def test_a_missing_variable_is_2_and_names_all_that_miss(command: Command) -> None:
    said = command("connect", "shop")
    assert said.code == 2
    assert "SHOP_BASE_URL, SHOP_CONSUMER_KEY, SHOP_CONSUMER_SECRET" in said.line


def test_a_clock_that_is_an_hour_off_is_noticed(command: Command, sandbox: Sandbox) -> None:
    """Fault A31."""
    sandbox.faults.add(system="pos", kind="clock_skew", seconds=3600, next_requests=50)
    said = command("connect", "pos", "--json")
    assert said.code == 1
    assert steps(said)["clock"] is False
    assert 3590 < said.object["clock_skew_seconds"] < 3610


def test_records_that_break_the_contract_come_with_their_reason(command: Command, sandbox: Sandbox) -> None:
    sandbox.faults.add(
        system="ledger", path="/journal", kind="bad_record", field="status", value="LOST", count=200, next_requests=9
    )
    said = command("connect", "ledger", "--json")
    entries = said.object["entities"][0]
    assert said.code == 1
    assert entries["rejected"] == entries["records"] > 0
    assert "value_set: status" in entries["reasons"][0]
