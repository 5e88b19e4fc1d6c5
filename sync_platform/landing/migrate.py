"""Brings the database to this version's schema: our tables by Alembic, each entity's landing table by its contract."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SqlalchemyConnection
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from sync_platform.landing.audit_tables import AUDIT
from sync_platform.landing.contract_versions import ContractVersion, register_versions
from sync_platform.landing.database import Database, unanswered
from sync_platform.landing.entity_table import LANDING, STAGE, EntityTable, ensure_entity_table
from sync_platform.landing.tables import SCHEMA
from sync_platform.landing.views import REPORT, create_views
from sync_platform.settings import sqlalchemy_url

# A second migrator waits for the first one instead of colliding with it.
_MIGRATION_LOCK = 7_206_142_001


def migrate(
    database: Database, tables: Iterable[EntityTable], *, versions: Iterable[ContractVersion] = ()
) -> tuple[str, ...]:
    """Apply all migrations in one transaction, register contract versions, then derive the landing tables.

    Returns what was done, in words. Safe to run at any time and twice at once. Raises LandingUnavailable, and
    DeclarationError for a released version that has other content now, or a contract whose change needs a written
    migration; no landing table is touched on behalf of the former.
    """
    done: list[str] = []
    engine = create_engine(sqlalchemy_url(database.url, driver="psycopg"), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})
            for schema in (SCHEMA, LANDING, STAGE, REPORT, AUDIT):
                connection.execute(text(f"create schema if not exists {schema}"))
            before = current_revision(connection)
            command.upgrade(alembic_config(connection), "head")
            after = current_revision(connection)
            if before != after:
                done.append(f"migrated sync from {before or 'nothing'} to {after}")
    except OperationalError as error:
        raise unanswered(error.orig or error) from error
    finally:
        engine.dispose()
    with database.connect() as landing:
        done.extend(register_versions(landing, versions))
        for table in tables:
            done.extend(ensure_entity_table(landing, table))
        create_views(landing)
    return tuple(done)


def is_current(database: Database) -> bool:
    """Whether the database has exactly this version's migrations."""
    engine = create_engine(sqlalchemy_url(database.url, driver="psycopg"), poolclass=NullPool)
    try:
        with engine.connect() as connection:
            return current_revision(connection) == head_revision()
    except OperationalError as error:
        raise unanswered(error.orig or error) from error
    finally:
        engine.dispose()


def current_revision(connection: SqlalchemyConnection) -> str | None:
    """The newest applied migration."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": SCHEMA})
    return context.get_current_revision()


def head_revision() -> str | None:
    """The newest migration this version knows."""
    return ScriptDirectory.from_config(alembic_config(None)).get_current_head()


def alembic_config(connection: SqlalchemyConnection | None) -> Config:
    """Alembic's configuration, for migrations run on the given connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config
