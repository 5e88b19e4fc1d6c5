"""`sync-platform dead-letters`: the records that could not be taken in, looked at here and handled beside."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from sync_platform.cli import dead_letter_actions, dead_letter_digest, dead_letter_edit, dead_letter_reseal
from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.cli.dead_letter_choice import TABLES, Day, Number, Of, OfField, Reason, Until, chosen
from sync_platform.cli.dead_letter_display import show_each, show_one, show_reasons, told_action, told_letter
from sync_platform.cli.output_file import require_folder
from sync_platform.cli.recorded import record_command

State = Annotated[str, typer.Option("--state", help="open, replayed, resolved, discarded, superseded or any.")]
Reveal = Annotated[bool, typer.Option("--reveal", help="Show the record unmasked, as it is kept.")]

commands = typer.Typer(
    no_args_is_help=True,
    help="Look at the records that could not be taken in, mend, replay or discard them. Whatever is done is kept with "
    "who did it and why.",
    epilog="Examples: sync-platform dead-letters list; sync-platform dead-letters show 12; "
    "sync-platform dead-letters replay --of pos/sales --reason value_set --why 'status is declared now'",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    for module in (dead_letter_digest, dead_letter_edit, dead_letter_actions, dead_letter_reseal):
        module.register(commands)
    app.add_typer(commands, name="dead-letters", short_help="Look at, mend, replay or discard rejected records")


@commands.command(
    name="list",
    short_help="List letters by reason, or each",
    epilog="Examples: sync-platform dead-letters list; sync-platform dead-letters list --of shop/orders --each; "
    "sync-platform dead-letters list --state any --day 2026-11-20 --json",
)
def list_(
    of: Of = None,
    reason: Reason = None,
    field: OfField = None,
    day: Day = None,
    until: Until = None,
    state: State = "open",
    each: Annotated[bool, typer.Option("--each", help="One line per letter, with its number.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="With --each, at most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Letters by entity and reason, the most frequent reason first."""
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.landing.letter_queue import count_by_reason, select_letters
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    systems = read_partner_systems()
    selection = chosen(systems, None, of=of, reason=reason, field=field, day=day, until=until, state=_state(state))
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        groups = count_by_reason(connection, selection)
        letters = select_letters(connection, selection, limit=limit) if each else []
    entities = {(entity.system, entity.name): entity for system in systems for entity in system.entities}
    told = [told_letter(letter, entities) for letter in letters]
    if as_json:
        print_object({"ok": True, "reasons": groups, "letters": told})
    elif each:
        show_each(told, sum(group.letters for group in groups))
    else:
        show_reasons(groups, state=state)


@commands.command(
    name="show",
    short_help="Show one letter with its history",
    epilog="Examples: sync-platform dead-letters show 12; sync-platform dead-letters show 12 --reveal --json",
)
def show(number: Number, reveal: Reveal = False, as_json: AsJson = False) -> None:
    """The record as it is kept now, why it was rejected, whether it would pass now, and what was done with it."""
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.landing.letter_queue import read_actions, read_letter
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.judgement import judge
    from sync_platform.replay.masked import masked_record

    seal = read_letter_seal(os.environ)
    entities = {(one.system, one.name): one for system in read_partner_systems() for one in system.entities}
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        letter = read_letter(connection, number)
        actions = read_actions(connection, number)
        if reveal:
            place = {"system": letter.system, "entity": letter.entity}
            record_command(connection, "dead_letters.reveal", letters=[number], **place)
    (judged,) = judge(entities, [letter], seal=seal)
    entity = entities.get((letter.system, letter.entity))
    payload = letter.opened(seal) if reveal else None
    answer = {
        "letter": told_letter(letter, entities),
        "record": masked_record(entity, letter, seal=seal) if entity else None,
        "payload": None if payload is None else payload.decode("utf-8", "backslashreplace"),
        "would_pass": judged.obstacle is None,
        "obstacle": judged.obstacle,
        "history": [told_action(action) for action in actions],
    }
    if as_json:
        print_object({"ok": True, **answer, "revealed": reveal})
    else:
        show_one(answer, actions, reveal=reveal)


@commands.command(
    name="export",
    short_help="Write letters to a CSV or JSON lines file",
    epilog="Examples: sync-platform dead-letters export letters.csv; sync-platform dead-letters export letters.jsonl "
    "--of bank --state any",
)
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ends in .csv or .jsonl.")],
    of: Of = None,
    reason: Reason = None,
    field: OfField = None,
    day: Day = None,
    until: Until = None,
    state: State = "open",
    reveal: Reveal = False,
    as_json: AsJson = False,
) -> None:
    """Personal values are masked unless you ask for them; a spreadsheet runs nothing of it as a formula."""
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.letter_file import write_letters

    form = file.suffix.removeprefix(".")
    if form not in ("csv", "jsonl"):
        raise DeclarationError(f"{file.name} is neither .csv nor .jsonl.", remedy="Name it letters.csv.")
    require_folder(file)
    systems = read_partner_systems()
    selection = chosen(systems, None, of=of, reason=reason, field=field, day=day, until=until, state=_state(state))
    entities = [entity for system in systems for entity in system.entities]
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        if reveal:
            record_command(connection, "dead_letters.export", file=file, **vars(selection))
        written = write_letters(
            connection,
            entities,
            selection,
            file=file,
            form="csv" if form == "csv" else "jsonl",
            seal=read_letter_seal(os.environ),
            reveal=reveal,
        )
    if as_json:
        print_object({"ok": True, "file": file, "letters": written, "revealed": reveal})
    else:
        stdout().print(f"{written:,} letters written to {file}", markup=False)


@commands.command(
    name="new-key",
    short_help="Make a key for records with personal data",
    epilog="Example: export SYNC_PLATFORM_LETTER_KEYS=$(sync-platform dead-letters new-key)",
)
def new_key() -> None:
    """Print a fresh key. To rotate, write it before the old one: NEW,OLD; all of them open, the first one seals.

    `reseal` then seals what is kept with it, and the old one may go.
    """
    # cryptography: 0.1 s.
    from sync_platform.landing.letter_seal import new_key as fresh_key

    sys.stdout.write(f"{fresh_key()}\n")


def _state(state: str) -> str | None:
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_queue import STATES

    if state not in (*STATES, "any"):
        raise DeclarationError(f"state is {state!r}.", remedy=f"Choose from {', '.join(STATES)}, any.")
    return None if state == "any" else state
