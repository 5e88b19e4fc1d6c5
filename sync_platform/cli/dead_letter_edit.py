"""`sync-platform dead-letters edit`: mend one rejected record, held against its contract before it is kept."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.cli.dead_letter_choice import TABLES, DryRun, Number, Who, Why, decision
from sync_platform.cli.recorded import record_command

if TYPE_CHECKING:
    from sync_platform.landing.letter_queue import KeptLetter


def register(commands: typer.Typer) -> None:
    """Add the command to the group."""
    commands.command(
        name="edit",
        short_help="Mend one record",
        epilog="Examples: sync-platform dead-letters edit 12 --set status='\"open\"' --why 'typing error at the till'; "
        "sync-platform dead-letters edit 12 --file mended.json --why 'as the shop wrote by mail' --dry-run",
    )(edit)


def edit(
    number: Number,
    why: Why,
    file: Annotated[str | None, typer.Option("--file", help="The whole record as JSON; - is standard input.")] = None,
    sets: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=JSON", help="Give a field of the partner's record a value, or several."),
    ] = None,
    who: Who = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The mended record must keep its contract and its key; the one received stays in the history. Then replay it."""
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.cli.address import choose_entity
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_queue import read_letter
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.letters import edit_letter

    if (file is None) == (not sets):
        raise DeclarationError("an edit needs --file or --set, not both.", remedy="Write --set amount=12.50.")
    decided, seal = decision(who, why), read_letter_seal(os.environ)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        letter = read_letter(connection, number)
        _, entity = choose_entity(read_partner_systems(), f"{letter.system}/{letter.entity}")
        payload = _read(file) if file is not None else _with_values(letter, letter.opened(seal), sets or [])
        with connection.transaction():
            edit_letter(connection, entity, number, payload, seal=seal, decision=decided, dry_run=dry_run)
            if not dry_run:
                place = {"system": letter.system, "entity": letter.entity}
                record_command(
                    connection, "dead_letters.edit", who=decided.who, why=decided.why, letters=[number], **place
                )
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "dead_letter_id": number, "keeps_contract": True})
    elif dry_run:
        stdout().print(f"{number}: the mended record keeps its contract; nothing was stored", markup=False)
    else:
        stdout().print(
            f"{number}: mended; take it in with: sync-platform dead-letters replay {number} --why …", markup=False
        )


def _read(file: str) -> bytes:
    from sync_platform.errors import DeclarationError

    try:
        return sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
    except OSError as error:
        raise DeclarationError(f"{file} cannot be read: {error.strerror}.", remedy="Name another file.") from error


def _with_values(letter: KeptLetter, payload: bytes | None, sets: list[str]) -> bytes:
    from sync_platform.errors import DeclarationError
    from sync_platform.replay.mended import mended

    if payload is None:
        raise DeclarationError(
            f"the record of dead letter {letter.dead_letter_id} is withheld or cannot be opened.",
            remedy="Write it whole: --file FILE.",
        )
    values = dict(each.partition("=")[::2] for each in sets)
    return mended(payload, values)
