"""`migrate` brings an empty database up, and a second run changes nothing."""

from __future__ import annotations

from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command


def test_an_empty_database_gets_our_tables_and_a_second_run_changes_nothing(
    command: Command, empty_database: Database
) -> None:
    first = command("migrate", "--json")
    assert (first.code, first.object["ok"], first.object["changed"]) == (0, True, True)
    assert "created landing.pos__sales" in first.object["done"]
    with empty_database.connect() as connection:
        assert connection.execute("select count(*) from sync.load").fetchone() == (0,)
        assert connection.execute("select count(*) from landing.shop__orders").fetchone() == (0,)

    second = command("migrate", "--json")
    assert second.object == {"ok": True, "changed": False, "done": []}
    assert "nothing to do" in command("migrate").out
