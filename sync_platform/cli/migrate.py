"""`sync-platform migrate`: bring the database to this version's schema."""

from __future__ import annotations

import os

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.cli.recorded import record_command


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="migrate",
        short_help="Bring the database to this version's schema",
        help="Bring the database to this version's schema. Safe at any time; a second run changes nothing.",
        epilog="Example: SYNC_PLATFORM_DATABASE_URL=postgresql://me@localhost/sync sync-platform migrate",
    )(migrate)


def migrate(as_json: AsJson = False) -> None:
    """Our own tables by Alembic, the registry of contract versions, each entity's landing table by its contract."""
    # SQLAlchemy and Alembic: 0.5 s to import.
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.landing.entity_table import EntityTable
    from sync_platform.landing.migrate import migrate as migrate_database
    from sync_platform.operations.contract_history import contract_versions
    from sync_platform.operations.platform_database import open_platform_database

    systems = read_partner_systems()
    tables = [
        EntityTable(system=entity.system, contract=entity.contract) for system in systems for entity in system.entities
    ]
    with open_platform_database(os.environ) as database:
        done = migrate_database(database, tables, versions=contract_versions(systems))
        if done:
            with database.connect() as connection:
                record_command(connection, "migrate", done=list(done))
    if as_json:
        print_object({"ok": True, "changed": bool(done), "done": list(done)})
        return
    for words in done:
        stdout().print(words)
    if not done:
        stdout().print(f"nothing to do: the schema and {len(tables)} landing tables are current")
