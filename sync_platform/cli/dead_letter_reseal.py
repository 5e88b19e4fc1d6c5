"""`sync-platform dead-letters reseal`: after a new key came, what the old ones sealed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.dead_letter_choice import TABLES, DryRun

if TYPE_CHECKING:
    from sync_platform.landing.letter_reseal import Resealed


def register(commands: typer.Typer) -> None:
    """Add the command to the group."""
    commands.command(
        name="reseal",
        short_help="Seal records anew with the newest key",
        epilog="Examples: sync-platform dead-letters reseal --dry-run; sync-platform dead-letters reseal",
    )(reseal)


def reseal(dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Set SYNC_PLATFORM_LETTER_KEYS to NEW,OLD everywhere and restart first; once all is sealed anew, OLD may go."""
    # psycopg 0.14 s, cryptography 0.1 s.
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_reseal import reseal_letters
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.settings import LETTER_KEYS

    seal = read_letter_seal(os.environ)
    if not seal.keys:
        raise DeclarationError(
            f"{LETTER_KEYS} holds no key.", remedy="Write the new key before the old one: NEW,OLD; then run it again."
        )
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        done = reseal_letters(connection, seal, dry_run=dry_run)
    if as_json:
        told = {**vars(done), "only_newest_needed": done.only_newest_needed}
        print_object({"ok": not done.unopened, "dry_run": dry_run, **told})
    else:
        _show(done, dry_run=dry_run)
    if done.unopened:
        raise typer.Exit(1)


def _show(done: Resealed, *, dry_run: bool) -> None:
    stdout().print(
        f"{done.resealed:,} of {done.payloads:,} sealed records {'would be' if dry_run else 'are'} sealed anew, "
        f"{done.current:,} had the newest key",
        markup=False,
    )
    if done.unopened:
        say(f"{done.unopened:,} no key opens; they stay as they are. Add the key that sealed them.")
    elif not dry_run:
        stdout().print("only the newest key is needed now")
