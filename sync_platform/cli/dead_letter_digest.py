"""`sync-platform dead-letters digest`: what the daily review looks at, now."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.cli.dead_letter_choice import TABLES

if TYPE_CHECKING:
    from sync_platform.replay.digest import Digest


def register(commands: typer.Typer) -> None:
    """Add the command to the group."""
    commands.command(
        name="digest",
        short_help="What waits for the daily review",
        epilog="Examples: sync-platform dead-letters digest; sync-platform dead-letters digest --json",
    )(digest)


def digest(as_json: AsJson = False) -> None:
    """Open letters by entity and reason, the oldest first, with what is new since yesterday and whose they are.

    The asset platform/dead_letters tells Dagster the same every day.
    """
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.digest import digest_letters

    systems = read_partner_systems()
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        found = digest_letters(connection, systems, now=SystemClock().now())
    if as_json:
        print_object({"ok": True, **_object(found)})
    else:
        _show(found)


def _object(digest: Digest) -> dict[str, Any]:
    return {
        "at": digest.at,
        "open": digest.letters,
        "new_since_yesterday": digest.new,
        "oldest_at": digest.oldest_at,
        "overdue": digest.is_overdue,
        "reasons": [{**vars(line.waiting), "owner": line.owner, "overdue": line.is_overdue} for line in digest.lines],
    }


def _show(digest: Digest) -> None:
    from rich.table import Table

    console = stdout()
    table = Table("entity", "reason", "open", "new", "over a week", "oldest", "owner", box=None, pad_edge=False)
    for line in digest.lines:
        waiting = line.waiting
        table.add_row(
            line.address,
            line.why,
            f"{waiting.letters:,}",
            f"{waiting.of_a_day:,}",
            f"{waiting.over_a_week:,}",
            f"{waiting.oldest_at:%Y-%m-%d %H:%M} UTC{', overdue' if line.is_overdue else ''}",
            line.owner or "not declared any more",
        )
    if digest.lines:
        console.print(table)
    console.print(digest.words, markup=False)
