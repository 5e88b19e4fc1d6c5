"""Reads one property of a contract into a Field; every error names file, line and remedy."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from open_data_contract_standard.model import CustomProperty, SchemaProperty

from sync_platform.contracts.contract import Field, FieldType, JsonType
from sync_platform.contracts.time_format import TimeFormat
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource

Place = Sequence[str | int]

# PostgreSQL cuts identifiers at 63 bytes; landing tables add the system's name in front of the entity's.
NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")

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
_JSON_TYPES = {str(type_): type_ for type_ in JsonType}
_PROPERTIES = {"unit", "timeFormat", "precision", "scale"}
_PERSONAL = {"personal", "sensitive", "pii"}
# The options that are enforced; the standard knows more, and one that is not enforced would promise nothing.
_NUMBER_OPTIONS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_OPTIONS = {
    FieldType.TEXT: ("minLength", "maxLength", "pattern"),
    FieldType.INTEGER: _NUMBER_OPTIONS,
    FieldType.DECIMAL: _NUMBER_OPTIONS,
}
_TIME_FORMATS = tuple(time_format for time_format in TimeFormat if time_format is not TimeFormat.DATE)


def read_fields(source: YamlSource, properties: Sequence[SchemaProperty], *, at: Place) -> tuple[Field, ...]:
    """The fields of `properties`, which stand at `at`, in their order."""
    fields: list[Field] = []
    for index, item in enumerate(properties):
        if any(field.name == item.name for field in fields):
            raise DeclarationError(
                f"the field {item.name} is there twice.",
                place=source.place((*at, index)),
                remedy="Rename or remove one.",
            )
        fields.append(_FieldReader(source, item, (*at, index)).field())
    return tuple(fields)


def custom_properties(
    source: YamlSource, listed: Sequence[CustomProperty] | None, *, known: set[str], at: Place
) -> dict[str, Any]:
    """The custom properties by name. An unknown one is an error: it would promise nothing."""
    found: dict[str, Any] = {}
    for index, item in enumerate(listed or ()):
        if item.property not in known:
            raise DeclarationError(
                f"unknown property {item.property!r}.",
                place=source.place((*at, index)),
                remedy=f"Known here: {', '.join(sorted(known))}.",
            )
        found[str(item.property)] = item.value
    return found


def place_of_property(listed: Sequence[CustomProperty] | None, name: str) -> Place:
    """Where a custom property stands below its field or entity; where they all stand when it is not there."""
    for index, item in enumerate(listed or ()):
        if item.property == name:
            return ("customProperties", index)
    return ("customProperties",)


class _FieldReader:
    """One property; keeps the place for errors."""

    def __init__(self, source: YamlSource, item: SchemaProperty, at: Place) -> None:
        self._source = source
        self._item = item
        self._at = tuple(at)

    def field(self) -> Field:
        item, type_ = self._item, self._type()
        own = custom_properties(
            self._source, item.customProperties, known=_PROPERTIES, at=(*self._at, "customProperties")
        )
        options = self._options(type_)
        return Field(
            name=self._name(),
            type=type_,
            required=bool(item.required or item.primaryKey),
            description=(item.description or "").strip(),
            unit=own.get("unit"),
            personal=(item.classification or "").lower() in _PERSONAL,
            critical=bool(item.criticalDataElement),
            time_format=self._time_format(own) if type_ is FieldType.TIMESTAMP else None,
            precision=self._whole(own, "precision", self._own("precision")),
            scale=self._whole(own, "scale", self._own("scale")),
            minimum=self._number(options, "minimum"),
            maximum=self._number(options, "maximum"),
            exclusive_minimum=self._number(options, "exclusiveMinimum"),
            exclusive_maximum=self._number(options, "exclusiveMaximum"),
            min_length=self._whole(options, "minLength", ("logicalTypeOptions", "minLength")),
            max_length=self._whole(options, "maxLength", ("logicalTypeOptions", "maxLength")),
            pattern=self._pattern(options),
            valid_values=self._critical_values(type_),
            json_type=_JSON_TYPES.get(str(item.logicalType)),
        )

    def _name(self) -> str:
        name = self._item.name or ""
        if not NAME.fullmatch(name):
            raise self._error(
                f"{name!r} is not a field name.",
                "Use lower case letters, digits and _, at most 40; begin with a letter.",
                "name",
            )
        return name

    def _type(self) -> FieldType:
        if self._item.logicalType not in _TYPES:
            raise self._error(
                f"{self._item.name} has no logicalType known here.", f"Choose from {', '.join(_TYPES)}.", "logicalType"
            )
        return _TYPES[self._item.logicalType]

    def _options(self, type_: FieldType) -> dict[str, Any]:
        options = self._item.logicalTypeOptions or {}
        known = _OPTIONS.get(type_, ())
        for name in options:
            if name not in known:
                raise self._error(
                    f"{name} of {self._item.name} would not be enforced.",
                    f"{self._item.logicalType} has {', '.join(known) or 'no options'}; else write a quality rule.",
                    "logicalTypeOptions",
                    name,
                )
        return options

    def _time_format(self, own: dict[str, Any]) -> TimeFormat:
        if own.get("timeFormat") not in _TIME_FORMATS:
            raise self._error(
                f"{self._item.name} must say how the partner writes the time; timeFormat is {own.get('timeFormat')!r}.",
                f"Write customProperties: [{{property: timeFormat, value: {' | '.join(_TIME_FORMATS)}}}].",
                *self._own("timeFormat"),
            )
        return TimeFormat(own["timeFormat"])

    def _number(self, options: dict[str, Any], name: str) -> Decimal | None:
        value = options.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._error(f"{name} is {value!r}.", "Write a number.", "logicalTypeOptions", name)
        return Decimal(str(value))

    def _whole(self, values: dict[str, Any], name: str, at: Place) -> int | None:
        value = values.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise self._error(f"{name} is {value!r}.", "Write a whole number, 0 or more.", *at)
        return value

    def _pattern(self, options: dict[str, Any]) -> str | None:
        pattern = options.get("pattern")
        if pattern is None:
            return None
        try:
            re.compile(pattern)
        except (re.error, TypeError) as error:
            remedy = 'Write a regular expression in quotes, like "^[A-Z]{3}$".'
            raise self._error(f"pattern is {pattern!r}: {error}.", remedy, "logicalTypeOptions", "pattern") from error
        return str(pattern)

    def _critical_values(self, type_: FieldType) -> tuple[str, ...] | None:
        """The value set of a critical field: a value outside it rejects the record instead of judging the day."""
        for index, quality in enumerate(self._item.quality or ()):
            values = (quality.arguments or {}).get("validValues")
            if not self._item.criticalDataElement or quality.metric != "invalidValues" or not values:
                continue
            if type_ not in (FieldType.TEXT, FieldType.INTEGER):
                raise self._error(
                    f"{self._item.name} is critical, but a value set rejects records only for string and integer.",
                    "Use logicalTypeOptions, or take criticalDataElement away.",
                    "quality",
                    index,
                )
            return tuple(str(value) for value in values)
        return None

    def _own(self, name: str) -> Place:
        return place_of_property(self._item.customProperties, name)

    def _error(self, message: str, remedy: str, *path: str | int) -> DeclarationError:
        return DeclarationError(message, place=self._source.place((*self._at, *path)), remedy=remedy)
