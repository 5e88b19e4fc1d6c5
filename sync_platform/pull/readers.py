"""The record reader and row writer of each entity, built once per process."""

from __future__ import annotations

from dataclasses import dataclass

from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.row import RowWriter


@dataclass(frozen=True)
class EntityTools:
    """What turns an entity's records into rows."""

    table: EntityTable
    reader: RecordReader
    writer: RowWriter


_built: dict[tuple[str, str, str, int], EntityTools] = {}


def entity_tools(entity: Entity) -> EntityTools:
    """The entity's tools. Building them compiles its expressions and structs, so it is done once per declaration."""
    key = (entity.system, entity.name, entity.contract.version, id(entity.contract))
    if key not in _built:
        contract = entity.contract
        _built[key] = EntityTools(
            table=EntityTable(system=entity.system, contract=contract),
            reader=RecordReader(contract, picks=entity.declaration.fields, calendar=entity.calendar),
            writer=RowWriter(contract),
        )
    return _built[key]
