"""What ends dead letters or takes that back: replay, discard, reopen. A choice by reason or day shows a plan first."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.dead_letter_choice import (
    TABLES,
    Day,
    DryRun,
    Numbers,
    Of,
    OfField,
    Reason,
    Until,
    Who,
    Why,
    Yes,
    chosen,
    decision,
    some_chosen,
)
from sync_platform.cli.load_tools import pull_tools
from sync_platform.cli.recorded import record_command

if TYPE_CHECKING:
    from sync_platform.declarations.partner_system import Entity, PartnerSystem
    from sync_platform.landing.database import Connection, Database
    from sync_platform.landing.letter_queue import Decision, ReasonGroup, Selection
    from sync_platform.replay.judgement import Preview
    from sync_platform.replay.letters import LettersReplayed


def register(commands: typer.Typer) -> None:
    """Add the commands to the group."""
    commands.command(
        name="replay",
        short_help="Take letters in again",
        epilog="Examples: sync-platform dead-letters replay 12 13 --why 'edited'; sync-platform dead-letters replay "
        "--of pos/sales --reason value_set --why 'status is declared now' --yes",
    )(replay)
    commands.command(
        name="discard",
        short_help="Say that records are not wanted",
        epilog="Examples: sync-platform dead-letters discard 14 --why 'a test order'; "
        "sync-platform dead-letters discard --of shop/orders --day 2026-11-20 --why 'staging data' --yes",
    )(discard)
    commands.command(
        name="reopen",
        short_help="Take a discard back",
        epilog="Example: sync-platform dead-letters reopen 14 --why 'it was a real order'",
    )(reopen)


def replay(
    why: Why,
    numbers: Numbers = None,
    of: Of = None,
    reason: Reason = None,
    field: OfField = None,
    day: Day = None,
    until: Until = None,
    who: Who = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Take the open letters in again, by the way that any change comes in; what does not pass stays open."""
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.landing.letter_queue import count_by_reason
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.judgement import preview

    systems = read_partner_systems()
    selection = some_chosen(chosen(systems, numbers, of=of, reason=reason, field=field, day=day, until=until))
    decided = decision(who, why)
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, *TABLES)
            _refuse_settled(connection, selection)
            entities = [entity for system in systems for entity in system.entities]
            seen = preview(connection, entities, selection, seal=read_letter_seal(os.environ))
            groups = count_by_reason(connection, selection)
        planned = dry_run or (selection.is_bulk and not yes)
        if not planned:
            with database.connect() as connection:
                record_command(connection, "dead_letters.replay", who=decided.who, why=decided.why, **vars(selection))
        done = {} if planned else _replay_each(database, systems, groups, selection, decided)
    still = sum(one.still_rejected for one in done.values())
    if as_json:
        told = {address: {**vars(one), "loads": [load.load_id for load in one.loads]} for address, one in done.items()}
        print_object({"ok": not still, "dry_run": planned, "preview": seen, "reasons": groups, "replayed": told})
    else:
        _show_preview(seen)
        _show_replayed(done)
        _say_planned(planned=planned, dry_run=dry_run)
    if still:
        raise typer.Exit(1)


def discard(
    why: Why,
    numbers: Numbers = None,
    of: Of = None,
    reason: Reason = None,
    field: OfField = None,
    day: Day = None,
    until: Until = None,
    who: Who = None,
    yes: Yes = False,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The records are not wanted: the letters end, and the same bytes open no new ones. `reopen` takes it back."""
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.landing.letter_queue import count_by_reason, numbers_of
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.letters import discard_letters

    selection = some_chosen(
        chosen(read_partner_systems(), numbers, of=of, reason=reason, field=field, day=day, until=until)
    )
    decided = decision(who, why)
    planned = dry_run or (selection.is_bulk and not yes)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        _refuse_settled(connection, selection)
        groups = count_by_reason(connection, selection)
        wanted = numbers_of(connection, selection)
        gone = wanted
        if not planned:
            with connection.transaction():
                gone = discard_letters(connection, wanted, decision=decided)
                record_command(connection, "dead_letters.discard", who=decided.who, why=decided.why, letters=gone)
    if as_json:
        print_object({"ok": True, "dry_run": planned, "reasons": groups, "discarded": gone})
    else:
        for group in groups:
            address = f"{group.system}/{group.entity}"
            stdout().print(f"{address}: {group.letters:,} for {group.reason} {group.field}".rstrip(), markup=False)
        stdout().print(f"{len(gone):,} letters {'would be' if planned else 'are'} discarded", markup=False)
        _say_planned(planned=planned, dry_run=dry_run)


def reopen(numbers: Numbers, why: Why, who: Who = None, as_json: AsJson = False) -> None:
    """Discarded letters wait again."""
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.replay.letters import reopen_letters

    decided = decision(who, why)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        with connection.transaction():
            again = reopen_letters(connection, numbers or [], decision=decided)
            record_command(connection, "dead_letters.reopen", who=decided.who, why=decided.why, letters=again)
    if as_json:
        print_object({"ok": True, "reopened": again})
    else:
        stdout().print(f"{len(again):,} of {len(numbers or []):,} letters wait again", markup=False)


def _refuse_settled(connection: Connection, selection: Selection) -> None:
    """Letters that somebody named must be open; of those chosen by reason or day the open ones are meant."""
    from sync_platform.landing.letter_queue import not_open, read_letter

    for number in selection.numbers or ():
        letter = read_letter(connection, number)
        if letter.state != "open":
            raise not_open(number, letter.state)


def _replay_each(
    database: Database,
    systems: tuple[PartnerSystem, ...],
    groups: list[ReasonGroup],
    selection: Selection,
    decided: Decision,
) -> dict[str, LettersReplayed]:
    """Entity by entity, by their addresses; entities that are no longer declared are left out."""
    from sync_platform.clock import SystemClock
    from sync_platform.partners.client import PartnerClient
    from sync_platform.replay.letters import replay_letters

    wanted = {(group.system, group.entity) for group in groups}
    done = {}
    for system in systems:
        entities: list[Entity] = [one for one in system.entities if (one.system, one.name) in wanted]
        if not entities:
            continue
        clock = SystemClock()
        client = PartnerClient(system.declaration, environment=os.environ, clock=clock)
        try:
            tools = pull_tools(database, entities, client, clock, command="dead-letters replay")
            for entity in entities:
                done[entity.address] = replay_letters(tools, entity, selection, decision=decided)
        finally:
            client.close()
    return done


def _show_preview(seen: Preview) -> None:
    stdout().print(seen.words, markup=False)
    for one in seen.rejected:
        where = f"{one.system}/{one.entity}"
        stdout().print(f"  {where}: {one.letters:,} not: {one.reason} {one.field} {one.message}", markup=False)


def _show_replayed(done: dict[str, LettersReplayed]) -> None:
    for address, one in done.items():
        counts = ", ".join(
            f"{sum(getattr(load, name) for load in one.loads):,} {name}"
            for name in ("inserted", "updated", "unchanged", "superseded")
        )
        again = f"; {one.rejected_again:,} rejected again" if one.rejected_again else ""
        stdout().print(
            f"{address}: {one.taken:,} of {one.letters:,} taken in ({counts}); {one.still_rejected:,} stay open{again}",
            markup=False,
        )


def _say_planned(*, planned: bool, dry_run: bool) -> None:
    if planned:
        say("nothing was changed" + ("" if dry_run else "; say --yes to do it"))
