"""`verify` holds settled days against the partner, says what differs and what to do, and changes nothing landed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.landing.database import Database
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command


@pytest.fixture(scope="session")
def settled() -> str:
    """A day that is settled everywhere."""
    return (datetime.now(UTC) - timedelta(days=6)).date().isoformat()


def days_settled_in_colombo(first: str) -> list[str]:
    """The business days of ledger/entries from `first` on that are over, with three days for what is late."""
    last = (datetime.now(ZoneInfo("Asia/Colombo")) - timedelta(days=3, hours=4)).date()
    start = date.fromisoformat(first)
    return [(start + timedelta(days=number)).isoformat() for number in range((last - start).days + 1)]


def run(database: Database, statement: str) -> list[tuple[object, ...]]:
    with database.connect() as connection:
        cursor = connection.execute(statement)  # type: ignore[call-overload]
        return cursor.fetchall() if cursor.description else []


def test_what_is_due_is_verified_and_then_nothing_is_due(
    command: Command, sandbox: Sandbox, database: Database, settled: str
) -> None:
    for address in ("ledger/entries", "payments/payments"):
        command("pull", address, "--day", settled)

    first = command("verify", "--json")

    assert (first.code, first.object["ok"], first.err) == (0, True, "")
    found = {one["system"]: one for one in first.object["verifications"]}
    assert set(found) == {"ledger", "payments"}
    for one in found.values():
        assert (one["verdict"], one["day"], one["scope"], one["requests"]) == (
            "agrees",
            settled,
            "day",
            one["requests"],
        )
        assert one["partner"] == one["landed"]
        assert one["partner"]["count"] > 0
    assert set(found["payments"]["partner"]["sums"]) == {"amount", "fee", "net", "amount_refunded"}
    again = command("verify")
    assert (again.code, again.out) == (0, "nothing is due: each settled day that is loaded was verified\n")


def test_a_difference_is_shown_with_its_keys_and_its_remedy_which_mends_it(
    command: Command, sandbox: Sandbox, database: Database, settled: str
) -> None:
    command("pull", "payments/payments", "--day", settled)
    ((key, amount),) = run(
        database,
        "update landing.payments__payments set amount = amount + 7, _content_hash = '\\x00' where payment_id ="
        " (select min(payment_id) from landing.payments__payments) returning payment_id, amount",
    )

    said = command("verify", "payments/payments", "--day", settled)

    assert said.code == 1
    text = " ".join(said.out.split())
    assert f"payments/payments {settled}: differs; " in text
    assert f"Take it in: `sync-platform pull payments/payments --day {settled}`." in text
    assert f'changed ["{key}"] (amount: there {int(str(amount)) - 7}, here {amount})' in text
    command("pull", "payments/payments", "--day", settled)
    assert command("verify", "payments/payments", "--day", settled).code == 0


def test_a_dry_run_finds_the_same_and_stores_nothing(
    command: Command, sandbox: Sandbox, database: Database, settled: str
) -> None:
    command("pull", "shop/orders", "--day", settled)
    exchanges = run(database, "select count(*) from sync.exchange")
    run(database, "delete from landing.shop__orders where order_id = (select min(order_id) from landing.shop__orders)")

    said = command("verify", "shop/orders", "--day", settled, "--dry-run", "--json")

    (found,) = said.object["verifications"]
    assert (said.code, said.object["dry_run"], found["verdict"]) == (1, True, "differs")
    assert [one["kind"] for one in found["differences"]] == ["missing_here"]
    assert found["verified_through"] is None
    assert run(database, "select * from sync.verification") == []
    assert run(database, "select count(*) from sync.exchange") == exchanges


def test_a_range_goes_up_to_the_last_settled_day_and_names_days_that_were_never_loaded(
    command: Command, sandbox: Sandbox, database: Database, settled: str
) -> None:
    command("pull", "ledger/entries", "--day", settled)

    before = days_settled_in_colombo(settled)
    said = command("verify", "ledger/entries", "--from", settled, "--json")
    after = days_settled_in_colombo(settled)

    verdicts = [one["verdict"] for one in said.object["verifications"]]
    assert said.code == 1
    assert verdicts[0] == "agrees"
    assert set(verdicts[1:]) == {"not_loaded"}
    assert [one["day"] for one in said.object["verifications"]] in (before, after)
    assert "Load it first: `sync-platform pull ledger/entries" in said.object["verifications"][1]["words"]


@pytest.mark.parametrize(("status", "kind", "code"), [(503, "unreachable", 75), (403, "refused", 1)])
def test_a_partner_that_does_not_answer_is_no_partner_that_agrees(
    command: Command, sandbox: Sandbox, database: Database, settled: str, status: int, kind: str, code: int
) -> None:
    command("pull", "payments/payments", "--day", settled)
    sandbox.faults.add(system="payments", path="/v1/settlement_summary", kind="status", status=status)

    said = command("verify", "payments/payments", "--day", settled)

    assert said.code == code
    assert f"payments/payments {settled}: {kind}; " in said.out
    assert said.line.startswith(f"sync-platform: payments/payments {settled} is not verified: ")


def test_today_is_verified_as_far_as_it_is_settled(command: Command, sandbox: Sandbox, database: Database) -> None:
    command("pull", "payments/payments", "--day", "today")
    command("pull", "payments/payments", "--delta")

    said = command("verify", "payments/payments", "--day", "today", "--json")

    (found,) = said.object["verifications"]
    assert (said.code, found["scope"], found["verdict"]) == (0, "so_far", "agrees")
    ((until, mark),) = run(
        database,
        "select v.asked_until, w.changed_until - interval '5 minutes' from sync.verification v"
        " join sync.watermark w using (system, entity)",
    )
    assert until == mark


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["payments/payouts"], "payments/payouts cannot be asked for figures"),
        (["pos/sale"], "Did you mean pos/sales?"),
        (["--day", "yesterday"], "days belong to an entity"),
        (["pos/sales", "--day", "2026-13-01"], "is not a day"),
        (["pos/sales", "--to", "2026-11-01"], "--to needs --from"),
    ],
)
def test_what_cannot_be_meant_is_told_with_its_remedy(
    command: Command, sandbox: Sandbox, database: Database, arguments: list[str], words: str
) -> None:
    said = command("verify", *arguments)
    assert said.code == 2
    assert words in said.line


def test_a_system_whose_variables_are_not_set_leaves_the_others_alone(
    command: Command, sandbox: Sandbox, database: Database, settled: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for address in ("ledger/entries", "payments/payments"):
        command("pull", address, "--day", settled)
    monkeypatch.delenv("LEDGER_CLIENT_SECRET")

    said = command("verify")

    assert said.code == 2
    assert "LEDGER_CLIENT_SECRET" in said.line
    assert run(database, "select system, verdict from sync.verification") == [("payments", "agrees")]
