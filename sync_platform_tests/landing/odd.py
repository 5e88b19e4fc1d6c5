"""Contracts made in the test: any fields, any names, without a file."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import time
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import (
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    Owner,
    SourceVersion,
    VersionKind,
)
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.system import EntityDeclaration

CALENDAR = BusinessCalendar(ZoneInfo("Asia/Colombo"), time(0))


def field(name: str, type_: FieldType = FieldType.TEXT, *, required: bool = False, **more: Any) -> Field:
    return Field(name=name, type=type_, required=required, description=f"The {name}.", **more)


def contract(
    *fields: Field, entity: str = "things", key: Sequence[str] = ("id",), version: str = "1.0.0", **more: Any
) -> Contract:
    """A state-like event entity without a version; `id` is its key unless told otherwise."""
    values: dict[str, Any] = {
        "id": entity,
        "version": version,
        "entity": entity,
        "kind": EntityKind.EVENT,
        "title": entity,
        "description": "Things.",
        "fields": fields,
        "key": tuple(key),
        "source_version": SourceVersion(VersionKind.NONE),
        "business_day_field": None,
        "as_of_field": None,
        "branch_field": None,
        "max_rejected": Decimal("0.05"),
        "rules": (),
        "freshness": Freshness(),
        "owner": Owner("Tests"),
        "tags": (),
        "file": Path("things.yaml"),
    }
    return Contract(**{**values, **more})


def entity_of(made: Contract, *, system: str = "odd") -> Entity:
    declaration = EntityDeclaration(contract="things.yaml", path="/things", records="things")
    return Entity(system, declaration, contract=made, calendar=CALENDAR)
