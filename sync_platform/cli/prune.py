"""`sync-platform prune`: delete what is kept for no longer, as declared in `defs/retention/defs.yaml`."""

from __future__ import annotations

import getpass
import os
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout

if TYPE_CHECKING:
    from sync_platform.landing.expiry import Pruned


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="prune",
        short_help="Delete what is over its retention",
        help="Delete the platform's and Dagster's records of their own work that are over their declared retention. "
        "Landed data, waiting changes and open dead letters always stay. Safe at any time, and safe to stop.",
        epilog="Examples: sync-platform prune --dry-run; sync-platform prune; sync-platform prune --json",
    )(prune)


def prune(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Count only; delete nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """The same as the asset `platform/retention` does every night."""
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.declarations.retention import read_retention
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.operations.retention import prune as prune_places_of
    from sync_platform.operations.retention import prune_places
    from sync_platform.settings import DAGSTER_DATABASE_URL, state_dir

    retention = read_retention()
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, "sync.exchange")
        places = prune_places(
            os.environ, read_partner_systems(), database_url=database.url, state_dir=state_dir(os.environ)
        )
        if places.dagster_url is None:
            say(f"{DAGSTER_DATABASE_URL} is not set: Dagster's tables and the output of its runs are left alone.")
        pruned = prune_places_of(
            places,
            retention,
            now=SystemClock().now(),
            dry_run=dry_run,
            progress=_progress(dry_run=dry_run),
            who=getpass.getuser(),
        )
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "tables": [asdict(one) for one in pruned]})
    else:
        _show(pruned, dry_run=dry_run)


def _progress(*, dry_run: bool) -> Callable[[str, int], None]:
    """Says each time that another thousand is full, so that a long prune is seen to move."""
    said: dict[str, int] = {}

    def progress(name: str, gone: int) -> None:
        if gone // 1000 > said.get(name, 0):
            said[name] = gone // 1000
            say(f"{name}: {gone:,} {'would go' if dry_run else 'gone'} so far")

    return progress


def _show(pruned: tuple[Pruned, ...], *, dry_run: bool) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("what", no_wrap=True)
    for name in ("rows before", "would go" if dry_run else "gone", "bytes"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("kept since", no_wrap=True)
    for one in pruned:
        table.add_row(
            one.name, f"{one.rows:,}", f"{one.gone:,}", f"{one.bytes:,}", f"{one.kept_since:%Y-%m-%d %H:%M} UTC"
        )
    stdout().print(table)
    total = sum(one.gone for one in pruned)
    stdout().print(
        f"{total:,} rows and files would go; nothing was deleted" if dry_run else f"{total:,} rows and files gone"
    )
