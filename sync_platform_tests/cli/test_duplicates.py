"""`sync-platform duplicates`: people list, look at and decide proposals; what is personal is shown only on demand."""

from __future__ import annotations

import getpass
from typing import Any

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command

_STAMPS = "'2026-11-20', '\\x00', now(), now(), '00000000-0000-0000-0000-000000000000', now(), now()"
_OWN = "_business_day, _content_hash, _observed_at, _as_of, _load_id, _first_seen_at, _last_changed_at"


@pytest.fixture
def queue(database: Database) -> Database:
    """Three open proposals of customers, a withdrawn one and one of products; 11, 22 … are their scores in percent."""
    with database.connect() as connection:
        connection.execute(
            f"insert into landing.pos__customers (customer_no, full_name, mobile, points, {_OWN})"  # noqa: S608
            f" values ('L1', 'Nimali Perera', '077 123 4567', 5, {_STAMPS})"
        )
        connection.execute(
            f"insert into landing.shop__customers (customer_id, first_name, last_name, email, phone, {_OWN})"  # noqa: S608
            f" values (7, 'N.', 'Perera', 'nimali@example.com', '0094771234567', {_STAMPS})"
        )
        connection.execute(
            "insert into sync.duplicate_proposal (kind, left_system, left_key, right_system, right_key, cluster, score,"
            " reason, state, first_seen_at, last_seen_at)"
            " select kind, 'pos', l, 'shop', r, 'pos/' || l, score, 'same phone, name 90% alike', state, now(), now()"
            " from (values ('customers', 'L1', '7', 0.9, 'open'), ('customers', 'L1', '8', 0.95, 'open'),"
            " ('customers', 'L2', '9', 0.8, 'open'), ('customers', 'L3', '9', 0.7, 'withdrawn'),"
            " ('products', '11', 'BRD-1', 0.85, 'open')) as given (kind, l, r, score, state)"
        )
    return database


def number_of(database: Database, right_key: str, left_key: str = "L1") -> int:
    with database.connect() as connection:
        row = connection.execute(
            "select proposal_id from sync.duplicate_proposal where right_key = %s and left_key = %s",
            [right_key, left_key],
        ).fetchone()
    assert row is not None
    return int(row[0])


def decisions(database: Database) -> list[tuple[Any, ...]]:
    with database.connect() as connection:
        return connection.execute(
            "select left_key, right_key, state, decided_by from sync.duplicate_proposal where decided_by is not null"
            " order by 1, 2"
        ).fetchall()


def test_open_proposals_are_listed_the_surest_first(command: Command, queue: Database) -> None:
    answer = command("duplicates", "list", "--json").object
    assert [each["right_key"] for each in answer["proposals"]] == ["8", "7", "BRD-1", "9"]
    assert answer["counts"] == [
        {"kind": "customers", "state": "open", "proposals": 3},
        {"kind": "customers", "state": "withdrawn", "proposals": 1},
        {"kind": "products", "state": "open", "proposals": 1},
    ]


def test_the_list_is_narrowed_by_state_kind_and_number(command: Command, queue: Database) -> None:
    def keys(*options: str) -> list[str]:
        return [each["right_key"] for each in command("duplicates", "list", *options, "--json").object["proposals"]]

    assert keys("--kind", "products") == ["BRD-1"]
    assert keys("--state", "withdrawn") == ["9"]
    assert len(keys("--state", "any")) == 5
    assert keys("--limit", "1") == ["8"]


def test_the_list_for_people_names_both_records_and_why(command: Command, queue: Database) -> None:
    said = command("duplicates", "list")
    assert said.code == 0
    line = next(line for line in said.out.splitlines() if "shop/7" in line)
    assert line.split()[1:4] == ["pos/L1", "shop/7", "0.900"]
    assert "same phone, name 90% alike" in line
    assert said.out.splitlines()[-1] == "4 shown; in all 3 customers open, 1 customers withdrawn, 1 products open"


def test_an_empty_queue_says_so(command: Command, database: Database) -> None:
    assert command("duplicates", "list").out == "0 shown; in all none yet: nothing was compared so far\n"


@pytest.mark.parametrize("options", [("--state", "merged"), ("--kind", "people")])
def test_a_state_or_kind_that_there_is_not_is_refused_with_those_there_are(
    command: Command, queue: Database, options: tuple[str, str]
) -> None:
    said = command("duplicates", "list", *options)
    assert said.code == 2
    assert "Choose" in said.line


def test_both_records_are_shown_masked_unless_one_asks(command: Command, queue: Database) -> None:
    number = str(number_of(queue, "7"))
    masked = command("duplicates", "show", number)
    assert masked.code == 0
    assert not [word for word in ("Nimali", "Perera", "1234567", "nimali@") if word in masked.out]
    assert "personal values are masked; --reveal shows them" in masked.out

    revealed = command("duplicates", "show", number, "--reveal").out
    assert "Nimali Perera" in revealed
    assert "0094771234567" in revealed

    records = command("duplicates", "show", number, "--reveal", "--json").object["records"]
    assert records[0] == {
        "system": "pos",
        "key": "L1",
        "landed": True,
        "values": {"full_name": "Nimali Perera", "mobile": "077 123 4567", "email": None, "town": None},
    }


def test_a_record_that_is_gone_is_said_to_be(command: Command, queue: Database) -> None:
    answer = command("duplicates", "show", str(number_of(queue, "8")), "--json").object
    assert [record["landed"] for record in answer["records"]] == [True, False]
    assert "no longer landed" in command("duplicates", "show", str(number_of(queue, "8"))).out


def test_products_are_shown_by_their_codes(command: Command, queue: Database) -> None:
    said = command("duplicates", "show", str(number_of(queue, "BRD-1", "11")))
    assert (said.code, "pos/11 and shop/BRD-1: open" in said.out) == (0, True)


def test_decisions_are_recorded_with_who_made_them(command: Command, queue: Database) -> None:
    accepted = command("duplicates", "accept", str(number_of(queue, "7")), str(number_of(queue, "8")), "--by", "ann")
    rejected = command("duplicates", "reject", str(number_of(queue, "9", "L2")), "--json")
    assert (accepted.code, rejected.code) == (0, 0)
    assert "nothing was merged" in accepted.out
    assert rejected.object["proposals"][0]["before"] == "open"
    assert rejected.object["proposals"][0]["state"] == "rejected"
    assert decisions(queue) == [
        ("L1", "7", "accepted", "ann"),
        ("L1", "8", "accepted", "ann"),
        ("L2", "9", "rejected", getpass.getuser()),
    ]


def test_a_dry_run_says_what_would_be_and_records_nothing(command: Command, queue: Database) -> None:
    number = str(number_of(queue, "7"))
    said = command("duplicates", "accept", number, "--by", "ann", "--dry-run")
    assert said.out == f"{number}: pos/L1 and shop/7: would be accepted by ann\n"
    assert command("duplicates", "reject", number, "--dry-run", "--json").object["dry_run"] is True
    assert decisions(queue) == []


def test_a_changed_mind_names_the_decision_that_it_replaces(command: Command, queue: Database) -> None:
    number = str(number_of(queue, "7"))
    command("duplicates", "reject", number, "--by", "ann")
    said = command("duplicates", "accept", number, "--by", "bea")
    assert f"{number}: pos/L1 and shop/7: is accepted by bea, was rejected by ann" in said.out


@pytest.mark.parametrize("words", [("show", "999"), ("accept", "999"), ("reject", "999", "--dry-run")])
def test_a_number_that_is_none_is_refused_with_the_remedy(
    command: Command, queue: Database, words: tuple[str, ...]
) -> None:
    said = command("duplicates", *words)
    assert said.code == 2
    assert said.line.endswith("there is no proposal 999. `sync-platform duplicates list` shows the numbers.")


def test_a_nameless_decision_is_refused(command: Command, queue: Database) -> None:
    said = command("duplicates", "accept", str(number_of(queue, "7")), "--by", "  ")
    assert (said.code, decisions(queue)) == (2, [])


def test_a_database_that_was_not_migrated_is_told_what_to_do(command: Command, empty_database: Database) -> None:
    said = command("duplicates", "list")
    assert said.code == 1
    assert "sync-platform migrate" in said.line


@pytest.mark.parametrize("words", [(), ("list",), ("show",), ("accept",), ("reject",)])
def test_every_command_has_help_with_examples(command: Command, words: tuple[str, ...]) -> None:
    said = command("duplicates", *words, "--help")
    assert said.code == 0
    assert "Examples: sync-platform duplicates" in " ".join(said.out.split())
