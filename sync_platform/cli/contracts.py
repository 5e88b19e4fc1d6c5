"""`sync-platform contracts`: what each entity's data means, and the group of commands about its versions."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from sync_platform.cli import contract_check, contract_diff, contract_release, contract_versions
from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from sync_platform.contracts.contract import Contract, Field
    from sync_platform.declarations.partner_system import Entity


_SHOW = "show"


class ContractCommands(TyperGroup):
    """`contracts pos/sales` is short for `contracts show pos/sales`: an address is never a command's name."""

    # Any: typer keeps the type of the context that it passes here to itself.
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """An address, an option or nothing at all is for `show`; any other word is a command, or a mistyped one."""
        word = args[0] if args else ""
        if not word or "/" in word or (word.startswith("-") and word not in ctx.help_option_names):
            args = [_SHOW, *args]
        elif word not in (*self.commands, *ctx.help_option_names) and not get_close_matches(word, self.commands):
            ctx.fail(f"No such command '{word}', and an entity is written SYSTEM/ENTITY, like pos/sales.")
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(cls=ContractCommands, rich_markup_mode=None)
    group.command(
        name=_SHOW,
        short_help="List the contracts, or show one (what `contracts` alone does)",
        help="List the contracts, or show one with its fields and rules.",
        epilog="Examples: sync-platform contracts; sync-platform contracts pos/sales; sync-platform contracts --json",
    )(show)
    for module in (contract_diff, contract_release, contract_check, contract_versions):
        module.register(group)
    app.add_typer(
        group,
        name="contracts",
        short_help="List the contracts, show one, compare and release their versions",
        help="List the contracts, or show one with its fields and rules; compare, release and check their versions.",
        epilog="Examples: sync-platform contracts; sync-platform contracts pos/sales; sync-platform contracts diff",
    )


def show(
    address: Annotated[str | None, typer.Argument(metavar="[SYSTEM/ENTITY]", help="Show this one.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read the declarations; nothing is asked of a partner or a database."""
    # pydantic and the contract's model: 0.25 s to import.
    from sync_platform.cli.address import choose_entity
    from sync_platform.declarations.partner_system import read_partner_systems

    systems = read_partner_systems()
    if address is not None:
        _, entity = choose_entity(systems, address)
        print_object({"ok": True, **_whole(entity)}) if as_json else _show_one(entity)
        return
    entities = [entity for system in systems for entity in system.entities]
    if as_json:
        print_object({"ok": True, "contracts": [_short(entity) for entity in entities]})
    else:
        _show_all(entities)


def _short(entity: Entity) -> dict[str, Any]:
    contract = entity.contract
    return {
        "system": entity.system,
        "entity": entity.name,
        "kind": contract.kind,
        "version": contract.version,
        "key": contract.key,
        "source_version": contract.source_version.kind,
        "fields": len(contract.fields),
        "rules": len(contract.rules),
        "owner": contract.owner.name,
        "file": str(contract.file),
    }


def _whole(entity: Entity) -> dict[str, Any]:
    contract = entity.contract
    return {
        **_short(entity),
        "title": contract.title,
        "description": contract.description,
        "business_day_field": contract.business_day_field,
        "as_of_field": contract.as_of_field,
        "time_zone": str(entity.calendar.zone),
        "max_rejected": contract.max_rejected,
        "status": contract.status,
        "ends_on": contract.ends_on,
        "consumers": contract.consumers,
        "freshness": contract.freshness,
        "fields": [_field(field) for field in contract.fields],
        "rules": [
            {"rule": rule.name, "severity": rule.severity, "blocking": rule.blocking, "description": rule.description}
            for rule in contract.rules
        ],
    }


def _field(field: Field) -> dict[str, Any]:
    return {
        "name": field.name,
        "type": field.type,
        "required": field.required,
        "unit": field.unit,
        "personal": field.personal,
        "critical": field.critical,
        "time_format": field.time_format,
        "valid_values": field.valid_values,
        "description": field.description,
    }


def _show_all(entities: list[Entity]) -> None:
    # rich's tables: 0.05 s.
    from rich.table import Table

    table = Table("entity", "version", "kind", "key", "fields", "rules", "owner", box=None, pad_edge=False)
    for entity in entities:
        contract = entity.contract
        table.add_row(
            entity.address,
            contract.version,
            str(contract.kind),
            ", ".join(contract.key),
            str(len(contract.fields)),
            str(len(contract.rules)),
            contract.owner.name,
        )
    stdout().print(table)


def _show_one(entity: Entity) -> None:
    from rich.table import Table
    from rich.text import Text

    contract = entity.contract
    console = stdout()
    console.print(f"{entity.address} {contract.version}: {contract.title or contract.entity}", markup=False)
    console.print(_summary(entity, contract), markup=False)
    for words in _readers_and_end(contract):
        console.print(words, markup=False)
    fields = Table("field", "type", "needed", "unit", "meaning", box=None, pad_edge=False)
    for field in contract.fields:
        personal = " (personal)" if field.personal else ""
        key = " (key)" if field.name in contract.key else ""
        fields.add_row(
            f"{field.name}{key}",
            f"{field.type}",
            "yes" if field.required else "",
            field.unit or "",
            Text(f"{' '.join(field.description.split())}{personal}"),
        )
    console.print(fields)
    rules = Table("rule for the day", "severity", "meaning", box=None, pad_edge=False)
    for rule in contract.rules:
        rules.add_row(rule.name, str(rule.severity), Text(" ".join(rule.description.split())))
    if contract.rules:
        console.print(rules)


def _readers_and_end(contract: Contract) -> Iterator[str]:
    if contract.consumers:
        yield f"read by {', '.join(consumer.name for consumer in contract.consumers)}"
    if contract.ends_on:
        yield f"ends on {contract.ends_on}; until then its promises hold"


def _summary(entity: Entity, contract: Contract) -> str:
    day = f"business day from {contract.business_day_field}" if contract.business_day_field else "a state: today only"
    version = contract.source_version.kind
    return (
        f"key {', '.join(contract.key)}; {day} ({entity.calendar.zone}); "
        f"source version {version}; up to {contract.max_rejected:.1%} of a day's records may be rejected; "
        f"{contract.file}"
    )
