"""`connect` tries a partner system step by step and stores nothing."""

from __future__ import annotations

import contextlib
import socket
import threading

import pytest

from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command, Said


def steps(said: Said) -> dict[str, bool]:
    return {step["name"]: step["ok"] for step in said.object["steps"]}


def hang_up(listener: socket.socket) -> None:
    """End every connection without a word, until the listener is shut."""
    with contextlib.suppress(OSError):
        while True:
            listener.accept()[0].close()


def detail(said: Said, name: str) -> str:
    (found,) = [step["detail"] for step in said.object["steps"] if step["name"] == name]
    return str(found)


@pytest.mark.parametrize(
    ("system", "entities"),
    [
        ("pos", ["sales", "stock_levels", "customers"]),
        ("shop", ["orders", "listings", "customers"]),
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
    monkeypatch.setenv("POS_BASE_URL", "https://no-such-host.invalid")
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
    assert steps(said)["clock"] is True


def test_a_rejected_record_comes_with_the_names_that_the_partner_sends(command: Command, sandbox: Sandbox) -> None:
    sandbox.faults.add(
        system="ledger", path="/journal", kind="bad_record", field="status", value="LOST", count=200, next_requests=9
    )
    said = command("connect", "ledger")
    (names,) = [line for line in said.out.splitlines() if line.startswith("  the partner sends: ")]
    assert "status" in names.removeprefix("  the partner sends: ").split(", ")
    assert "LOST" not in names


def test_an_answer_that_is_no_record_tells_the_time_all_the_same(command: Command, sandbox: Sandbox) -> None:
    sandbox.faults.add(system="pos", kind="status", status=404, next_requests=50)
    said = command("connect", "pos", "--json")
    assert said.code == 1
    assert (steps(said)["clock"], steps(said)["sign-in"]) == (True, False)
    assert abs(said.object["clock_skew_seconds"]) < 5
    assert detail(said, "sign-in").startswith("not known, because no answer could be used: pos/sales: 404 from GET /")


def test_a_refusal_tells_the_time_too(command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POS_TOKEN", "an-expired-token")
    assert steps(command("connect", "pos", "--json"))["clock"] is True


def test_where_nothing_is_answered_the_clock_is_not_tried(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_platform.clock.SystemClock.sleep", lambda _clock, _seconds: None)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=hang_up, args=(listener,), daemon=True).start()
        monkeypatch.setenv("POS_BASE_URL", f"http://127.0.0.1:{listener.getsockname()[1]}")
        said = command("connect", "pos", "--json")
        listener.shutdown(socket.SHUT_RDWR)
    assert said.code == 75
    assert detail(said, "clock") == "not tried, because nothing was answered"


def test_a_failure_names_the_entity_once_and_promises_no_repetition(
    command: Command, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync_platform.clock.SystemClock.sleep", lambda _clock, _seconds: None)
    sandbox.faults.add(system="pos", kind="status", status=503, next_requests=50)
    said = command("connect", "pos")
    assert said.code == 75
    assert "✗ pos/stock_levels 503 from GET /" in said.out
    assert "tried again" not in said.out
