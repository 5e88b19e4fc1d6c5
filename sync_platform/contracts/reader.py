"""Reads an Open Data Contract Standard 3.1 document into a Contract; every error names file, line and remedy."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from open_data_contract_standard.model import OpenDataContractStandard, SchemaObject, Team
from pydantic import ValidationError

from sync_platform.contracts.business_record import NAME as BUSINESS_DUPLICATES
from sync_platform.contracts.business_record import business_record_rule
from sync_platform.contracts.consumer_reader import read_consumers
from sync_platform.contracts.contract import (
    DRAFT,
    DRIFT_CHECKS,
    OFF,
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    Owner,
    Rule,
    Severity,
    SourceVersion,
    UnknownFields,
    VersionKind,
)
from sync_platform.contracts.duration import read_duration
from sync_platform.contracts.end_reader import read_end
from sync_platform.contracts.field_reader import NAME, Place, custom_properties, place_of_property, read_fields
from sync_platform.contracts.rule_reader import read_rules
from sync_platform.contracts.semantic_version import read_version
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource, read_yaml

_PROPERTIES = {
    "kind",
    "sourceVersion",
    "businessDay",
    "asOf",
    "branch",
    "maxRejected",
    "freshnessCounts",
    "consumers",
    "businessRecord",
    "unknownFields",
    "drift",
}
STATUSES = (DRAFT, "active", "deprecated")
_DAY_TYPES = (FieldType.DATE, FieldType.TIMESTAMP)
_VERSION_TYPES = (FieldType.TIMESTAMP, FieldType.INTEGER)

Choice = TypeVar("Choice", bound=StrEnum)


def read_contract(file: Path) -> Contract:
    """The contract in `file`. Raises DeclarationError naming the line of what is wrong."""
    source = read_yaml(file)
    document = _parse(source)
    if not document.schema_ or len(document.schema_) != 1:
        raise _error(source, ("schema",), "a contract describes exactly one entity.", "Write one file for each.")
    return _Reader(source, document, document.schema_[0]).contract()


def _parse(source: YamlSource) -> OpenDataContractStandard:
    if not isinstance(source.data, dict):
        raise _error(source, (), "not a contract: the document is not a mapping.", "Begin with apiVersion: v3.1.0.")
    version = str(source.data.get("apiVersion", ""))
    if not version.startswith("v3."):
        raise _error(source, ("apiVersion",), f"apiVersion {version!r} is not supported.", "Write apiVersion: v3.1.0.")
    try:
        # The standard's own model lets unknown keys pass below the top level: `requird: true` would promise nothing.
        return OpenDataContractStandard.model_validate(source.data, extra="forbid")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(step) for step in first["loc"]) or "the document"
        if first["type"] == "extra_forbidden":
            remedy = "Check the spelling; what is our own goes into customProperties."
            raise _error(source, first["loc"], f"the standard has no {where}.", remedy) from error
        remedy = (
            f'Write it in quotes: "{first["input"]}".' if isinstance(first["input"], date) else "See docs/contracts.md."
        )
        raise _error(source, first["loc"], f"{where}: {first['msg']}.", remedy) from error


class _Reader:
    """One pass over one document; keeps the place for errors."""

    def __init__(self, source: YamlSource, document: OpenDataContractStandard, entity: SchemaObject) -> None:
        self._source = source
        self._document = document
        self._entity = entity
        self._at: Place = ("schema", 0)

    def contract(self) -> Contract:
        document, entity = self._document, self._entity
        for name in ("id", "version"):
            if not getattr(document, name):
                raise _error(self._source, (), f"the contract has no {name}.", f"Add {name}: … at the top level.")
        own = custom_properties(
            self._source, entity.customProperties, known=_PROPERTIES, at=(*self._at, "customProperties")
        )
        fields = self._fields()
        key = self._key()
        kind = self._choice(EntityKind, own.get("kind"), "kind")
        return Contract(
            id=str(document.id),
            version=self._version(),
            entity=self._entity_name(),
            kind=kind,
            title=entity.businessName or document.name or self._entity_name(),
            description=(entity.description or "").strip(),
            fields=fields,
            key=key,
            source_version=self._source_version(own, fields),
            business_day_field=self._business_day(own, fields, kind),
            as_of_field=self._named_field(own, "asOf", fields, (FieldType.TIMESTAMP,)),
            branch_field=self._named_field(own, "branch", fields, (FieldType.TEXT,)),
            max_rejected=self._share(own.get("maxRejected", "5%")),
            rules=(
                *read_rules(self._source, entity, fields=fields, key=key, at=tuple(self._at)),
                *self._business_record(own, fields, key),
            ),
            freshness=self._freshness(own),
            owner=self._owner(),
            tags=tuple(document.tags or ()),
            file=self._source.file,
            status=self._status(),
            consumers=read_consumers(
                self._source,
                own.get("consumers"),
                fields=fields,
                at=(*self._at, *place_of_property(entity.customProperties, "consumers"), "value"),
            ),
            ends_on=read_end(self._source, document.slaProperties or ()),
            unknown_fields=self._choice(UnknownFields, own.get("unknownFields", "evolve"), "unknownFields"),
            drift=self._drift(own.get("drift", {})),
        )

    def _version(self) -> str:
        try:
            return str(read_version(str(self._document.version)))
        except ValueError as error:
            raise _error(self._source, ("version",), f"{error}.", "See docs/contracts.md, Versions.") from error

    def _status(self) -> str:
        status = self._document.status or "active"
        if status not in STATUSES:
            raise _error(self._source, ("status",), f"status is {status!r}.", f"Choose from {', '.join(STATUSES)}.")
        return status

    def _entity_name(self) -> str:
        name = self._entity.name or ""
        if not NAME.fullmatch(name):
            remedy = "Use lower case letters, digits and _, at most 40; begin with a letter."
            raise _error(self._source, (*self._at, "name"), f"{name!r} is not an entity name.", remedy)
        return name

    def _fields(self) -> tuple[Field, ...]:
        fields = read_fields(self._source, self._entity.properties or (), at=(*self._at, "properties"))
        if not fields:
            raise _error(self._source, self._at, "the entity has no properties.", "List its fields under properties.")
        return fields

    def _key(self) -> tuple[str, ...]:
        keyed = [item for item in self._entity.properties or () if item.primaryKey]
        if not keyed:
            remedy = "Mark the fields that identify a record: primaryKey: true."
            raise _error(self._source, (*self._at, "properties"), "no property is a primaryKey.", remedy)
        return tuple(item.name or "" for item in sorted(keyed, key=lambda item: item.primaryKeyPosition or 0))

    def _source_version(self, own: dict[str, Any], fields: tuple[Field, ...]) -> SourceVersion:
        declared = own.get("sourceVersion")
        if not isinstance(declared, dict):
            raise self._property_error(
                "sourceVersion",
                "the contract does not say how versions of a record are ordered.",
                "Add {property: sourceVersion, value: {kind: strict | coarse | none, fields: [...]}}.",
            )
        kind = self._choice(VersionKind, declared.get("kind"), "sourceVersion.kind")
        names = tuple(declared.get("fields") or ())
        fitting = [field.name for field in fields if field.type in _VERSION_TYPES]
        for name in names:
            if name not in fitting:
                raise self._property_error(
                    "sourceVersion",
                    f"sourceVersion names {name!r}, which is no timestamp or integer field.",
                    f"Choose from {', '.join(fitting) or 'none: add such a field'}.",
                )
        if bool(names) == (kind is VersionKind.NONE):
            raise self._property_error(
                "sourceVersion",
                f"sourceVersion is of kind {kind} with {len(names)} fields.",
                "Kind none has no fields, strict and coarse name at least one.",
            )
        return SourceVersion(kind=kind, fields=names)

    def _business_day(self, own: dict[str, Any], fields: tuple[Field, ...], kind: EntityKind) -> str | None:
        name = self._named_field(own, "businessDay", fields, _DAY_TYPES)
        if name is None and kind is EntityKind.EVENT:
            raise self._property_error(
                "businessDay",
                "an event entity needs the field that tells its business day.",
                "Add {property: businessDay, value: FIELD}.",
            )
        return name

    def _named_field(
        self, own: dict[str, Any], name: str, fields: tuple[Field, ...], types: tuple[FieldType, ...]
    ) -> str | None:
        value = own.get(name)
        fitting = [field.name for field in fields if field.type in types]
        if value is None or value in fitting:
            return value
        raise self._property_error(
            name,
            f"{name} names {value!r}, which is no {' or '.join(types)} field.",
            f"Choose from {', '.join(fitting) or 'none: add such a field'}.",
        )

    def _business_record(
        self, own: dict[str, Any], fields: tuple[Field, ...], key: tuple[str, ...]
    ) -> tuple[Rule, ...]:
        if "businessRecord" not in own:
            return ()
        at = place_of_property(self._entity.customProperties, "businessRecord")
        place = self._source.place((*self._at, *at))
        if any(quality.name == BUSINESS_DUPLICATES for quality in self._entity.quality or ()):
            raise DeclarationError(f"two rules are named {BUSINESS_DUPLICATES}.", place=place, remedy="Rename yours.")
        return (business_record_rule(own["businessRecord"], fields=fields, key=key, place=place),)

    def _share(self, value: Any) -> Decimal:
        match = re.fullmatch(r"(\d+(?:\.\d+)?)%", str(value))
        if not match or Decimal(match.group(1)) > 100:
            raise self._property_error("maxRejected", f"maxRejected {value!r} is not a percentage.", "Write it as 5%.")
        return Decimal(match.group(1)) / 100

    def _drift(self, declared: Any) -> dict[str, str]:
        """Severities of the statistical checks by their names."""
        severities = (*Severity, OFF)
        if isinstance(declared, dict):
            # YAML reads a bare `off` as false.
            chosen = {name: OFF if severity is False else severity for name, severity in declared.items()}
            if chosen.keys() <= DRIFT_CHECKS and all(severity in severities for severity in chosen.values()):
                return {name: str(severity) for name, severity in chosen.items()}
        raise self._property_error(
            "drift",
            f"drift is {declared!r}.",
            f"Write {{CHECK: SEVERITY}} with {', '.join(sorted(DRIFT_CHECKS))} and {', '.join(severities)}.",
        )

    def _freshness(self, own: dict[str, Any]) -> Freshness:
        max_age, closed_by = None, None
        for index, promise in enumerate(self._document.slaProperties or ()):
            at = ("slaProperties", index, "value")
            if promise.property == "freshness":
                try:
                    max_age = read_duration(f"{promise.value}{promise.unit or ''}")
                except ValueError as error:
                    raise _error(self._source, at, f"freshness: {error}.", "Write value: 15, unit: m.") from error
            elif promise.property == "timeOfAvailability":
                closed_by = str(promise.value)
                if not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", closed_by):
                    message = f"timeOfAvailability {promise.value!r} is no local time."
                    raise _error(self._source, at, message, 'Write it in quotes, like "09:00".')
        counts = own.get("freshnessCounts", "all_hours")
        if counts not in ("all_hours", "trading_hours"):
            remedy = "Choose from all_hours, trading_hours."
            raise self._property_error("freshnessCounts", f"freshnessCounts is {counts!r}.", remedy)
        return Freshness(max_age=max_age, closed_by=closed_by, in_trading_hours=counts == "trading_hours")

    def _owner(self) -> Owner:
        team = self._document.team
        members = team.members or [] if isinstance(team, Team) else team or []
        name = (team.name if isinstance(team, Team) else None) or next((m.name or m.username for m in members), None)
        if not name:
            remedy = "Write team: {name: …, members: [{username: …}]}."
            raise _error(self._source, ("team",), "nobody owns this data.", remedy)
        return Owner(name=name, notify=tuple(m.username for m in members if m.username))

    def _choice(self, choices: type[Choice], value: Any, name: str) -> Choice:
        try:
            return choices(value)
        except ValueError as error:
            remedy = f"Choose from {', '.join(choices)}."
            raise self._property_error(name.partition(".")[0], f"{name} is {value!r}.", remedy) from error

    def _property_error(self, name: str, message: str, remedy: str) -> DeclarationError:
        """An error in one of the entity's custom properties, or in its not being there."""
        at = place_of_property(self._entity.customProperties, name)
        return _error(self._source, (*self._at, *at), message, remedy)


def _error(source: YamlSource, path: Place, message: str, remedy: str) -> DeclarationError:
    return DeclarationError(message, place=source.place(path), remedy=remedy)
