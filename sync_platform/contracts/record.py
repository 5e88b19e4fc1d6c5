"""Reads one partner record by its contract: picks and renames fields, checks types and constraints, or rejects it.

Simple dotted paths are decoded straight into a typed struct built once per contract (msgspec); only fields whose
expression is a real JMESPath query cost a second, untyped decode of the record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import jmespath
import msgspec

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract, Field, FieldType
from sync_platform.contracts.time_format import FIRST_YEAR, LAST_YEAR, TimeFormat, moment_reader
from sync_platform.errors import RecordRejected
from sync_platform.redact import mask_value

_DOTTED = re.compile(r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")
_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`(?: - at `\$(?P<path>[^`]*)`)?")
_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_BIGINT = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# A megabyte in one text field is a partner's mistake, unless the contract allows it (maxLength).
TEXT_LIMIT_CHARACTERS = 1_000_000

_TYPES: dict[FieldType, Any] = {
    FieldType.TEXT: str,
    FieldType.INTEGER: _BIGINT,
    FieldType.DECIMAL: Decimal,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: date,
    FieldType.JSON: msgspec.Raw,
}
_TIMESTAMP_TYPES: dict[TimeFormat, Any] = {
    TimeFormat.EPOCH_SECONDS: _BIGINT,
    TimeFormat.EPOCH_MILLISECONDS: _BIGINT,
    TimeFormat.OFFSET: Annotated[datetime, msgspec.Meta(tz=True)],
    TimeFormat.NAIVE_UTC: Annotated[datetime, msgspec.Meta(tz=False)],
    TimeFormat.NAIVE_LOCAL: Annotated[datetime, msgspec.Meta(tz=False)],
    TimeFormat.HTTP_DATE: str,
}


@dataclass(frozen=True, slots=True)
class Record:
    """One record as its contract reads it: `values` in the order of the contract's fields, moments in UTC."""

    values: tuple[Any, ...]
    source_version: int | None
    business_day: date | None
    as_of: datetime | None


class RecordReader:
    """Reads records of one entity. Built once; `read` is called per record and raises RecordRejected."""

    def __init__(self, contract: Contract, *, picks: Mapping[str, str], calendar: BusinessCalendar) -> None:
        self._contract = contract
        self._calendar = calendar
        paths = {field.name: picks.get(field.name, field.name) for field in contract.fields}
        self._queries = {
            field.name: jmespath.compile(path)
            for field in contract.fields
            if not _DOTTED.match(path := paths[field.name])
        }
        dotted = [field for field in contract.fields if field.name not in self._queries]
        self._fields_by_path = {f".{paths[field.name]}": field for field in dotted}
        tree = _tree(dotted, paths)
        self._decoder = msgspec.json.Decoder(_struct(contract.entity, tree))
        self._get = [
            _getter(paths[field.name]) if field.name not in self._queries else None for field in contract.fields
        ]
        self._query_decoders = {
            name: msgspec.json.Decoder(_field_type(contract.field(name))) for name in self._queries
        }
        self._finish = [
            (index, finisher)
            for index, field in enumerate(contract.fields)
            if (finisher := _finisher(field, calendar)) is not None
        ]
        names = contract.columns
        self._key = tuple(names.index(name) for name in contract.key)
        self._version = tuple(names.index(name) for name in contract.source_version.fields)
        self._day = names.index(contract.business_day_field) if contract.business_day_field else None
        self._as_of = names.index(contract.as_of_field) if contract.as_of_field else None

    def read(self, raw: bytes) -> Record:
        """The record in `raw` (JSON text). Raises RecordRejected with reason, field and message."""
        if b"\\u0000" in raw:
            raise RecordRejected("nul_character", "", "the record holds a NUL character, which PostgreSQL cannot store")
        try:
            struct = self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise self._rejection(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordRejected("not_json", "", f"not readable as JSON: {error}") from error
        values: list[Any] = [getter(struct) if getter else None for getter in self._get]
        if self._queries:
            self._answer_queries(raw, values)
        for index, finish in self._finish:
            value = values[index]
            if value is not None:
                values[index] = finish(value)
        return self._record(tuple(values))

    def key_of(self, record: Record) -> str:
        """The record's key as one text: a JSON array of its key fields, in key order."""
        return key_text(tuple(record.values[index] for index in self._key))

    def key_in(self, raw: bytes) -> str | None:
        """The key of a record that may be broken elsewhere; None when the key itself cannot be read."""
        try:
            document = msgspec.json.decode(raw)
            found = []
            for index in self._key:
                field = self._contract.fields[index]
                path = next((path[1:] for path, known in self._fields_by_path.items() if known is field), field.name)
                query = self._queries.get(field.name) or jmespath.compile(path)
                found.append(query.search(document))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return None if any(value is None for value in found) else key_text(tuple(found))

    def _record(self, values: tuple[Any, ...]) -> Record:
        day = values[self._day] if self._day is not None else None
        if isinstance(day, datetime):
            day = self._calendar.day_of(day)
        return Record(
            values=values,
            source_version=self._source_version(values),
            business_day=day,
            as_of=values[self._as_of] if self._as_of is not None else None,
        )

    def _source_version(self, values: tuple[Any, ...]) -> int | None:
        for index in self._version:
            value = values[index]
            if value is not None:
                return microseconds(value) if isinstance(value, datetime) else value
        if self._version:
            names = " or ".join(self._contract.source_version.fields)
            raise RecordRejected("version_missing", self._contract.source_version.fields[0], f"no version: {names} is null")
        return None

    def _answer_queries(self, raw: bytes, values: list[Any]) -> None:
        document = json.loads(raw, parse_float=Decimal)
        for index, field in enumerate(self._contract.fields):
            query = self._queries.get(field.name)
            if query is None:
                continue
            value = query.search(document)
            if value is None:
                if field.required:
                    raise RecordRejected("missing", field.name, "is required and missing")
                continue
            # Through JSON again, so that a queried value is read by the same rules as any other.
            text = _ENCODER.encode(value)
            try:
                values[index] = self._query_decoders[field.name].decode(text)
            except msgspec.ValidationError as error:
                raise RecordRejected("type", field.name, _lower(str(error))) from error

    def _rejection(self, message: str) -> RecordRejected:
        missing = _MISSING.search(message)
        if missing:
            path = f"{missing.group('path') or ''}.{missing.group('name')}"
            return RecordRejected("missing", self._name_at(path), "is required and missing")
        at = _AT.search(message)
        name = self._name_at(at.group("path")) if at else ""
        text = message[: at.start()] if at else message
        if "got `null`" in text:
            return RecordRejected("missing", name, "is required and null")
        reason = "type" if text.startswith("Expected `") and "`, got" in text else "constraint"
        return RecordRejected(reason, name, _lower(text))

    def _name_at(self, path: str) -> str:
        field = self._fields_by_path.get(path)
        return field.name if field else path.lstrip(".")


def key_text(values: tuple[Any, ...]) -> str:
    """Key values as one text, the same for the same key: `["S0330",1095275]`."""
    return msgspec.json.encode(values).decode()


def microseconds(moment: datetime) -> int:
    """Whole microseconds since 1970 of an aware moment, without going through a float."""
    elapsed = moment - _EPOCH
    return (elapsed.days * 86_400 + elapsed.seconds) * 1_000_000 + elapsed.microseconds


def _tree(fields: list[Field], paths: Mapping[str, str]) -> dict[str, Any]:
    tree: dict[str, Any] = {}
    for field in fields:
        node = tree
        *parents, leaf = paths[field.name].split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = field
    return tree


def _struct(name: str, tree: Mapping[str, Any]) -> type[msgspec.Struct]:
    required: list[tuple[str, Any]] = []
    optional: list[tuple[str, Any, Any]] = []
    renamed: dict[str, str] = {}
    for source, node in tree.items():
        attribute = _attribute(source)
        renamed[attribute] = source
        needed = _needed(node)
        type_ = _struct(f"{name}_{source}", node) if isinstance(node, dict) else _field_type(node)
        if needed:
            required.append((attribute, type_))
        else:
            optional.append((attribute, type_ | None if not _is_raw(type_) else type_, None))
    return msgspec.defstruct(name, [*required, *optional], rename=renamed, gc=False, kw_only=False)


def _is_raw(type_: Any) -> bool:
    return type_ is msgspec.Raw


def _needed(node: Any) -> bool:
    return any(_needed(child) for child in node.values()) if isinstance(node, dict) else node.required


def _attribute(source: str) -> str:
    """A name that is no Python keyword and no struct attribute, for any name a partner may choose."""
    return f"f_{source}"


def _getter(path: str) -> Callable[[Any], Any]:
    names = [_attribute(step) for step in path.split(".")]
    if len(names) == 1:
        name = names[0]
        return lambda struct: getattr(struct, name)

    def get(struct: Any) -> Any:
        for name in names:
            if struct is None:
                return None
            struct = getattr(struct, name)
        return struct

    return get


def _field_type(field: Field) -> Any:
    if field.type is FieldType.TIMESTAMP and field.time_format is not None:
        return _TIMESTAMP_TYPES[field.time_format]
    if field.type is FieldType.TEXT:
        return Annotated[
            str, msgspec.Meta(max_length=field.max_length or TEXT_LIMIT_CHARACTERS, pattern=field.pattern)
        ]
    return _TYPES[field.type]


def _finisher(field: Field, calendar: BusinessCalendar) -> Callable[[Any], Any] | None:
    """What is still to be done with a decoded value: moments to UTC, numbers and value sets held to the contract."""
    if field.type is FieldType.TIMESTAMP and field.time_format is not None:
        return _moment_finisher(field, moment_reader(field.time_format, calendar.zone))
    if field.type is FieldType.DECIMAL:
        return _decimal_finisher(field)
    if field.type is FieldType.INTEGER and (_bounded(field) or field.valid_values):
        return _number_finisher(field)
    if field.type is FieldType.TEXT and field.valid_values is not None:
        return _value_finisher(field)
    if field.type is FieldType.JSON:
        return _json_finisher
    return None


def _moment_finisher(field: Field, read: Callable[[Any], datetime]) -> Callable[[Any], datetime]:
    def finish(value: Any) -> datetime:
        try:
            moment = read(value)
        except (ValueError, TypeError, OverflowError) as error:
            raise RecordRejected("time", field.name, str(error)) from error
        if not FIRST_YEAR <= moment.year <= LAST_YEAR:
            raise RecordRejected("time", field.name, f"year {moment.year} is outside {FIRST_YEAR}-{LAST_YEAR}")
        return moment

    return finish


def _decimal_finisher(field: Field) -> Callable[[Decimal], Decimal]:
    bounded = _bounded(field)
    scale = field.scale
    whole_digits = field.precision - (scale or 0) if field.precision is not None else 100

    def finish(value: Decimal) -> Decimal:
        if not value.is_finite():
            raise RecordRejected("not_finite", field.name, "is not a finite number")
        if value and value.adjusted() >= whole_digits:
            raise RecordRejected("overflow", field.name, f"has more than {whole_digits} digits before the point")
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > (scale if scale is not None else 100):
            normal = value.normalize().as_tuple().exponent
            if isinstance(normal, int) and -normal > (scale if scale is not None else 100):
                raise RecordRejected("scale", field.name, f"has more than {scale} decimals; it is not rounded silently")
        if bounded:
            _check_bounds(field, value)
        return value

    return finish


def _number_finisher(field: Field) -> Callable[[int], int]:
    def finish(value: int) -> int:
        _check_bounds(field, Decimal(value))
        if field.valid_values is not None and str(value) not in field.valid_values:
            raise RecordRejected("value_set", field.name, "is not one of the contract's values")
        return value

    return finish


def _value_finisher(field: Field) -> Callable[[str], str]:
    values = frozenset(field.valid_values or ())

    def finish(value: str) -> str:
        if value not in values:
            shown = mask_value(value) if field.personal else value[:40]
            raise RecordRejected("value_set", field.name, f"{shown!r} is not one of {', '.join(sorted(values))}")
        return value

    return finish


def _json_finisher(value: Any) -> str | None:
    text = bytes(value).decode()
    return None if text == "null" else text


def _bounded(field: Field) -> bool:
    limits = (field.minimum, field.maximum, field.exclusive_minimum, field.exclusive_maximum)
    return any(limit is not None for limit in limits)


def _check_bounds(field: Field, value: Decimal) -> None:
    for limit, broken, words in (
        (field.minimum, lambda limit: value < limit, "below"),
        (field.exclusive_minimum, lambda limit: value <= limit, "not above"),
        (field.maximum, lambda limit: value > limit, "above"),
        (field.exclusive_maximum, lambda limit: value >= limit, "not below"),
    ):
        if limit is not None and broken(limit):
            raise RecordRejected("range", field.name, f"{value} is {words} {limit}")


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
