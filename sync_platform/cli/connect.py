"""`sync-platform connect`: try a partner system's connection before anything is stored."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sync_platform.operations.connection_test import ConnectionTest, EntitySample


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="connect",
        short_help="Try a partner system before anything is stored",
        help="Try address, sign-in, scope, clock and one page of each entity; shows masked records, stores nothing.",
        epilog="Examples: sync-platform connect shop; sync-platform connect pos --json",
    )(connect)


def connect(
    system: Annotated[str, typer.Argument(metavar="SYSTEM", help="A declared partner system, like shop.")],
    as_json: AsJson = False,
) -> None:
    """Needs the system's variables, no database."""
    # pydantic 0.25 s, requests 0.15 s.
    from sync_platform.cli.address import choose_system
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.connection_test import try_connection

    declared = choose_system(read_partner_systems(), system)
    outcome = try_connection(declared, environment=os.environ, clock=SystemClock())
    if as_json:
        print_object(_object(outcome))
    else:
        _show(outcome, zone=declared.declaration.calendar.zone)
    if not outcome.ok:
        raise typer.Exit(outcome.exit_code)


def _object(outcome: ConnectionTest) -> dict[str, Any]:
    return {
        "ok": outcome.ok,
        "system": outcome.system,
        "steps": [{"name": step.name, "ok": step.ok, "detail": step.detail} for step in outcome.steps],
        "clock_skew_seconds": outcome.skew_seconds,
        "entities": outcome.entities,
    }


def _show(outcome: ConnectionTest, *, zone: ZoneInfo) -> None:
    from rich.text import Text

    console = stdout()
    for step in outcome.steps:
        sign, style = ("✓", "green") if step.ok else ("✗", "red")
        console.print(Text(sign, style=style), f"{step.name}:", Text(step.detail))
    for entity in outcome.entities:
        console.print()
        sign, style = ("✓", "green") if entity.ok else ("✗", "red")
        console.print(Text(sign, style=style), f"{outcome.system}/{entity.entity}", Text(entity.detail))
        _show_records(entity, zone=zone)


def _show_records(entity: EntitySample, *, zone: ZoneInfo) -> None:
    from rich.table import Table
    from rich.text import Text

    from sync_platform.cli.moment import in_zone

    console = stdout()
    if entity.as_of:
        console.print(f"  as of {in_zone(entity.as_of, zone)}, contract {entity.contract_version}")
    if entity.fields and entity.fields[0].values:
        table = Table("field", "type", "needed", box=None, pad_edge=False)
        for number in range(1, len(entity.fields[0].values) + 1):
            table.add_column(f"record {number}", overflow="fold", max_width=28)
        for field in entity.fields:
            kind = f"{field.type}{f' in {field.unit}' if field.unit else ''}{', masked' if field.personal else ''}"
            needed = "yes" if field.required else ""
            table.add_row(field.name, Text(kind), needed, *(Text(value) for value in field.values))
        console.print(table)
    for reason in entity.reasons:
        console.print(Text(f"  rejected {reason}", style="yellow"))
    if entity.sent_names:
        console.print(Text(f"  the partner sends: {', '.join(entity.sent_names)}"))
