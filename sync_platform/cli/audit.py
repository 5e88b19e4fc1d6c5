"""`sync-platform audit`: look at who did what, seal it, find out whether anybody tampered with it."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from sync_platform.audit.entry import Entry
    from sync_platform.audit.verify import AuditVerdict

_TABLES = ("audit.entry", "audit.batch", "audit.key")

commands = typer.Typer(
    no_args_is_help=True,
    help="Show the audit log, seal what is new in it, and verify that nothing in it was changed, removed, inserted or "
    "reordered. docs/audit.md says what it proves and what it does not.",
    epilog="Examples: sync-platform audit verify; sync-platform audit list --limit 20; sync-platform audit seal; "
    'sync-platform audit erase \'shop/customers/["4711"]\' --why "asked to be forgotten"',
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="audit", short_help="Show and verify who did what")


@commands.command(
    name="verify",
    short_help="Find any tampering with the audit log",
    epilog="Examples: sync-platform audit verify; sync-platform audit verify --json",
)
def verify(as_json: AsJson = False) -> None:
    """Reads all entries, archived ones too, and holds them against their batches and the seals in the state folder.

    Exit code 1 when anything does not agree. Needs no key: what was erased stays in the chain.
    """
    # psycopg and cryptography: 0.2 s.
    from sync_platform.audit.archive import ARCHIVE
    from sync_platform.audit.kept_seal import SEALS, read_kept_seals
    from sync_platform.audit.verify import verify_audit
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.settings import state_dir

    folder = state_dir(os.environ)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        verdict = verify_audit(connection, kept_seals=read_kept_seals(folder / SEALS), archive_folder=folder / ARCHIVE)
    if as_json:
        print_object({"ok": verdict.sound, **vars(verdict)})
    else:
        _show_verdict(verdict)
    if not verdict.sound:
        raise typer.Exit(1)


@commands.command(
    name="list",
    short_help="Show the newest entries, the newest last",
    epilog="Examples: sync-platform audit list; sync-platform audit list --limit 200 --json",
)
def list_(
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Who did what and when, oldest first. Details are encrypted and stay so here."""
    from sync_platform.audit.log import newest_entries
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        entries = newest_entries(connection, limit=limit)
    if as_json:
        print_object({"ok": True, "entries": [_told(entry) for entry in entries]})
        return
    for entry in entries:
        about = "/".join(filter(None, (entry.system, entry.entity, entry.subject)))
        stdout().print(
            f"{entry.entry_id} {entry.at:%Y-%m-%d %H:%M:%S} UTC {entry.who}: {entry.action} {about}".rstrip(),
            markup=False,
        )


@commands.command(
    name="seal",
    short_help="Seal the entries that no batch holds yet",
    epilog="Examples: sync-platform audit seal; sync-platform audit seal --json",
)
def seal(as_json: AsJson = False) -> None:
    """The same as every night's prune does: from now on nobody can change these entries unseen."""
    from sync_platform.audit.kept_seal import SEALS, seal_and_keep
    from sync_platform.clock import SystemClock
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.settings import state_dir

    folder = state_dir(os.environ)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        sealed = seal_and_keep(connection, folder, now=SystemClock().now())
    if as_json:
        print_object({"ok": True, "sealed": sealed, "seals": folder / SEALS})
    else:
        stdout().print(f"{sealed:,} entries sealed; the seals are kept in {folder / SEALS}", markup=False)


@commands.command(
    name="erase",
    short_help="Make what was written of a person or record unreadable",
    epilog='Examples: sync-platform audit erase \'shop/customers/["4711"]\' --why "asked to be forgotten"; '
    'sync-platform audit erase \'shop/customers/["4711"]\' --why "asked to be forgotten" --dry-run',
)
def erase(
    subject: Annotated[str, typer.Argument(help="system/entity/key, as `list` shows it.")],
    why: Annotated[str, typer.Option(help="The reason, which is kept.")],
    by: Annotated[str | None, typer.Option("--by", help="Who decides. Default: the user of this machine.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say whether there is a key; erase nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erases the key that the subject's details are encrypted with, for good. The chain stays whole."""
    from sync_platform.audit.detail_key import erase_key, has_key
    from sync_platform.audit.entry import Action
    from sync_platform.audit.log import record
    from sync_platform.clock import SystemClock
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    now = SystemClock().now()
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        if not has_key(connection, subject):
            raise DeclarationError(
                f"there is no key of {subject!r}: nothing readable is written of it.",
                remedy="Write system/entity/key as `sync-platform audit list` shows it.",
            )
        if not dry_run:
            with connection.transaction():
                erase_key(connection, subject, now=now)
                action = Action(by or getpass.getuser(), "audit.erase", detail={"subject": subject, "why": why})
                record(connection, action, now=now)
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "subject": subject})
    else:
        stdout().print(f"the key of {subject} {'would be' if dry_run else 'is'} erased", markup=False)


def _told(entry: Entry) -> dict[str, Any]:
    return {
        name: value for name, value in vars(entry).items() if name not in ("detail", "detail_key_id", "content_hash")
    } | {"content_hash": entry.content_hash.hex()}


def _show_verdict(verdict: AuditVerdict) -> None:
    console = stdout()
    for one in verdict.tampering:
        console.print(f"{one.kind}: {one.where} {one.words}", markup=False)
    held = f"{verdict.entries:,} entries in {verdict.batches:,} batches, {verdict.archived:,} of them archived"
    console.print(f"{'sound' if verdict.sound else 'tampered with'}: {held}; {verdict.unsealed:,} not sealed yet")
    if verdict.batches and not verdict.kept_seals:
        console.print("the state folder keeps no seal, so that a cut end of the chain cannot be seen")
