"""`sync-platform trace`: everything that is known of one order, receipt or payment, over all systems."""

from __future__ import annotations

import getpass
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, plain, print_object, stdout
from sync_platform.cli.output_file import require_folder

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sync_platform.landing.database import Connection
    from sync_platform.trace.event import Trace


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="trace",
        short_help="Show all that is known of one order, receipt or payment",
        help="Show for one business record everything in order of time over all systems: what was asked and received, "
        "captured, rejected, loaded and landed, what the rules and the partners say of its day, what people did. Takes "
        "an order number, a receipt number, a payment's id: whatever a declaration's known_as names.",
        epilog="Examples: sync-platform trace 100231; sync-platform trace 31198570044 --zone UTC; "
        "sync-platform trace 100231 --html dispute.html --json-file dispute.json; "
        "sync-platform trace pay_1c9 --personal --json",
    )(trace)


def trace(
    number: Annotated[str, typer.Argument(metavar="NUMBER", help="As any of the systems writes it.")],
    html: Annotated[Path | None, typer.Option(help="Write it as one printable page here.")] = None,
    json_file: Annotated[Path | None, typer.Option(help="Write the object of --json here.")] = None,
    personal: Annotated[
        bool, typer.Option("--personal", help="Show names, numbers and payloads unmasked; who did is kept.")
    ] = False,
    zone: Annotated[str, typer.Option(help="Show times in this zone, like Asia/Colombo.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Reads our own tables only and asks no partner. Exit code 1 when nothing is known under that number."""
    # pydantic 0.25 s, psycopg 0.14 s, cryptography 0.06 s.
    from sync_platform.cli.moment import read_zone
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.trace.trace import trace as trace_record

    if not number.strip():
        raise DeclarationError("no number was given.", remedy="Name an order, a receipt or a payment.")
    for file in filter(None, (html, json_file)):
        require_folder(file)
    systems, shown = read_partner_systems(), read_zone(zone)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        tables = [f"landing.{entity.table}" for system in systems for entity in system.entities]
        require_tables(connection, "audit.entry", "sync.exchange", *tables)
        now, seal = SystemClock().now(), read_letter_seal(os.environ)
        found = trace_record(connection, systems, number, personal=personal, now=now, seal=seal)
        if personal:
            _keep_that_it_was_seen(connection, found)
    known = bool(found.records or found.events)
    if json_file is not None:
        text = json.dumps({"ok": known, "trace": found}, default=plain, ensure_ascii=False, indent=1)
        json_file.write_text(f"{text}\n", encoding="utf-8")
    if html is not None:
        from sync_platform.trace.page import render_trace

        html.write_text(render_trace(found, zone=shown), encoding="utf-8")
    if as_json:
        print_object({"ok": known, "trace": found})
    else:
        _show(found, shown)
    if not known:
        raise typer.Exit(1)


def _keep_that_it_was_seen(connection: Connection, found: Trace) -> None:
    from sync_platform.audit.entry import Action
    from sync_platform.audit.log import record

    with connection.transaction():
        for one in found.records:
            action = Action(getpass.getuser(), "trace.personal", one.system, one.entity, one.key)
            record(connection, action, now=found.at)


def _show(found: Trace, zone: ZoneInfo) -> None:
    from sync_platform.trace.event import KINDS

    console = stdout()
    if not found.records and not found.events:
        console.print(f"nothing is known under {found.asked!r}", markup=False)
        return
    for record in found.records:
        gone = ", gone at the partner" if record.deleted_at else ""
        line = f"{record.system}/{record.entity} {record.key} of {record.business_day}, by {record.found_by}{gone}"
        console.print(line, markup=False, soft_wrap=True)
    console.print(f"times in {zone}", markup=False)
    for event in found.events:
        moment = f"{event.at.astimezone(zone):%Y-%m-%d %H:%M:%S}"
        about = "/".join(filter(None, (event.system, event.entity))) + (f" {event.record}" if event.record else "")
        console.print(f"{moment}  {KINDS[event.kind]}: {about}: {event.words}", markup=False, soft_wrap=True)
    if found.cut:
        console.print(f"only the first {len(found.records)} records are shown")
