"""`sync-platform doctor`: what is configured, reachable and missing."""

from __future__ import annotations

import os

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="doctor",
        short_help="Say what is configured, reachable and missing",
        help="Say what is configured, reachable and missing, never a value; exit 1 when something needed is missing.",
        epilog="Examples: sync-platform doctor; sync-platform doctor --json",
    )(doctor)


def doctor(as_json: AsJson = False) -> None:
    """Nothing is changed and no partner is asked for data."""
    from rich.table import Table
    from rich.text import Text

    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.health import examine
    from sync_platform.operations.variables_file import demo_remedy

    findings = examine(read_partner_systems(), os.environ)
    missing = [finding for finding in findings if finding.needed and not finding.ok]
    remedy = demo_remedy((finding.name for finding in missing), os.environ)
    if as_json:
        print_object(
            {
                "ok": not missing,
                "remedy": remedy,
                "findings": [
                    {
                        "area": found.area,
                        "name": found.name,
                        "ok": found.ok,
                        "needed": found.needed,
                        "detail": found.detail,
                    }
                    for found in findings
                ],
            }
        )
    else:
        table = Table("", "area", "what", "finding", box=None, pad_edge=False)
        for found in findings:
            sign, style = ("✓", "green") if found.ok else ("✗", "red")
            table.add_row(Text(sign, style=style), found.area, found.name, Text(found.detail))
        stdout().print(table)
        stdout().print("all that is needed is there" if not missing else f"{len(missing)} things are missing")
        if remedy:
            stdout().print(remedy, markup=False, soft_wrap=True)
    if missing:
        raise typer.Exit(1)
