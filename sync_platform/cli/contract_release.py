"""`sync-platform contracts release`: put down a version for good, after checking that it may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(
        name="release",
        short_help="Put down the declared version for good",
        help=(
            "Put down the declared version of a contract for good: a copy that nobody changes any more, beside the "
            "contract. Refused when the version does not fit what changed since the release before."
        ),
        epilog=(
            "Examples: sync-platform contracts release shop/orders --dry-run; "
            "sync-platform contracts release shop/orders --json"
        ),
    )(release)


def release(
    address: Annotated[str, typer.Argument(metavar="SYSTEM/ENTITY", help="Whose contract.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Files only; `sync-platform migrate` registers what was released."""
    from sync_platform.cli.address import choose_entity
    from sync_platform.cli.contract_step import step_object, step_text
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.contract_release import plan_release
    from sync_platform.yaml_source import shown_path

    _, entity = choose_entity(read_partner_systems(), address)
    today = datetime.now(UTC).date()
    plan = plan_release(entity, today=today)
    if not dry_run:
        plan.carry_out(day=today)
    if as_json:
        print_object(
            {
                "ok": True,
                "contract": entity.address,
                "id": entity.contract.id,
                "version": entity.contract.version,
                "file": plan.file,
                "already_released": plan.already,
                "written": not dry_run and not plan.already,
                "step": step_object(entity.address, plan.step),
            }
        )
        return
    console = stdout()
    if plan.already:
        console.print(f"{entity.address} {entity.contract.version} is released already: {shown_path(plan.file)}")
        return
    step_text(console, entity.address, plan.step)
    words = "would write" if dry_run else "released:"
    console.print(f"{words} {shown_path(plan.file)}", markup=False, soft_wrap=True)
    if not dry_run:
        console.print("Commit it; `sync-platform migrate` registers it in the database.", markup=False)
