"""`sync-platform contracts release`: put down versions for good, after checking that they may be."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from sync_platform.operations.contract_release import ReleasePlan


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(
        name="release",
        short_help="Put down the declared version for good",
        help=(
            "Put down the declared version of a contract for good: a copy that nobody changes any more, beside the "
            "contract. Refused when the version does not fit what changed since the release before. With --all every "
            "contract that is no draft: all of them, or none where one is refused."
        ),
        epilog=(
            "Examples: sync-platform contracts release shop/orders --dry-run; "
            "sync-platform contracts release shop/orders --json; sync-platform contracts release --all"
        ),
    )(release)


def release(
    context: typer.Context,
    address: Annotated[str | None, typer.Argument(metavar="[SYSTEM/ENTITY]", help="Whose contract.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Every contract that is not released yet and no draft.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Files only; `sync-platform migrate` registers what was released."""
    if (address is None) is not every:
        context.fail("Missing argument 'SYSTEM/ENTITY', or --all." if address is None else "--all takes no address.")
    from sync_platform.cli.address import choose_entity
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.contract_release import plan_release, plan_releases

    systems, today = read_partner_systems(), datetime.now(UTC).date()
    if address is not None:
        plans: tuple[ReleasePlan, ...] = (plan_release(choose_entity(systems, address)[1], today=today),)
    else:
        plans = plan_releases([entity for system in systems for entity in system.entities], today=today)
    if not dry_run:
        for plan in plans:
            plan.carry_out(day=today)
    if not as_json:
        _show(plans, dry_run=dry_run)
    elif address is not None:
        print_object({"ok": True, **_told(plans[0], dry_run=dry_run)})
    else:
        print_object({"ok": True, "releases": [_told(plan, dry_run=dry_run) for plan in plans]})


def _told(plan: ReleasePlan, *, dry_run: bool) -> dict[str, Any]:
    from sync_platform.cli.contract_step import step_object

    entity = plan.entity
    return {
        "contract": entity.address,
        "id": entity.contract.id,
        "version": entity.contract.version,
        "file": plan.file,
        "already_released": plan.already,
        "written": not dry_run and not plan.already,
        "step": step_object(entity.address, plan.step),
    }


def _show(plans: tuple[ReleasePlan, ...], *, dry_run: bool) -> None:
    from sync_platform.cli.contract_step import step_text
    from sync_platform.yaml_source import shown_path

    console = stdout()
    for plan in plans:
        entity = plan.entity
        if plan.already:
            console.print(f"{entity.address} {entity.contract.version} is released already: {shown_path(plan.file)}")
            continue
        step_text(console, entity.address, plan.step)
        words = "would write" if dry_run else "released:"
        console.print(f"{words} {shown_path(plan.file)}", markup=False, soft_wrap=True)
    if not dry_run and not all(plan.already for plan in plans):
        console.print("Commit it; `sync-platform migrate` registers it in the database.", markup=False)
