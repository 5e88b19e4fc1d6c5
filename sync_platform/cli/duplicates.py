"""`sync-platform duplicates`: proposals that two records are one; a person decides, nothing is merged."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from sync_platform.duplicates.proposals import Decision, Proposal

_TABLES = ("sync.duplicate_proposal", "sync.duplicate_rate")
Numbers = Annotated[list[int], typer.Argument(metavar="NUMBER...", help="Numbers of proposals, as `list` shows them.")]
By = Annotated[str | None, typer.Option("--by", help="Who decides. Default: the user of this machine.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be recorded; change nothing.")]

commands = typer.Typer(
    no_args_is_help=True,
    help="List proposals that two records are one customer or product, look at them, and record a decision. Nothing "
    "is merged: a decision is kept here and counts in report.duplicate_rate.",
    epilog="Examples: sync-platform duplicates list; sync-platform duplicates show 12 --reveal; "
    "sync-platform duplicates accept 12 13; sync-platform duplicates reject 14 --by nimali",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="duplicates", short_help="Decide whether two records are one")


@commands.command(
    name="list",
    short_help="List proposals",
    epilog="Examples: sync-platform duplicates list; sync-platform duplicates list --state rejected --kind customers; "
    "sync-platform duplicates list --limit 500 --json",
)
def list_(
    state: Annotated[str, typer.Option(help="open, accepted, rejected, withdrawn or any.")] = "open",
    kind: Annotated[str | None, typer.Option(help="customers or products. Default: both.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Proposals by their keys, the surest first."""
    # psycopg: 0.14 s; rapidfuzz and phonenumbers: 0.1 s.
    from sync_platform.duplicates.proposals import STATES, count_proposals, list_proposals
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    if state not in (*STATES, "any"):
        raise DeclarationError(f"state is {state!r}.", remedy=f"Choose from {', '.join(STATES)}, any.")
    if kind not in (None, "customers", "products"):
        raise DeclarationError(f"kind is {kind!r}.", remedy="Choose customers or products.")
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        found = list_proposals(connection, state=None if state == "any" else state, kind=kind, limit=limit)
        counts = count_proposals(connection)
    if as_json:
        told = [{"kind": kind, "state": state, "proposals": count} for (kind, state), count in counts.items()]
        print_object({"ok": True, "counts": told, "proposals": found})
    else:
        _show_list(found, counts)


@commands.command(
    name="show",
    short_help="Show both records of a proposal",
    epilog="Examples: sync-platform duplicates show 12; sync-platform duplicates show 12 --reveal --json",
)
def show(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The proposal's number, as `list` shows it.")],
    reveal: Annotated[bool, typer.Option("--reveal", help="Show names, numbers and addresses unmasked.")] = False,
    as_json: AsJson = False,
) -> None:
    """Both records as they are landed now, side by side; personal values are masked unless you ask for them."""
    # pydantic: 0.25 s.
    from sync_platform.duplicates.proposals import read_proposal
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        proposal = read_proposal(connection, number)
        records = _records(connection, proposal, reveal=reveal) if proposal.kind == "customers" else []
    if as_json:
        print_object({"ok": True, "proposal": proposal, "records": records, "revealed": reveal})
    else:
        _show_one(proposal, records, reveal=reveal)


@commands.command(
    name="accept",
    short_help="Record that two records are one",
    epilog="Examples: sync-platform duplicates accept 12; sync-platform duplicates accept 12 13 --by nimali --dry-run",
)
def accept(numbers: Numbers, by: By = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """The two records are one. That is recorded and counted; both records stay as they are."""
    _decide(numbers, "accepted", by=by, dry_run=dry_run, as_json=as_json)


@commands.command(
    name="reject",
    short_help="Record that two records are two",
    epilog="Examples: sync-platform duplicates reject 14; sync-platform duplicates reject 14 --by nimali --json",
)
def reject(numbers: Numbers, by: By = None, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """The two records are two. They are never proposed again."""
    _decide(numbers, "rejected", by=by, dry_run=dry_run, as_json=as_json)


def _decide(numbers: list[int], decision: Decision, *, by: str | None, dry_run: bool, as_json: bool) -> None:
    # cryptography: 0.06 s.
    from sync_platform.audit.entry import Action
    from sync_platform.audit.log import record
    from sync_platform.clock import SystemClock
    from sync_platform.duplicates.proposals import decide
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    who = (getpass.getuser() if by is None else by).strip()
    if not who:
        raise DeclarationError("nobody decides.", remedy="Name who does: --by NAME.")
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *_TABLES)
        now = SystemClock().now()
        with connection.transaction():
            decided = decide(connection, numbers, decision, by=who, now=now, dry_run=dry_run)
            for before, after in decided if not dry_run else ():
                detail = {"proposal": after.proposal_id, "was": before.state}
                record(connection, Action(who, f"duplicates.{decision}", detail=detail), now=now)
    if as_json:
        told = [{"before": before.state, **vars(after)} for before, after in decided]
        print_object({"ok": True, "dry_run": dry_run, "proposals": told})
        return
    for before, after in decided:
        was = f", was {before.state} by {before.decided_by}" if before.decided_by else ""
        would = "would be" if dry_run else "is"
        stdout().print(f"{_couple(after)}: {would} {after.state} by {after.decided_by}{was}", markup=False)
    if not dry_run:
        stdout().print("nothing was merged; the next comparison counts it in report.duplicate_rate")


def _records(connection: Any, proposal: Proposal, *, reveal: bool) -> list[dict[str, Any]]:
    from sync_platform.declarations.duplicates import customer_sources, read_duplicates
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.duplicates.inputs import look_up
    from sync_platform.redact import mask_value

    sources = {each.entity.system: each for each in customer_sources(read_duplicates(), read_partner_systems())}
    records = []
    for system, key in proposal.couple:
        found = look_up(connection, sources[system], key) if system in sources else None
        shown = {name: value if reveal or not value else mask_value(value) for name, value in (found or {}).items()}
        records.append({"system": system, "key": key, "landed": found is not None, "values": shown})
    return records


def _couple(proposal: Proposal) -> str:
    return (
        f"{proposal.proposal_id}: {proposal.left_system}/{proposal.left_key} and "
        f"{proposal.right_system}/{proposal.right_key}"
    )


def _show_list(found: list[Proposal], counts: dict[tuple[str, str], int]) -> None:
    # rich's tables: 0.05 s.
    from rich.table import Table

    console = stdout()
    table = Table("number", "one", "other", "score", "why", "state", "decided by", box=None, pad_edge=False)
    for each in found:
        table.add_row(
            str(each.proposal_id),
            f"{each.left_system}/{each.left_key}",
            f"{each.right_system}/{each.right_key}",
            f"{each.score:.3f}",
            each.reason,
            each.state,
            each.decided_by or "",
        )
    if found:
        console.print(table)
    told = ", ".join(f"{count:,} {kind} {state}" for (kind, state), count in counts.items())
    console.print(f"{len(found)} shown; in all {told or 'none yet: nothing was compared so far'}", markup=False)


def _show_one(proposal: Proposal, records: list[dict[str, Any]], *, reveal: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    console = stdout()
    decided = f" by {proposal.decided_by}" if proposal.decided_by else ""
    console.print(f"{_couple(proposal)}: {proposal.state}{decided}", markup=False)
    console.print(f"{proposal.reason}; score {proposal.score:.3f}", markup=False)
    table = Table("record", "field", "value", box=None, pad_edge=False)
    for record in records:
        for name, value in record["values"].items():
            table.add_row(f"{record['system']}/{record['key']}", name, Text(value or ""))
        if not record["landed"]:
            table.add_row(f"{record['system']}/{record['key']}", "", "no longer landed")
    if records:
        console.print(table)
        if not reveal:
            console.print("personal values are masked; --reveal shows them")
