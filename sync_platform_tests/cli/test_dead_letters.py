"""`sync-platform dead-letters`: people look at rejected records, mend, replay and discard them, each with a reason."""

from __future__ import annotations

import csv
import getpass
import json
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from sync_platform.declarations.partner_system import read_partner_systems
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.dead_letters import DeadLetter, MetBy, insert_dead_letters
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform_tests.cli.said import Command

KEY = "b3VyIG93biBrZXkgb2YgMzIgYnl0ZXMsIGZvciB0ZXM="
DAY, SEEN_AT = date(2026, 11, 19), datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
PERSON = "Nadarajah Ravi"
CUSTOMER = (
    b'{"customerNo":"L0100001","fullName":"Nadarajah Ravi","mobile":"+94 70 004 7514","email":"r@example.org",'
    b'"town":"GALLE","points":-1,"active":true,"joinedAt":1705032596448,"modifiedAt":1705032596448}'
)


def payout(name: str, amount: str = "86294") -> bytes:
    """A payout as the payments partner writes it."""
    return (
        f'{{"id":"{name}","object":"payout","amount":{amount},"currency":"lkr","status":"pending",'
        '"created":1795053600,"arrival_date":"2026-11-21","payment_count":26}'
    ).encode()


WRONG: tuple[tuple[tuple[str, ...], str], ...] = (
    (("list", "--of", "pso"), "there is no partner system 'pso'. Did you mean pos?"),
    (("list", "--state", "done"), "state is 'done'. Choose from open, replayed,"),
    (("list", "--until", "2026-11-20"), "--until needs --day. Write --day 2026-11-01 --until 2026-11-20."),
    (("show", "99"), "there is no dead letter 99. `sync-platform dead-letters list` shows the numbers."),
    (("replay", "--why", "x"), "no letter is named. Name numbers, or choose with --of,"),
    (("replay", "1", "--of", "pos", "--why", "x"), "exclude each other"),
    (("replay", "1"), "Missing option '--why'"),
    (("discard", "1", "--why", " "), "there is no reason. Say why:"),
    (("discard", "1", "--why", "x", "--who", ""), "nobody decides. Name who does: --who NAME."),
    (("edit", "1", "--why", "x"), "an edit needs --file or --set, not both."),
    (("edit", "3", "--why", "x", "--set", "amount=ten"), "the value for amount is not JSON."),
    (("edit", "3", "--why", "x", "--set", 'amount="ten"'), "the edited record breaks payments-payouts"),
    (("edit", "4", "--why", "x", "--file", "/nowhere"), "/nowhere cannot be read: No such file"),
    (("export", "letters.xls"), "letters.xls is neither .csv nor .jsonl."),
)


@pytest.fixture(scope="module")
def tables() -> dict[str, EntityTable]:
    """The tables of the entities that have letters here, read once."""
    entities = [entity for system in read_partner_systems() for entity in system.entities]
    return {entity.address: EntityTable(entity.system, entity.contract) for entity in entities}


@pytest.fixture
def queue(database: Database, tables: dict[str, EntityTable], monkeypatch: pytest.MonkeyPatch) -> Database:
    """Two payouts that would pass now, one whose amount is no number, and a customer of the POS; numbered from 1."""
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", KEY)
    monkeypatch.setenv("PAYMENTS_BASE_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("PAYMENTS_API_KEY", "unused")
    payouts, customers = tables["payments/payouts"], tables["pos/customers"]
    with database.connect() as connection:
        keep(connection, payouts, "po_1", payout("po_1"), reason="value_set", field="status")
        keep(connection, payouts, "po_2", payout("po_2"), reason="value_set", field="status")
        keep(connection, payouts, "=po_3", payout("=po_3", '"many"'), reason="type", field="amount")
        keep(connection, customers, "L0100001", CUSTOMER, reason="range", field="points")
    return database


def keep(connection: Connection, table: EntityTable, key: str, payload: bytes, *, reason: str, field: str) -> None:
    letter = DeadLetter(DAY, json.dumps([key]), reason, field, "is wrong", payload, None, SEEN_AT, SEEN_AT)
    met_by = MetBy(uuid4(), "whole_day", uuid4())
    insert_dead_letters(connection, table, [letter], met_by=met_by, seal=LetterSeal((KEY,)))


def landed(database: Database) -> dict[str, int]:
    with database.connect() as connection:
        return dict(connection.execute("select payout_id, amount::int from landing.payments__payouts").fetchall())


def states(database: Database) -> list[str]:
    with database.connect() as connection:
        return [state for (state,) in connection.execute("select state from sync.dead_letter order by dead_letter_id")]


def test_letters_are_listed_by_reason_and_each_without_what_is_personal(command: Command, queue: Database) -> None:
    said = command("dead-letters", "list", "--each", "--json")
    groups = [(one["system"], one["reason"], one["letters"]) for one in said.object["reasons"]]
    assert groups == [("payments", "value_set", 2), ("payments", "type", 1), ("pos", "range", 1)]
    kept = [(one["record_key"], one["kept"]) for one in said.object["letters"]]
    assert kept == [('["po_1"]', "plain"), ('["po_2"]', "plain"), ('["=po_3"]', "plain"), ("[••••••••]", "sealed")]
    assert PERSON not in said.out
    text = command("dead-letters", "list", "--of", "payments").out
    assert "3 open dead letters" in text
    assert "pos/customers" not in text


def test_the_digest_says_what_waits_whose_it_is_and_what_missed_its_review(command: Command, queue: Database) -> None:
    with queue.connect() as connection:
        connection.execute("update sync.dead_letter set first_at = now() - interval '8 days' where system = 'pos'")
    said = command("dead-letters", "digest", "--json").object
    assert (said["open"], said["new_since_yesterday"], said["overdue"]) == (4, 3, True)
    told = [(one["system"], one["reason"], one["letters"], one["over_a_week"]) for one in said["reasons"]]
    assert told == [("pos", "range", 1, 1), ("payments", "value_set", 2, 0), ("payments", "type", 1, 0)]
    text = command("dead-letters", "digest").out
    assert "4 dead letters are open, 3 new since yesterday, the oldest since " in text
    assert "UTC, overdue" in text
    assert PERSON not in text


def test_one_is_shown_masked_with_whether_it_would_pass_and_unmasked_on_demand(
    command: Command, queue: Database
) -> None:
    said = command("dead-letters", "show", "4")
    assert (said.code, PERSON in said.out, "0047514" in said.out) == (0, False, False)
    assert "pos/customers 2026-11-19" in said.out
    assert "it would not pass: points" in said.out
    assert PERSON in command("dead-letters", "show", "4", "--reveal", "--json").object["payload"]
    assert command("dead-letters", "show", "1", "--json").object["would_pass"] is True


def test_a_record_is_mended_then_replayed_and_its_history_says_who_and_why(command: Command, queue: Database) -> None:
    edit = ("dead-letters", "edit", "3", "--set", "amount=12", "--who", "nimali", "--why", "the bank's letter")
    assert command(*edit, "--dry-run", "--json").object == {
        "ok": True,
        "dry_run": True,
        "dead_letter_id": 3,
        "keeps_contract": True,
    }
    assert command(*edit).code == 0
    replayed = command("dead-letters", "replay", "3", "--who", "nimali", "--why", "mended", "--json")
    assert (replayed.code, replayed.object["replayed"]["payments/payouts"]["taken"]) == (0, 1)
    assert landed(queue) == {"=po_3": 12}
    shown = command("dead-letters", "show", "3", "--json").object
    done = [(one["action"], one["who"], one["why"]) for one in shown["history"]]
    assert done == [("edited", "nimali", "the bank's letter"), ("resolved", "nimali", "mended")]


def test_every_decision_and_every_look_at_a_person_is_in_the_audit_log(
    command: Command, queue: Database, tmp_path: Path
) -> None:
    because = ("--who", "nimali", "--why", "a test order")
    for silent in (("show", "4"), ("replay", "--of", "payments", *because), ("discard", "1", *because, "--dry-run")):
        assert command("dead-letters", *silent).code == 0
    assert command("audit", "list", "--json").object["entries"] == []

    command("dead-letters", "edit", "3", "--set", "amount=12", *because)
    command("dead-letters", "discard", "3", *because)
    command("dead-letters", "reopen", "3", *because)
    command("dead-letters", "replay", "1", *because)
    command("dead-letters", "show", "4", "--reveal")
    command("dead-letters", "export", str(tmp_path / "letters.csv"), "--reveal", "--of", "pos")

    said = command("audit", "list", "--json")
    entries = [(one["action"], one["who"]) for one in said.object["entries"]]
    decided = [(f"dead_letters.{act}", "nimali") for act in ("edit", "discard", "reopen", "replay")]
    assert entries == [*decided, *((f"dead_letters.{act}", getpass.getuser()) for act in ("reveal", "export"))]
    assert "a test order" not in said.out


def test_a_replay_by_reason_shows_its_plan_first_and_happens_with_yes(command: Command, queue: Database) -> None:
    chosen = ("dead-letters", "replay", "--of", "payments", "--day", "2026-11-19", "--why", "declared now")
    plan = command(*chosen)
    assert "2 of 3 would pass now" in plan.out
    assert "nothing was changed; say --yes to do it" in plan.line
    assert (landed(queue), set(states(queue))) == ({}, {"open"})
    done = command(*chosen, "--yes")
    assert done.code == 1
    assert "payments/payouts: 2 of 3 taken in (2 inserted" in done.out
    assert (landed(queue), states(queue)[:3]) == ({"po_1": 86294, "po_2": 86294}, ["replayed", "replayed", "open"])


def test_discarding_by_reason_shows_its_plan_first_and_can_be_taken_back(command: Command, queue: Database) -> None:
    chosen = ("dead-letters", "discard", "--reason", "value_set", "--why", "tests of the partner")
    assert "2 letters would be discarded" in command(*chosen).out
    assert command(*chosen, "--yes", "--json").object["discarded"] == [1, 2]
    assert states(queue) == ["discarded", "discarded", "open", "open"]
    assert "1 of 2 letters wait again" in command("dead-letters", "reopen", "1", "3", "--why", "it was real").out
    assert states(queue) == ["open", "discarded", "open", "open"]


def test_an_export_holds_no_formula_and_nothing_personal(command: Command, queue: Database, tmp_path: Path) -> None:
    file = tmp_path / "letters.csv"
    assert command("dead-letters", "export", str(file), "--json").object["letters"] == 4
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert [row["reason"] for row in rows] == ["value_set", "value_set", "type", "range"]
    assert not [cell for row in rows for cell in row.values() if cell.startswith("=")]
    assert PERSON not in file.read_text()


def test_wrong_use_is_one_line_with_the_remedy(command: Command, queue: Database) -> None:
    for arguments, words in WRONG:
        said = command("dead-letters", *arguments)
        assert (said.code, words in said.line) == (2, True), (arguments, said.line)


def test_a_letter_that_was_settled_is_not_replayed_again(command: Command, queue: Database) -> None:
    command("dead-letters", "discard", "1", "--why", "a test")
    said = command("dead-letters", "replay", "1", "--why", "again")
    assert "dead letter 1 is discarded, not open. `sync-platform dead-letters show 1` says who did what." in said.line


def test_without_the_key_a_sealed_record_cannot_be_opened_and_the_line_names_the_variable(
    command: Command, queue: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SYNC_PLATFORM_LETTER_KEYS")
    said = command("dead-letters", "show", "4")
    assert "none of the keys in SYNC_PLATFORM_LETTER_KEYS sealed it" in said.out
    key = command("dead-letters", "new-key").out.strip()
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", f"{key},{KEY}")
    assert "it would not pass: points" in command("dead-letters", "show", "4").out


def test_after_a_rotation_reseal_says_when_the_old_key_may_go(
    command: Command, queue: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = command("dead-letters", "new-key").out.strip()
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", key)
    said = command("dead-letters", "reseal")
    assert (said.code, "1 no key opens; they stay as they are." in said.line) == (1, True)
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", f"{key},{KEY}")
    assert "1 of 1 sealed records would be sealed anew" in command("dead-letters", "reseal", "--dry-run").out
    assert command("dead-letters", "reseal", "--json").object["only_newest_needed"] is True
    monkeypatch.setenv("SYNC_PLATFORM_LETTER_KEYS", key)
    assert PERSON in command("dead-letters", "show", "4", "--reveal").out
    monkeypatch.delenv("SYNC_PLATFORM_LETTER_KEYS")
    assert "SYNC_PLATFORM_LETTER_KEYS holds no key. Write the new key" in command("dead-letters", "reseal").line
