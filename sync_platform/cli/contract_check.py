"""`sync-platform contracts check`: what CI runs before a changed contract lands."""

from __future__ import annotations

from datetime import UTC, datetime

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(
        name="check",
        short_help="Refuse changes that lack the version that they need",
        help=(
            "Refuse a released version that was changed, a change whose version is raised too little, and a new major "
            "version while nobody has announced the end of the old one. Exit code 1 when something is refused."
        ),
        epilog="Examples: sync-platform contracts check; sync-platform contracts check --json",
    )(check)


def check(as_json: AsJson = False) -> None:
    """Files only: nothing is asked of a partner or a database."""
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.contract_check import check_contracts

    systems = read_partner_systems()
    findings = check_contracts(systems, today=datetime.now(UTC).date())
    refused = [finding for finding in findings if finding.refused]
    if as_json:
        found = [{"contract": one.address, "refused": one.refused, "message": one.message} for one in findings]
        print_object({"ok": not refused, "findings": found})
    else:
        for finding in findings:
            sign = "refused" if finding.refused else "ended"
            stdout().print(f"{finding.address}: {sign}: {finding.message}", markup=False, soft_wrap=True)
        number = sum(len(system.entities) for system in systems)
        stdout().print(f"{len(refused)} refused" if refused else f"{number} contracts have the versions that they need")
    if refused:
        raise typer.Exit(1)
