"""`sync-platform contracts diff`: what changed between two versions of a contract, what breaks, and for whom."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.errors import DeclarationError

if TYPE_CHECKING:
    from sync_platform.contracts.contract import Contract
    from sync_platform.contracts.version_step import Step
    from sync_platform.declarations.partner_system import PartnerSystem

_WHAT = "[SYSTEM/ENTITY | FILE]"


def register(group: typer.Typer) -> None:
    """Add the command."""
    group.command(
        name="diff",
        short_help="Say what changed between versions, what breaks, and for whom",
        help=(
            "Say what changed between two versions of a contract, what breaks, and for whom. Without arguments: every "
            "contract against its newest released version. Exit code 1 when a change lacks the version that it needs."
        ),
        epilog=(
            "Examples: sync-platform contracts diff; sync-platform contracts diff shop/orders; sync-platform contracts "
            "diff shop/orders --from 1.0.0 --to 1.1.0; sync-platform contracts diff old.yaml new.yaml"
        ),
    )(diff)


def diff(
    before: Annotated[str | None, typer.Argument(metavar=_WHAT, help="The contract, or the older of two.")] = None,
    after: Annotated[str | None, typer.Argument(metavar=_WHAT, help="The newer of two.")] = None,
    from_version: Annotated[str | None, typer.Option("--from", metavar="VERSION", help="A released version.")] = None,
    to_version: Annotated[str | None, typer.Option("--to", metavar="VERSION", help="A released version.")] = None,
    as_json: AsJson = False,
) -> None:
    """Files only: nothing is asked of a partner or a database."""
    from sync_platform.cli.contract_step import step_object, step_text
    from sync_platform.declarations.partner_system import read_partner_systems

    systems = read_partner_systems()
    if (after or before is None) and (from_version or to_version):
        raise typer.BadParameter("--from and --to are versions of one contract: name it, and no other.")
    steps: list[tuple[str, Step | None]]
    if before is None:
        steps = _all(systems)
    elif after is None:
        steps = [(before, _of_one(systems, before, from_version=from_version, to_version=to_version))]
    else:
        two = _of_two(systems, before, after)
        steps = [(" to ".join(dict.fromkeys((two.before.id, two.after.id))), two)]
    refused = any(step is not None and step.problems for _, step in steps)
    if as_json:
        print_object({"ok": not refused, "contracts": [step_object(name, step) for name, step in steps]})
    else:
        for name, step in steps:
            step_text(stdout(), name, step)
    if refused:
        raise typer.Exit(1)


def _all(systems: tuple[PartnerSystem, ...]) -> list[tuple[str, Step | None]]:
    from sync_platform.operations.contract_history import histories

    entities = [entity for system in systems for entity in system.entities]
    return [(history.entity.address, history.next_step()) for history in histories(entities)]


def _of_one(
    systems: tuple[PartnerSystem, ...], address: str, *, from_version: str | None, to_version: str | None
) -> Step | None:
    from sync_platform.cli.address import choose_entity
    from sync_platform.operations.contract_history import history_of

    if _is_file(address):
        raise DeclarationError(f"{address} is one file.", remedy="Name two, the older one first, or a system/entity.")
    history = history_of(choose_entity(systems, address)[1])
    after = history.of(to_version) if to_version else history.contract
    if from_version:
        return history.step(history.of(from_version), after)
    if to_version:
        older = history.before(after.semantic_version)
        return history.step(older.contract(), after) if older else None
    return history.next_step()


def _of_two(systems: tuple[PartnerSystem, ...], before: str, after: str) -> Step:
    from sync_platform.contracts.version_step import step_between

    return step_between(_contract(systems, before), _contract(systems, after))


def _contract(systems: tuple[PartnerSystem, ...], written: str) -> Contract:
    from sync_platform.cli.address import choose_entity
    from sync_platform.contracts.reader import read_contract

    return read_contract(Path(written)) if _is_file(written) else choose_entity(systems, written)[1].contract


def _is_file(written: str) -> bool:
    return written.endswith((".yaml", ".yml"))
