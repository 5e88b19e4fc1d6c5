"""Under which numbers records are known to which systems, as declared; a record is found by them, landed or not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from sync_platform.contracts.contract import FieldType
from sync_platform.contracts.record import key_text
from sync_platform.declarations.partner_system import Entity


@dataclass(frozen=True, order=True)
class Identifier:
    """A number of one kind, like receipt 4711. Numbers are compared as text: one system's integer is another's text."""

    kind: str
    value: str


def known_as(entity: Entity) -> dict[str, tuple[str, ...]]:
    """The fields by which others know a record, by kind; undeclared, a key of one field is of a kind of its own."""
    declared = entity.declaration.known_as
    if declared or len(entity.contract.key) != 1 or entity.is_state:
        return dict(declared)
    return {f"{entity.address}.{entity.contract.key[0]}": entity.contract.key}


def identifiers_of(entity: Entity, values: dict[str, Any]) -> set[Identifier]:
    """What a record is known as and, one way, what it belongs to. Empty values identify nothing."""
    links = {kind: (field,) for kind, field in entity.declaration.belongs_to.items()}
    pairs = [*known_as(entity).items(), *links.items()]
    return {
        Identifier(kind, str(values[field]))
        for kind, fields in pairs
        for field in fields
        if values.get(field) not in (None, "")
    }


def keys_named(entity: Entity, identifiers: Iterable[Identifier]) -> set[str]:
    """The key texts that the numbers would be here, landed or not; none where a key has several fields."""
    if len(entity.contract.key) != 1:
        return set()
    (field,) = entity.contract.key
    values = {one.value for one in identifiers if field in known_as(entity).get(one.kind, ())}
    if entity.contract.field(field).type is not FieldType.INTEGER:
        return {key_text((value,)) for value in values}
    return {key_text((int(value),)) for value in values if value.isascii() and value.isdigit() and len(value) < 20}


def identifiers_in(entity: Entity, payload: bytes) -> set[Identifier]:
    """The same of a record as the partner sent it, however broken; nothing where it is no JSON."""
    try:
        document = json.loads(payload or b"")
    except (ValueError, RecursionError):
        return set()
    return {Identifier(kind, str(value)) for kind, value in _searched(entity, document)}


def _searched(entity: Entity, document: Any) -> Iterator[tuple[str, Any]]:
    for kind, fields in known_as(entity).items():
        for field in fields:
            try:
                value = _compiled(entity.declaration.fields.get(field, field)).search(document)
            except JMESPathError:
                continue
            if isinstance(value, str | int) and value != "":
                yield kind, value


@cache
def _compiled(expression: str) -> Any:
    return jmespath.compile(expression)
