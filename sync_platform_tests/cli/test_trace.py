"""`trace` shows an order on the screen, as one object and as a page, and keeps who looked at personal values."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command


@pytest.fixture
def number(command: Command, sandbox: Sandbox, database: Database, yesterday: str) -> str:
    """The number of a paid web order of yesterday."""
    command("pull", "shop/orders", "--day", yesterday)
    command("pull", "payments/payments", "--day", yesterday)
    with database.connect() as connection:
        row = connection.execute(
            "select o.order_id from landing.shop__orders o join landing.payments__payments p"
            " on p.payment_id = o.transaction_id order by o.order_id limit 1"
        ).fetchone()
    assert row is not None
    return str(row[0])


def test_an_order_is_told_on_the_screen_as_an_object_and_as_a_page(
    command: Command, number: str, tmp_path: Path
) -> None:
    page, file = tmp_path / "dispute.html", tmp_path / "dispute.json"

    said = command("trace", number, "--zone", "Asia/Colombo", "--html", str(page), "--json-file", str(file))

    assert (said.code, said.err) == (0, "")
    assert f"shop/orders [{number}] of " in said.out
    assert "times in Asia/Colombo" in said.out
    assert f"<h1>Trace of {number}</h1>" in page.read_text(encoding="utf-8")
    told = command("trace", number, "--json").object["trace"]
    assert {record["system"] for record in told["records"]} == {"shop", "payments"}
    assert json.loads(file.read_text(encoding="utf-8"))["trace"]["events"] == told["events"]


def recorded(command: Command) -> list[tuple[str, str]]:
    """What the audit log says was done, and to which system."""
    entries = command("audit", "list", "--json").object["entries"]
    return [(one["action"], one["system"]) for one in entries]


def test_who_looks_at_personal_values_is_kept(command: Command, number: str) -> None:
    pulled = [("pull", "shop"), ("pull", "payments")]
    command("trace", number)
    assert recorded(command) == pulled

    command("trace", number, "--personal")

    assert set(recorded(command)[2:]) == {("trace.personal", "shop"), ("trace.personal", "payments")}


def test_nothing_to_look_for_and_nowhere_to_write_are_said_before_anything_is_read(
    command: Command, empty_database: Database, tmp_path: Path
) -> None:
    away = str(tmp_path / "away" / "file")
    for blank in ("", " "):
        said = command("trace", blank)
        assert (said.code, "no number was given" in said.err) == (2, True)
    id_ = "0b9f3c1e-5d0a-4c7e-9c55-3b1f6a2d7e10"
    for written in (
        ("trace", "1", "--html", away),
        ("trace", "1", "--json-file", away),
        ("exchange", id_, "--to", away),
    ):
        said = command(*written)
        assert (said.code, "there is no folder" in said.err) == (2, True), written


def test_a_number_written_with_leading_zeros_is_found(command: Command, number: str) -> None:
    said = command("trace", f"00{number}", "--json")
    assert said.code == 0
    assert "shop" in {record["system"] for record in said.object["trace"]["records"]}


def test_a_number_that_nobody_knows_is_said_to_be_unknown(
    command: Command, sandbox: Sandbox, database: Database
) -> None:
    said = command("trace", "no-such-order")

    assert (said.code, said.out) == (1, "nothing is known under 'no-such-order'\n")
    assert command("trace", "no-such-order", "--json").object["ok"] is False


def test_a_kept_answer_is_written_to_a_file_and_that_it_was_read_is_kept(
    command: Command, number: str, tmp_path: Path
) -> None:
    events = command("trace", number, "--json").object["trace"]["events"]
    asked = next(event["facts"] for event in events if event["kind"] == "exchange" and event["system"] == "shop")
    assert asked["body_kept"] is True
    file = tmp_path / "answer.json"

    said = command("exchange", asked["exchange_id"], "--to", str(file))

    assert (said.code, said.out) == (0, f"{asked['response_bytes']:,} bytes in {file}\n")
    assert hashlib.sha256(file.read_bytes()).hexdigest() == asked["response_sha256"]
    assert int(number) in [order["id"] for order in json.loads(file.read_bytes())]
    assert [action for action, _ in recorded(command) if action != "pull"] == ["exchange.read"]
    for unknown in ("0b9f3c1e-5d0a-4c7e-9c55-3b1f6a2d7e10", "no id"):
        assert command("exchange", unknown, "--to", str(file)).code == 2
