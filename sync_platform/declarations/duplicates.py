"""Where customers are, and which fields tell who somebody is: what `defs/duplicates/defs.yaml` declares."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, ValidationError, WithJsonSchema

from sync_platform.declarations.model import Declared, Duration
from sync_platform.declarations.partner_system import DEFS_FOLDER, Entity, PartnerSystem, find_entity
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import read_yaml

COMPONENT_TYPE = "sync_platform.components.Duplicates"


def _share(value: Any) -> Decimal:
    text = str(value)
    if isinstance(value, Decimal):
        return value
    if not text.endswith("%") or not text[:-1].replace(".", "", 1).isdigit() or Decimal(text[:-1]) > 100:
        raise ValueError(f"{value!r} is not a percentage, like 5%")
    return Decimal(text[:-1]) / 100


Share = Annotated[
    Decimal,
    BeforeValidator(_share),
    PlainSerializer(lambda share: f"{share * 100:f}%", return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\d+(\.\d+)?%$", "examples": ["5%"]}),
]


class CustomerSource(Declared):
    """An entity of customers, and its fields: `name` may be several, put together in their order."""

    entity: str = Field(pattern=r"^[a-z][a-z0-9_]*/[a-z][a-z0-9_]*$")
    name: tuple[str, ...] = Field(min_length=1)
    phone: str | None = None
    email: str | None = None
    town: str | None = None


class DuplicatesDeclaration(Declared):
    """`country`, ISO 3166-1 alpha-2, is where numbers without a country code were dialled.

    `most_surplus` is the share of one system's records that may be copies before the check warns; `every` is how often
    the comparison is made when customers changed.
    """

    owner: str
    country: str = Field(pattern=r"^[A-Z]{2}$")
    most_surplus: Share = Field(default="5%", validate_default=True)
    every: Duration = Field(default="5m", validate_default=True)
    customers: tuple[CustomerSource, ...] = Field(min_length=1)


@dataclass(frozen=True)
class DeclaredCustomers:
    """One source with the entity that it names."""

    source: CustomerSource
    entity: Entity


def customer_sources(
    declaration: DuplicatesDeclaration, systems: tuple[PartnerSystem, ...]
) -> tuple[DeclaredCustomers, ...]:
    """The declared sources with their entities. Raises DeclarationError for an entity or field that there is not."""
    found: list[DeclaredCustomers] = []
    for source in declaration.customers:
        entity = find_entity(systems, source.entity)[1]
        if any(other.entity.system == entity.system for other in found):
            raise DeclarationError(
                f"duplicates: two entities of {entity.system} are named; records are told apart by system and key.",
                remedy="Name one entity of customers for each system.",
            )
        if not entity.is_state:
            raise DeclarationError(
                f"duplicates: {source.entity} is an event entity; customers are a state.",
                remedy="Write kind: state into its contract.",
            )
        for name in filter(None, (*source.name, source.phone, source.email, source.town)):
            if name not in entity.contract.columns:
                raise DeclarationError(
                    f"duplicates: {source.entity} has no field {name!r}.",
                    remedy=f"Its fields are {', '.join(entity.contract.columns)}.",
                )
        found.append(DeclaredCustomers(source, entity))
    return tuple(found)


def read_duplicates(defs: Path = DEFS_FOLDER) -> DuplicatesDeclaration:
    """The declared comparison. Raises DeclarationError with file and line, also when there is none."""
    found = find_duplicates(defs)
    if found is None:
        raise DeclarationError(
            "no customers are declared to be compared.",
            remedy=f"Write sync_platform/defs/duplicates/defs.yaml with type: {COMPONENT_TYPE}; "
            "docs/duplicates.md says how.",
        )
    return found


def find_duplicates(defs: Path = DEFS_FOLDER) -> DuplicatesDeclaration | None:
    """The declared comparison, or None. Raises DeclarationError with file and line for a wrong one."""
    for file in sorted(defs.glob("*/defs.yaml")):
        source = read_yaml(file)
        if not isinstance(source.data, dict) or source.data.get("type") != COMPONENT_TYPE:
            continue
        try:
            return DuplicatesDeclaration.model_validate(source.data.get("attributes"))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            raise DeclarationError(
                f"{'.'.join(map(str, first['loc'])) or 'attributes'}: {first['msg'].removeprefix('Value error, ')}.",
                place=source.place(("attributes", *first["loc"])),
            ) from error
    return None
