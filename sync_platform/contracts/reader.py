"""Reads an Open Data Contract Standard 3.1 document into a Contract; every error names file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from open_data_contract_standard.model import (
    CustomProperty,
    OpenDataContractStandard,
    SchemaObject,
    SchemaProperty,
    Team,
)
from pydantic import ValidationError

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
from sync_platform.contracts.duration import read_duration
from sync_platform.contracts.rule_reader import read_rules
from sync_platform.contracts.time_format import TimeFormat
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource, read_yaml

Path_ = Sequence[str | int]

# PostgreSQL cuts identifiers at 63 bytes; landing tables add the system's name in front of the entity's.
NAME = re.compile(r"^[a-z][a-z0-9_]{0,39}$")

_TYPES = {
    "string": FieldType.TEXT,
    "integer": FieldType.INTEGER,
    "number": FieldType.DECIMAL,
    "boolean": FieldType.BOOLEAN,
    "date": FieldType.DATE,
    "timestamp": FieldType.TIMESTAMP,
    "object": FieldType.JSON,
    "array": FieldType.JSON,
}
_ENTITY_PROPERTIES = {"kind", "sourceVersion", "businessDay", "asOf", "branch", "maxRejected"}
_FIELD_PROPERTIES = {"unit", "timeFormat", "precision", "scale"}
_PERSONAL = {"personal", "sensitive", "pii"}


def read_contract(file: Path) -> Contract:
    """The contract in `file`. Raises DeclarationError naming the line of what is wrong."""
    source = read_yaml(file)
    document = _parse(source)
    if not document.schema_ or len(document.schema_) != 1:
        raise _error(source, ("schema",), "a contract describes exactly one entity.", "Split it into one file each.")
    return _Reader(source, document, document.schema_[0]).contract()


def _parse(source: YamlSource) -> OpenDataContractStandard:
    if not isinstance(source.data, dict):
        raise _error(source, (), "not a contract: the document is not a mapping.")
    api_version = str(source.data.get("apiVersion", ""))
    if not api_version.startswith("v3."):
        raise _error(source, ("apiVersion",), f"apiVersion {api_version!r} is not supported.", "Write apiVersion: v3.1.0.")
    try:
        return OpenDataContractStandard.model_validate(source.data)
    except ValidationError as error:
        first = error.errors()[0]
        raise _error(source, first["loc"], f"{_dotted(first['loc'])}: {first['msg']}.") from error


class _Reader:
    """One pass over one document; keeps the place for errors."""

    def __init__(self, source: YamlSource, document: OpenDataContractStandard, entity: SchemaObject) -> None:
        self.source = source
        self.document = document
        self.entity = entity
        self.at: tuple[str | int, ...] = ("schema", 0)

    def contract(self) -> Contract:
        document = self.document
        for name in ("id", "version"):
            if not getattr(document, name):
                raise _error(self.source, (), f"the contract has no {name}.", f"Add {name}: … at the top level.")
        properties = self._custom(self.entity.customProperties, _ENTITY_PROPERTIES, (*self.at, "customProperties"))
        fields = tuple(self._field(index, item) for index, item in enumerate(self.entity.properties or ()))
        if not fields:
            raise self._fail("the entity has no properties.", "List its fields under properties.")
        kind = self._choice(EntityKind, properties.get("kind"), "kind")
        contract = Contract(
            id=str(document.id),
            version=str(document.version),
            entity=self._entity_name(),
            kind=kind,
            title=self.entity.businessName or document.name or self._entity_name(),
            description=(self.entity.description or "").strip(),
            fields=fields,
            key=self._key(),
            source_version=self._source_version(properties, fields),
            business_day_field=self._named_field(properties, "businessDay", fields),
            as_of_field=self._named_field(properties, "asOf", fields),
            branch_field=self._named_field(properties, "branch", fields),
            max_rejected=self._share(properties.get("maxRejected", "5%")),
            rules=read_rules(self.source, self.entity, fields=fields, key=self._key(), at=self.at),
            freshness=self._freshness(),
            owner=self._owner(),
            tags=tuple(document.tags or ()),
            file=self.source.file,
        )
        if kind is EntityKind.EVENT and contract.business_day_field is None:
            raise self._fail(
                "an event entity needs the field that tells its business day.",
                "Add customProperties: [{property: businessDay, value: FIELD}].",
            )
        return contract

    def _entity_name(self) -> str:
        name = self.entity.name or ""
        if not NAME.match(name):
            raise _error(
                self.source,
                (*self.at, "name"),
                f"{name!r} is not an entity name.",
                "Use lower case letters, digits and _, at most 40.",
            )
        return name

    def _field(self, index: int, item: SchemaProperty) -> Field:
        at = (*self.at, "properties", index)
        name = item.name or ""
        if not NAME.match(name):
            raise _error(
                self.source, at, f"{name!r} is not a field name.", "Use lower case letters, digits and _; start with a letter."
            )
        if item.logicalType not in _TYPES:
            raise _error(
                self.source, (*at, "logicalType"), f"{name} has no known logicalType.", f"Choose from {', '.join(_TYPES)}."
            )
        type_ = _TYPES[item.logicalType]
        custom = self._custom(item.customProperties, _FIELD_PROPERTIES, (*at, "customProperties"))
        options = item.logicalTypeOptions or {}
        return Field(
            name=name,
            type=type_,
            required=bool(item.required or item.primaryKey),
            description=(item.description or "").strip(),
            unit=custom.get("unit"),
            personal=(item.classification or "").lower() in _PERSONAL,
            critical=bool(item.criticalDataElement),
            time_format=self._time_format(type_, custom, at),
            precision=_whole(custom.get("precision")),
            scale=_whole(custom.get("scale")),
            minimum=_number(options.get("minimum")),
            maximum=_number(options.get("maximum")),
            exclusive_minimum=_number(options.get("exclusiveMinimum")),
            exclusive_maximum=_number(options.get("exclusiveMaximum")),
            max_length=_whole(options.get("maxLength")),
            pattern=options.get("pattern"),
            valid_values=self._critical_values(item),
        )

    def _critical_values(self, item: SchemaProperty) -> tuple[str, ...] | None:
        """The value set of a critical field: a value outside it rejects the record instead of judging the day."""
        if item.criticalDataElement:
            for quality in item.quality or ():
                values = (quality.arguments or {}).get("validValues")
                if quality.metric == "invalidValues" and values:
                    return tuple(str(value) for value in values)
        return None

    def _time_format(self, type_: FieldType, custom: dict[str, Any], at: Path_) -> TimeFormat | None:
        if type_ is not FieldType.TIMESTAMP:
            return None
        if "timeFormat" not in custom:
            raise _error(
                self.source,
                at,
                "a timestamp must say how the partner writes it.",
                f"Add customProperties: [{{property: timeFormat, value: {' | '.join(TimeFormat)}}}].",
            )
        return self._choice(TimeFormat, custom["timeFormat"], "timeFormat", at)

    def _key(self) -> tuple[str, ...]:
        keyed = [(item.primaryKeyPosition or 0, item.name or "") for item in self.entity.properties or () if item.primaryKey]
        if not keyed:
            raise self._fail("no property is a primaryKey.", "Mark the fields that identify a record: primaryKey: true.")
        return tuple(name for _, name in sorted(keyed, key=lambda pair: pair[0]))

    def _source_version(self, properties: dict[str, Any], fields: tuple[Field, ...]) -> SourceVersion:
        declared = properties.get("sourceVersion")
        if not isinstance(declared, dict):
            raise self._fail(
                "the contract does not say how versions of a record are ordered.",
                "Add customProperties: [{property: sourceVersion, value: {kind: strict | coarse | none, fields: [...]}}].",
            )
        kind = self._choice(VersionKind, declared.get("kind"), "sourceVersion.kind")
        names = tuple(declared.get("fields") or ())
        known = {field.name: field for field in fields}
        for name in names:
            if name not in known or known[name].type not in (FieldType.TIMESTAMP, FieldType.INTEGER):
                raise self._fail(f"sourceVersion names {name!r}, which is no timestamp or integer field.")
        if bool(names) == (kind is VersionKind.NONE):
            raise self._fail("sourceVersion: kind none has no fields, the other kinds have at least one.")
        return SourceVersion(kind=kind, fields=names)

    def _named_field(self, properties: dict[str, Any], name: str, fields: tuple[Field, ...]) -> str | None:
        value = properties.get(name)
        if value is not None and value not in {field.name for field in fields}:
            raise self._fail(f"{name} names {value!r}, which is no field.", f"Fields: {', '.join(f.name for f in fields)}.")
        return value

    def _share(self, value: Any) -> Decimal:
        match = re.match(r"^(\d+(?:\.\d+)?)%$", str(value))
        if not match:
            raise self._fail(f"maxRejected {value!r} is not a percentage.", "Write it as 5%.")
        return Decimal(match.group(1)) / 100

    def _freshness(self) -> Freshness:
        max_age, closed_by = None, None
        for index, promise in enumerate(self.document.slaProperties or ()):
            at = ("slaProperties", index)
            if promise.property == "freshness":
                try:
                    max_age = read_duration(f"{promise.value}{promise.unit or ''}")
                except ValueError as error:
                    raise _error(self.source, (*at, "value"), f"freshness: {error}.") from error
            if promise.property == "timeOfAvailability":
                if not re.match(r"^\d{2}:\d{2}$", str(promise.value)):
                    raise _error(self.source, (*at, "value"), "timeOfAvailability is a local time.", 'Write "09:00".')
                closed_by = str(promise.value)
        return Freshness(max_age=max_age, closed_by=closed_by)

    def _owner(self) -> Owner:
        team = self.document.team
        members = team.members or [] if isinstance(team, Team) else team or []
        name = (team.name if isinstance(team, Team) else None) or next((m.name or m.username for m in members), None)
        if not name:
            raise _error(self.source, ("team",), "nobody owns this data.", "Add team: {name: …, members: [{username: …}]}.")
        return Owner(name=name, notify=tuple(m.username for m in members if m.username))

    def _custom(self, listed: list[CustomProperty] | None, known: set[str], at: Path_) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for index, item in enumerate(listed or ()):
            if item.property not in known:
                raise _error(
                    self.source,
                    (*at, index),
                    f"unknown property {item.property!r}.",
                    f"Known here: {', '.join(sorted(known))}.",
                )
            found[str(item.property)] = item.value
        return found

    def _choice(self, choices: Any, value: Any, name: str, at: Path_ | None = None) -> Any:
        try:
            return choices(value)
        except ValueError as error:
            raise _error(
                self.source,
                at or (*self.at, "customProperties"),
                f"{name} is {value!r}.",
                f"Choose from {', '.join(choices)}.",
            ) from error

    def _fail(self, message: str, remedy: str | None = None) -> DeclarationError:
        return _error(self.source, self.at, message, remedy)


def _error(source: YamlSource, path: Path_, message: str, remedy: str | None = None) -> DeclarationError:
    return DeclarationError(message, place=source.place(path), remedy=remedy)


def _dotted(path: Path_) -> str:
    return ".".join(str(step) for step in path) or "the document"


def _number(value: Any) -> Decimal | None:
    if value is None:
        return None
    try:
        return Decimal(str(value))
    except InvalidOperation:
        return None


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
