"""`sync-platform contracts list`: the versions that the database knows, their ends, and how much each is used."""

from __future__ import annotations

import os

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(
        name="list",
        short_help="Show every registered version, its end and its use",
        help="Show every version in the database: its state, end, fingerprint, and how many loads of 14 days used it.",
        epilog="Examples: sync-platform contracts list; sync-platform contracts list --json",
    )(list_)


def list_(as_json: AsJson = False) -> None:
    """The same facts as report.contract_version."""
    from sync_platform.landing.contract_versions import list_versions
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, "sync.contract_version", "sync.load", "report.contract_version")
        versions = list_versions(connection)
    if as_json:
        print_object({"ok": True, "versions": versions})
        return
    from rich.table import Table

    table = Table("contract", "version", "entity", "state", "released", "ends", "loads", "fingerprint", box=None)
    for one in versions:
        table.add_row(
            one.contract_id or "",
            one.version,
            f"{one.system}/{one.entity}",
            one.state,
            str(one.released_on or ""),
            str(one.ends_on or ""),
            str(one.loads),
            (one.fingerprint or "")[:12],
        )
    stdout().print(table)
