"""`audit` shows who did what, seals it, erases a person's key, and says what was tampered with."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from sync_platform.audit.entry import Action
from sync_platform.audit.log import record
from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command

CUSTOMER = 'shop/customers/["4711"]'


def discard(database: Database) -> None:
    """Somebody discarded a customer's dead letter."""
    action = Action("nimal", "dead_letter.discard", "shop", "customers", '["4711"]', detail={"phone": "0771234567"})
    with database.connect() as connection:
        record(connection, action, now=datetime(2026, 11, 20, 12, 0, tzinfo=UTC))


def test_what_was_done_is_listed_without_its_detail(command: Command, database: Database) -> None:
    discard(database)

    assert command("audit", "list").out == f"1 2026-11-20 12:00:00 UTC nimal: dead_letter.discard {CUSTOMER}\n"
    said = command("audit", "list", "--json")
    assert [one["who"] for one in said.object["entries"]] == ["nimal"]
    assert "0771234567" not in said.out


def test_a_sealed_log_is_sound_until_somebody_changes_it(command: Command, database: Database) -> None:
    discard(database)

    assert command("audit", "seal", "--json").object["sealed"] == 1
    sound = command("audit", "verify")
    assert (sound.code, sound.out) == (0, "sound: 1 entries in 1 batches, 0 of them archived; 0 not sealed yet\n")
    with database.connect() as connection:
        connection.execute("alter table audit.entry disable trigger all")
        connection.execute("update audit.entry set who = 'kamala'")

    forged = command("audit", "verify", "--json")
    assert (forged.code, forged.object["ok"]) == (1, False)
    assert [(one["kind"], one["where"]) for one in forged.object["tampering"]] == [("changed", "entry 1")]
    pruned = command("prune")
    assert (pruned.code, "the audit log was tampered with: changed, entry 1" in pruned.err) == (1, True)


def test_an_erased_key_is_gone_with_a_reason_and_the_log_is_sound(command: Command, database: Database) -> None:
    discard(database)
    erase = ("audit", "erase", CUSTOMER, "--why", "asked to be forgotten", "--by", "nimal")

    assert command(*erase, "--dry-run").out == f"the key of {CUSTOMER} would be erased\n"
    assert command(*erase).out == f"the key of {CUSTOMER} is erased\n"

    again = command(*erase)
    assert (again.code, "nothing readable is written of it" in again.err) == (2, True)
    command("audit", "seal")
    assert command("audit", "verify").code == 0
    assert [one["action"] for one in command("audit", "list", "--json").object["entries"]][1:] == ["audit.erase"]


def test_a_prune_is_written_down_and_sealed(command: Command, database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "insert into sync.freshness_lag values ('shop', 'orders', now() - interval '1 year', 1, 'fresh')"
        )

    command("prune")

    entries = command("audit", "list", "--json").object["entries"]
    assert [(one["who"], one["action"]) for one in entries] == [(getpass.getuser(), "prune")]
    assert command("audit", "verify", "--json").object["kept_seals"] == 1
