"""`sync-platform files`: what came as files and what became of it, take what waits, try a file first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.recorded import record_command

if TYPE_CHECKING:
    from sync_platform.declarations.partner_system import Entity
    from sync_platform.landing.files import KnownFile
    from sync_platform.operations.file_check import CheckedFile
    from sync_platform.partners.files.folder import DropFolder
    from sync_platform.pull.files import FilesTaken

_Address = Annotated[str, typer.Argument(metavar="SYSTEM[/ENTITY]", help="A system that leaves files, like bank.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    commands = typer.Typer(
        short_help="What came as files, take what waits, try a file first",
        help="Files that a partner system leaves in its drop folder: docs/files.md.",
        epilog="Examples: sync-platform files list bank; sync-platform files take bank; "
        "sync-platform files check bank/statement_lines statement_20261120.csv",
        no_args_is_help=True,
    )
    commands.command(
        name="list",
        help="Every file that was found in the drop folder, newest first, and what became of it.",
        epilog="Examples: sync-platform files list bank; sync-platform files list bank/statement_lines --json",
    )(list_files)
    commands.command(
        name="take",
        help="Take what is ready in the drop folder now, as the system's sensor does every few seconds.",
        epilog="Examples: sync-platform files take bank; sync-platform files take bank --dry-run",
    )(take)
    commands.command(
        name="check",
        help="Read a file as it would be taken, say why it would be refused and which records would be rejected. "
        "Needs no database and changes nothing.",
        epilog="Examples: sync-platform files check bank/statement_lines statement_20261120.csv; "
        "sync-platform files check legacy_erp/stock stock_20261120.txt --json",
    )(check)
    app.add_typer(commands, name="files")


def list_files(
    address: _Address,
    limit: Annotated[int, typer.Option(min=1, help="How many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The newest first."""
    from sync_platform.landing.files import read_files
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    entities = _chosen(address)
    wanted = entities[0].name if "/" in address else None
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, "sync.file")
        known = read_files(connection, system=entities[0].system, entity=wanted, limit=limit)
    if as_json:
        print_object({"ok": True, "files": [_object(one) for one in known]})
    elif known:
        _show_known(known)
    else:
        stdout().print(f"no file of {address} has been found yet")


def take(
    address: _Address,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Say what would become of each file by itself; needs no database, so what is landed is not asked.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Waiting files are taken by a later call."""
    from sync_platform.operations.platform_database import open_platform_database

    entities = [(entity, _folder(entity)) for entity in _chosen(address)]
    if dry_run:
        from sync_platform.operations.file_check import check_folder

        _show_checks([one for entity, folder in entities for one in check_folder(entity, folder)], as_json=as_json)
        return
    taken: list[tuple[Entity, FilesTaken]] = []
    with open_platform_database(os.environ) as database:
        from sync_platform.cli.load_tools import load_tools
        from sync_platform.clock import SystemClock
        from sync_platform.pull.files import take_files

        for entity, folder in entities:
            tools = load_tools(database, [entity], SystemClock(), command="files take")
            with database.connect() as connection:
                record_command(connection, "files.take", system=entity.system, entity=entity.name)
            found = take_files(tools, entity, folder, deadline=float("inf"))
            taken.append((entity, found))
            if not as_json:
                _show_taken(entity, found)
    ok = not any(one.problems or any(file.state == "rejected" for file in one.files) for _, one in taken)
    if as_json:
        print_object({"ok": ok, "taken": [{"entity": entity.address, **vars(found)} for entity, found in taken]})
    if not ok:
        raise typer.Exit(1)


def check(
    address: Annotated[str, typer.Argument(metavar="SYSTEM/ENTITY", help="What the file is of.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file on this machine.")],
    as_json: AsJson = False,
) -> None:
    """Nothing is written anywhere."""
    from sync_platform.operations.file_check import check_file
    from sync_platform.partners.files.folder import DropFolder

    entity = _chosen(address)[0]
    folder = DropFolder(str(file.absolute().parent), owner=entity.address)
    _show_checks([check_file(entity, folder, file.name)], as_json=as_json)


def _chosen(address: str) -> list[Entity]:
    """The entities of the address that come as files."""
    from sync_platform.cli.address import choose_entity, choose_system
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError

    systems = read_partner_systems()
    found = (choose_entity(systems, address)[1],) if "/" in address else choose_system(systems, address).entities
    files = [entity for entity in found if entity.file is not None]
    if not files:
        known = [one.address for system in systems for one in system.entities if one.file is not None]
        raise DeclarationError(
            f"{address} does not come as files.", remedy=f"Those that do: {', '.join(known) or 'none'}."
        )
    return files


def _folder(entity: Entity) -> DropFolder:
    from sync_platform.errors import DeclarationError
    from sync_platform.partners.files.folder import open_folder

    if entity.file is None:
        raise DeclarationError(f"{entity.address} does not come as files.")
    return open_folder(entity.file, os.environ, owner=entity.address)


def _object(known: KnownFile) -> dict[str, object]:
    return {**vars(known), "sha256": known.sha256.hex() if known.sha256 else None}


def _show_known(known: list[KnownFile]) -> None:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("entity", "file", "state", "day", "records", "dead letters", "why"):
        table.add_column(name, overflow="fold")
    for one in known:
        records = "" if one.rows is None else f"{one.rows:,}"
        table.add_row(
            one.entity,
            one.name if one.revision in (None, 1) else f"{one.name} (revision {one.revision})",
            one.state if one.place != "drop" or one.state == "waiting" else f"{one.state}, not moved yet",
            str(one.business_day or ""),
            records,
            f"{one.dead_lettered:,}" if one.dead_lettered else "",
            one.message or "",
        )
    stdout().print(table)


def _show_taken(entity: Entity, found: FilesTaken) -> None:
    for file in found.files:
        read = f"; {file.load.read:,} records, {file.load.dead_lettered:,} dead letters" if file.load else ""
        stdout().print(f"{entity.address} {file.name}: {file.state}{read}", markup=False)
        if file.message:
            say(f"sync-platform: {file.name}: {' '.join(file.message.split())}")
    for problem in found.problems:
        say(f"sync-platform: {problem}")
    if not found.files:
        stdout().print(f"{entity.address}: nothing waits in its folder", markup=False)


def _show_checks(checks: list[CheckedFile], *, as_json: bool) -> None:
    ok = all(check.ok for check in checks)
    if as_json:
        print_object({"ok": ok, "dry_run": True, "files": checks})
    if not checks and not as_json:
        stdout().print("nothing waits in its folder")
    for one in [] if as_json else checks:
        day = f", day {one.business_day}" if one.business_day else ""
        fate = "would be accepted" if one.ok else f"would be refused ({one.reason}): {one.message}"
        stdout().print(f"{one.name}: {fate}", markup=False)
        stdout().print(f"  {one.records:,} records, {one.rejected:,} rejected{day}", markup=False)
        for row in one.rows:
            stdout().print(f"  line {row.line}: {row.reason} {row.field} {row.message}", markup=False)
    if not ok:
        raise typer.Exit(1)
