"""A partner system ready to use: its declaration joined with its contracts, and the reader that finds them all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract, EntityKind, FieldType
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.trading_hours import TradingCalendar
from sync_platform.declarations.files import FileDeclaration
from sync_platform.declarations.freeze import Freeze
from sync_platform.declarations.shared_contract import refuse_sharing
from sync_platform.declarations.system import EntityDeclaration, PartnerSystemDeclaration, contract_file
from sync_platform.declarations.validation import validated
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource, read_yaml, shown_path

COMPONENT_TYPE = "sync_platform.components.PartnerSystem"
DEFS_FOLDER = Path(__file__).resolve().parent.parent / "defs"


@dataclass(frozen=True)
class Entity:
    """One entity of a partner system: declaration and contract together.

    `hours` are those in which its branches sell, where that is declared. One that comes as files has a `file`; its
    `declaration` then only says how often to look and where a record's fields are: there is nothing to ask.
    """

    system: str
    declaration: EntityDeclaration
    contract: Contract
    calendar: BusinessCalendar
    hours: TradingCalendar | None = None
    freezes: tuple[Freeze, ...] = ()
    file: FileDeclaration | None = None

    @property
    def name(self) -> str:
        return self.contract.entity

    @property
    def address(self) -> str:
        """`system/entity`, as people type it."""
        return f"{self.system}/{self.name}"

    @property
    def trading(self) -> TradingCalendar | None:
        """The hours that its freshness promise counts; None where it counts all."""
        return self.hours if self.contract.freshness.in_trading_hours else None

    def freeze_at(self, moment: datetime) -> Freeze | None:
        """The freeze window that covers an aware moment; of several, the one that lasts longest."""
        covering = [freeze for freeze in self.freezes if freeze.covers(moment)]
        return max(covering, key=lambda freeze: freeze.ends_at) if covering else None

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

    @property
    def asked(self) -> tuple[Entity, ...]:
        """The entities that are asked for; the others come as files."""
        return tuple(entity for entity in self.entities if entity.file is None)

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
    _refuse_ids_of_two_systems(systems)
    return tuple(systems)


def read_partner_system(folder: Path) -> PartnerSystem:
    """The partner system declared in `folder/defs.yaml`."""
    source = read_yaml(folder / "defs.yaml")
    if not isinstance(source.data, dict) or not isinstance(source.data.get("attributes"), dict):
        raise DeclarationError(
            "the declaration has no attributes.",
            place=source.place(("attributes",)),
            remedy="Write attributes: with system, time_zone, owner, and api and entities, or files, below it.",
        )
    return join_contracts(validated(source), folder=folder, source=source)


def join_contracts(
    declaration: PartnerSystemDeclaration, *, folder: Path, source: YamlSource | None = None
) -> PartnerSystem:
    """The declaration with its contracts read and both held against each other."""
    source = source or read_yaml(folder / "defs.yaml")
    entities: list[Entity] = []
    for index, declared in enumerate(declaration.entities):
        at = ("attributes", "entities", index)
        entity = _joined(declaration, declared, entities, folder=folder, source=source, at=at)
        _check(entity, source, at)
        entities.append(entity)
    for index, file in enumerate(declaration.files):
        at = ("attributes", "files", index)
        unasked = EntityDeclaration(contract=file.contract, path="", records="@", fields=file.fields, poll=file.poll)
        entity = replace(_joined(declaration, unasked, entities, folder=folder, source=source, at=at), file=file)
        _check_fields(entity, source, at)
        entities.append(entity)
    _check_freezes(declaration, entities, source)
    _check_webhooks(declaration, entities, source)
    return PartnerSystem(declaration=declaration, entities=tuple(entities), folder=folder)


def _joined(
    declaration: PartnerSystemDeclaration,
    declared: EntityDeclaration,
    known: list[Entity],
    *,
    folder: Path,
    source: YamlSource,
    at: tuple[str | int, ...],
) -> Entity:
    file = contract_file(folder, declared)
    if not file.is_file():
        raise DeclarationError(
            f"there is no contract {declared.contract} beside this file.",
            place=source.place((*at, "contract")),
            remedy="Write it (docs/contracts.md), or correct the path.",
        )
    contract = read_contract(file)
    if any(other.name == contract.entity for other in known):
        raise DeclarationError(
            f"two contracts describe an entity {contract.entity}.",
            place=source.place((*at, "contract")),
            remedy="Rename one: the name is the asset's and the table's.",
        )
    refused = refuse_sharing(contract, (other.contract for other in known))
    if refused:
        raise DeclarationError(refused[0], place=source.place((*at, "contract")), remedy=refused[1])
    return Entity(
        declaration.system,
        declared,
        contract=contract,
        calendar=declaration.calendar,
        hours=declaration.trading,
        freezes=declaration.freezes_of(contract.entity),
    )


def _check_freezes(declaration: PartnerSystemDeclaration, entities: list[Entity], source: YamlSource) -> None:
    known = [entity.name for entity in entities]
    for index, freeze in enumerate(declaration.freezes):
        for name in freeze.entities:
            if name not in known:
                raise DeclarationError(
                    f"the freeze names {name!r}, which {declaration.system} does not have.",
                    place=source.place(("attributes", "freezes", index, "entities")),
                    remedy=f"Known: {', '.join(known)}.",
                )


def _check_webhooks(declaration: PartnerSystemDeclaration, entities: list[Entity], source: YamlSource) -> None:
    known = [entity.name for entity in entities]
    for index, webhook in enumerate(declaration.webhooks):
        for number, route in enumerate(webhook.events):
            if route.entity is not None and route.entity not in known:
                raise DeclarationError(
                    f"the webhook names {route.entity!r}, which {declaration.system} does not have.",
                    place=source.place(("attributes", "webhooks", index, "events", number, "entity")),
                    remedy=f"Known: {', '.join(known)}.",
                )


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


def _refuse_ids_of_two_systems(systems: list[PartnerSystem]) -> None:
    owners: dict[str, str] = {}
    for entity in (entity for system in systems for entity in system.entities):
        owner = owners.setdefault(entity.contract.id, entity.system)
        if owner != entity.system:
            raise DeclarationError(
                f"{owner} and {entity.system} both have a contract {entity.contract.id}.",
                place=shown_path(entity.contract.file),
                remedy="An id is one contract's for ever: give one of them another.",
            )


def _declares_system(file: Path) -> bool:
    data: Any = read_yaml(file).data
    return isinstance(data, dict) and data.get("type") == COMPONENT_TYPE


def _check(entity: Entity, source: YamlSource, at: tuple[str | int, ...]) -> None:
    """Hold the entity's declaration against its contract."""
    _check_fields(entity, source, at)
    window = entity.declaration.business_day
    if entity.is_state and window is not None:
        raise DeclarationError(
            f"{entity.address} is a state entity, which cannot be asked for a past day.",
            place=source.place((*at, "business_day")),
            remedy="Remove business_day, or write kind: event into the contract.",
        )
    if not entity.is_state and window is None:
        raise DeclarationError(
            f"{entity.address} is an event entity, and nothing says how to ask for one of its days.",
            place=source.place(at),
            remedy="Add business_day, or write kind: state into the contract.",
        )
    _check_verify(entity, source, (*at, "verify"))


def _check_fields(entity: Entity, source: YamlSource, at: tuple[str | int, ...]) -> None:
    for name, path in _named_fields(entity.declaration):
        if name not in entity.contract.columns:
            raise DeclarationError(
                f"{path[0]} names {name!r}, which the contract {entity.contract.file.name} does not have.",
                place=source.place((*at, *path)),
                remedy=f"Contract fields: {', '.join(entity.contract.columns)}.",
            )
    if entity.contract.freshness.in_trading_hours and entity.trading is None:
        raise DeclarationError(
            f"the freshness of {entity.address} counts trading hours, and none are declared.",
            place=source.place(at),
            remedy="Add trading_hours to the system, or remove freshnessCounts from the contract.",
        )


def _check_verify(entity: Entity, source: YamlSource, at: tuple[str | int, ...]) -> None:
    """Hold the figures that are asked for against what the contract has and the partner can answer."""
    verify, pages = entity.declaration.verify, entity.declaration.pages
    if verify is None:
        return
    if entity.is_state:
        raise DeclarationError(
            f"{entity.address} is a state entity: what it was on a settled day cannot be asked.",
            place=source.place(at),
            remedy="Remove verify; each complete read compares the state's count already.",
        )
    if verify.totals is None and pages.total is None and pages.total_header is None:
        raise DeclarationError(
            f"{entity.address}: nothing says how many records a day has.",
            place=source.place(at),
            remedy="Declare pages.total or pages.total_header, or verify.totals.",
        )
    if verify.windows:
        cut_by = entity.contract.field(verify.windows.field)
        is_moment = cut_by.type is FieldType.TIMESTAMP
        if not (is_moment and cut_by.required):
            why = "may be missing, so that parts would not add up" if is_moment else "is no timestamp"
            raise DeclarationError(
                f"a day is cut at moments, and {cut_by.name} {why}.",
                place=source.place((*at, "windows", "field")),
                remedy="Name a required timestamp field of the contract.",
            )
    for summed in verify.totals.sums if verify.totals else ():
        name, _, item = summed.partition("[].")
        wanted = {FieldType.JSON} if item else {FieldType.INTEGER, FieldType.DECIMAL}
        if entity.contract.field(name).type not in wanted:
            raise DeclarationError(
                f"{summed} cannot be summed: {name} is {entity.contract.field(name).type}.",
                place=source.place((*at, "totals", "sums", summed)),
                remedy="Sum an integer or number, or write list[].name for what each item of an array has.",
            )


def _named_fields(declared: EntityDeclaration) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every contract field that the declaration names, and where it names it."""
    yield from ((name, ("fields", name)) for name in declared.fields)
    if declared.changed_since:
        yield from ((name, ("changed_since", "field")) for name in declared.changed_since.field)
    if declared.recheck:
        yield declared.recheck.field, ("recheck", "field")
    yield from ((name, ("known_as", kind)) for kind, names in declared.known_as.items() for name in names)
    yield from ((name, ("belongs_to", kind)) for kind, name in declared.belongs_to.items())
    if declared.verify and declared.verify.windows:
        yield declared.verify.windows.field, ("verify", "windows", "field")
    if declared.verify and declared.verify.totals:
        sums = declared.verify.totals.sums
        yield from ((name.partition("[].")[0], ("verify", "totals", "sums", name)) for name in sums)
