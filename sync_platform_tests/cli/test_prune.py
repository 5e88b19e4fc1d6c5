"""`prune` deletes what is over its retention, says what went, and with --dry-run what would."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.cli.said import Command
from sync_platform_tests.landing.planted import Planted


@pytest.fixture
def polls(database: Database) -> int:
    """Polls of a week that brought nothing, one an hour; returns how many are over two days old."""
    now = datetime.now(UTC)
    hours = range(1, 7 * 24, 1)
    with database.connect() as connection:
        for hour in hours:
            Planted(connection).exchange(0, requested_at=now - timedelta(hours=hour, minutes=30))
    return len([hour for hour in hours if hour >= 48])


def count(database: Database) -> int:
    with database.connect() as connection:
        row = connection.execute("select count(*) from sync.exchange").fetchone()
    return int(row[0]) if row else 0


def test_a_dry_run_says_what_would_go_and_the_real_one_that_it_went(
    command: Command, database: Database, polls: int
) -> None:
    before = count(database)

    dry = command("prune", "--dry-run", "--json")
    assert (dry.code, dry.object["ok"], dry.object["dry_run"]) == (0, True, True)
    assert count(database) == before
    real = command("prune", "--json")

    tables = {one["name"]: one for one in real.object["tables"]}
    uneventful = tables["sync.exchange (uneventful)"]
    assert (uneventful["rows"], uneventful["gone"]) == (before, polls)
    assert set(uneventful) == {"name", "rows", "gone", "bytes", "kept_since"}
    assert [one["gone"] for one in dry.object["tables"]] == [one["gone"] for one in real.object["tables"]]
    assert count(database) == before - polls


def test_for_people_it_is_a_table_with_a_sum(command: Command, database: Database, polls: int) -> None:
    dry = command("prune", "--dry-run")
    assert "would go" in dry.out
    assert dry.out.splitlines()[-1] == f"{polls:,} rows and files would go; nothing was deleted"
    real = command("prune")
    assert real.out.splitlines()[-1] == f"{polls:,} rows and files gone"
    assert command("prune").out.splitlines()[-1] == "0 rows and files gone"


def test_without_dagsters_database_its_tables_are_left_alone_and_it_says_so(
    command: Command, database: Database
) -> None:
    said = command("prune", "--json")
    assert said.line.startswith("SYNC_PLATFORM_DAGSTER_DATABASE_URL is not set")
    assert not [one for one in said.object["tables"] if one["name"].startswith("dagster")]


def test_dagsters_database_that_is_away_is_named(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SYNC_PLATFORM_DAGSTER_DATABASE_URL", f"postgresql+psycopg2:///dagster?host={tmp_path}")
    said = command("prune", "--json")
    assert (said.code, said.object["error"]["kind"]) == (75, "database")
    assert "is SYNC_PLATFORM_DAGSTER_DATABASE_URL right?" in said.object["error"]["message"]


def test_dagsters_database_without_its_tables_has_nothing_to_prune(
    command: Command, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SYNC_PLATFORM_DAGSTER_DATABASE_URL", database.url)
    said = command("prune", "--json")
    assert (said.code, said.err) == (0, "")


def test_a_long_prune_is_seen_to_move(command: Command, database: Database) -> None:
    with database.connect() as connection:
        connection.execute(
            "insert into sync.exchange select gen_random_uuid(), 'till', 'sales', 'GET', '/', now() - interval '9 d',"
            " null, 200, 1, 1, 1, null, 1, null, null, gen_random_uuid() from generate_series(1, 6000)"
        )
    said = command("prune", "--dry-run")
    assert "sync.exchange (uneventful): 5,000 would go so far" in said.err.splitlines()


def test_a_database_that_was_not_migrated_is_told_what_to_do(command: Command, empty_database: Database) -> None:
    said = command("prune")
    assert said.code == 1
    assert "sync-platform migrate" in said.line
