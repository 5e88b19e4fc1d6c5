"""Migrations (D11): the code's tables are those that all migrations make, however often and by whom they run."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import CheckConstraint, create_engine

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.landing import (  # noqa: F401 - their tables are in the metadata too
    access_tables,
    file_tables,
    findings_tables,
    letter_tables,
    webhook_tables,
)
from sync_platform.landing.access_tables import ACCESS
from sync_platform.landing.audit_tables import AUDIT
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import head_revision, is_current, migrate
from sync_platform.landing.tables import SCHEMA, metadata
from sync_platform.settings import sqlalchemy_url


def dump(database: Database) -> list[tuple[object, ...]]:
    """Every column of ours, as the catalogue has it."""
    with psycopg.connect(database.url) as connection:
        return connection.execute(
            "select table_schema, table_name, column_name, data_type, is_nullable, column_default"
            " from information_schema.columns"
            " where table_schema in ('sync', 'access', 'landing', 'stage', 'report', 'audit')"
            " order by table_schema, table_name, ordinal_position"
        ).fetchall()


def tables(system: PartnerSystem) -> list[EntityTable]:
    return [EntityTable(entity.system, entity.contract) for entity in system.entities]


def test_the_metadata_equals_all_migrations_applied(database: Database) -> None:
    engine = create_engine(sqlalchemy_url(database.url, driver="psycopg"))
    options = {
        "include_schemas": True,
        "include_name": lambda name, type_, _: name in (SCHEMA, ACCESS, AUDIT) if type_ == "schema" else True,
        "version_table_schema": SCHEMA,
        "compare_type": True,
        "compare_server_default": True,
    }
    with engine.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    engine.dispose()
    assert differences == []


def test_the_check_that_metadata_equals_migrations_can_fail(database: Database) -> None:
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute("alter table sync.load drop column seconds")
    with pytest.raises(AssertionError, match="seconds"):
        test_the_metadata_equals_all_migrations_applied(database)


def test_the_rules_that_the_database_itself_keeps_are_there(database: Database) -> None:
    """Alembic compares no check constraints."""
    with psycopg.connect(database.url) as connection:
        rows = connection.execute(
            "select conname from pg_constraint where contype = 'c'"
            " and connamespace::regnamespace::text in ('sync', 'access')"
        )
        kept = {name for (name,) in rows}
    declared = {
        str(rule.name)
        for table in metadata.tables.values()
        for rule in table.constraints
        if isinstance(rule, CheckConstraint)
    }
    assert declared
    assert declared <= kept


def test_migrating_twice_changes_nothing(empty_database: Database, till_system: PartnerSystem) -> None:
    first = migrate(empty_database, tables(till_system))
    before = dump(empty_database)
    assert first[0] == f"migrated sync from nothing to {head_revision()}"
    assert "created landing.till__sales" in first
    assert migrate(empty_database, tables(till_system)) == ()
    assert dump(empty_database) == before
    assert is_current(empty_database)


def test_two_migrators_at_once_both_end_well(empty_database: Database, till_system: PartnerSystem) -> None:
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: migrate(empty_database, tables(till_system)), range(3)))
    said = [line for lines in done for line in lines]
    assert sorted(said) == sorted(set(said))
    assert is_current(empty_database)


def test_an_empty_database_is_not_current(empty_database: Database) -> None:
    assert not is_current(empty_database)


def test_a_database_that_is_away_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(LandingUnavailable, match="the database did not answer"):
        migrate(Database(f"postgresql:///nowhere?host={tmp_path}"), [])


def test_data_survives_a_migration_run_again(empty_database: Database, till_system: PartnerSystem) -> None:
    migrate(empty_database, tables(till_system))
    with psycopg.connect(empty_database.url, autocommit=True) as connection:
        connection.execute("insert into sync.watermark values ('till', 'sales', now(), now())")
        migrate(empty_database, tables(till_system))
        assert connection.execute("select count(*) from sync.watermark").fetchone() == (1,)
