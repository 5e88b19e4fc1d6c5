"""A partner system ready to use: its declaration joined with its contracts, and the reader that finds them all."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract, EntityKind
from sync_platform.contracts.reader import read_contract
from sync_platform.declarations.system import EntityDeclaration, PartnerSystemDeclaration, contract_file
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource, read_yaml

COMPONENT_TYPE = "sync_platform.components.PartnerSystem"
DEFS_FOLDER = Path(__file__).resolve().parent.parent / "defs"


@dataclass(frozen=True)
class Entity:
    """One entity of a partner system: declaration and contract together."""

    system: str
    declaration: EntityDeclaration
    contract: Contract
    calendar: BusinessCalendar

    @property
    def name(self) -> str:
        return self.contract.entity

    @property
    def address(self) -> str:
        """`system/entity`, as people type it."""
        return f"{self.system}/{self.name}"

    @property
    def is_state(self) -> bool:
        return self.contract.kind is EntityKind.STATE

    @property
    def table(self) -> str:
        """The landing table's name, in schema `landing`."""
        return f"{self.system}__{self.name}"


@dataclass(frozen=True)
class PartnerSystem:
    """A declared partner system with its entities in declared order."""

    declaration: PartnerSystemDeclaration
    entities: tuple[Entity, ...]
    folder: Path

    @property
    def name(self) -> str:
        return self.declaration.system

    def entity(self, name: str) -> Entity:
        """The entity of that name. Raises DeclarationError that lists the known ones."""
        for entity in self.entities:
            if entity.name == name:
                return entity
        known = ", ".join(entity.name for entity in self.entities)
        raise DeclarationError(f"{self.name} has no entity {name!r}.", remedy=f"Known: {known}.")


def read_partner_systems(defs: Path = DEFS_FOLDER) -> tuple[PartnerSystem, ...]:
    """Every declared partner system below `defs`, by name. Raises DeclarationError with file and line."""
    systems = [read_partner_system(file.parent) for file in sorted(defs.glob("*/defs.yaml")) if _declares_system(file)]
    names = [system.name for system in systems]
    for name in names:
        if names.count(name) > 1:
            raise DeclarationError(f"two folders declare the system {name}.", remedy="Rename or remove one.")
    return tuple(systems)


def read_partner_system(folder: Path) -> PartnerSystem:
    """The partner system declared in `folder/defs.yaml`."""
    source = read_yaml(folder / "defs.yaml")
    if not isinstance(source.data, dict) or not isinstance(source.data.get("attributes"), dict):
        raise DeclarationError("the declaration has no attributes.", place=source.place())
    return join_contracts(_validated(source), folder=folder, source=source)


def join_contracts(
    declaration: PartnerSystemDeclaration, *, folder: Path, source: YamlSource | None = None
) -> PartnerSystem:
    """The declaration with its contracts read and both held against each other."""
    source = source or read_yaml(folder / "defs.yaml")
    entities = []
    for index, declared in enumerate(declaration.entities):
        at = ("attributes", "entities", index)
        entity = Entity(
            system=declaration.system,
            declaration=declared,
            contract=read_contract(contract_file(folder, declared)),
            calendar=declaration.calendar,
        )
        _check_fields(entity, source, at)
        entities.append(entity)
    return PartnerSystem(declaration=declaration, entities=tuple(entities), folder=folder)


def find_entity(systems: tuple[PartnerSystem, ...], address: str) -> tuple[PartnerSystem, Entity]:
    """The system and entity of `system/entity`. Raises DeclarationError that lists what exists."""
    system_name, _, entity_name = address.partition("/")
    system = find_system(systems, system_name)
    if not entity_name:
        known = ", ".join(entity.address for entity in system.entities)
        raise DeclarationError(f"{address!r} names no entity.", remedy=f"Choose from {known}.")
    return system, system.entity(entity_name)


def find_system(systems: tuple[PartnerSystem, ...], name: str) -> PartnerSystem:
    """The system of that name. Raises DeclarationError that lists what exists."""
    for system in systems:
        if system.name == name:
            return system
    known = ", ".join(system.name for system in systems) or "none"
    raise DeclarationError(f"there is no partner system {name!r}.", remedy=f"Declared: {known}.")


def _declares_system(file: Path) -> bool:
    data: Any = read_yaml(file).data
    return isinstance(data, dict) and data.get("type") == COMPONENT_TYPE


def _validated(source: YamlSource) -> PartnerSystemDeclaration:
    try:
        return PartnerSystemDeclaration.model_validate(source.data["attributes"])
    except ValidationError as error:
        first = error.errors()[0]
        path = ("attributes", *first["loc"])
        place = source.place([step for step in path if step in ("attributes",) or not _is_union_tag(step, source, path)])
        raise DeclarationError(
            f"{'.'.join(str(step) for step in first['loc'])}: {first['msg']}.",
            place=place,
            remedy="See docs/declarations.md.",
        ) from error


def _is_union_tag(step: str | int, source: YamlSource, path: tuple[str | int, ...]) -> bool:
    """Pydantic puts the chosen kind of a discriminated union into the path; the YAML has no such key."""
    node: Any = source.data
    for part in path:
        present = (isinstance(node, dict) and part in node) or (
            isinstance(node, list) and isinstance(part, int) and part < len(node)
        )
        if part == step and not present:
            return isinstance(node, dict) and node.get("kind") == step
        if present:
            node = node[part]  # type: ignore[index]
    return False


def _check_fields(entity: Entity, source: YamlSource, at: tuple[str | int, ...]) -> None:
    known = set(entity.contract.columns)
    declared = entity.declaration
    named = {**dict.fromkeys(declared.fields, "fields")}
    if declared.changed_since:
        named |= dict.fromkeys(declared.changed_since.field, "changed_since")
    if declared.recheck:
        named[declared.recheck.field] = "recheck"
    for name, part in named.items():
        if name not in known:
            raise DeclarationError(
                f"{part} names {name!r}, which the contract {entity.contract.file.name} does not have.",
                place=source.place((*at, part, name)),
                remedy=f"Contract fields: {', '.join(entity.contract.columns)}.",
            )
    if entity.is_state and declared.business_day is not None:
        raise DeclarationError(
            "a state entity cannot be asked for a past day.", place=source.place((*at, "business_day")), remedy="Remove it."
        )
    if not entity.is_state and declared.business_day is None:
        raise DeclarationError(
            "an event entity needs `business_day`: how to ask for one day.", place=source.place(at)
        )
