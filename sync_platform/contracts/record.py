"""Reads one partner record by its contract: picks and renames fields, checks types and constraints, or rejects it.

Plainly named fields are decoded straight into a typed struct built once per contract; only fields whose expression is
a real JMESPath query cost a second, untyped decode of the record.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import jmespath
import msgspec
from jmespath.exceptions import JMESPathError

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.field_value import finisher
from sync_platform.contracts.record_struct import decoded_type, dotted_paths, struct_type, values_getter
from sync_platform.contracts.time_format import microseconds
from sync_platform.errors import RecordRejected

_MISSING = re.compile(r"missing required field `(?P<name>[^`]+)`(?: - at `\$(?P<path>[^`]*)`)?")
_AT = re.compile(r" - at `\$(?P<path>[^`]*)`$")
# As numbers, so that what a query picked is read again exactly like what a path picked.
_ENCODER = msgspec.json.Encoder(decimal_format="number")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Record(msgspec.Struct, frozen=True, gc=False):
    """One record as its contract reads it: `values` in the order of the contract's fields, moments in UTC.

    `source_version` is the version field's microseconds since 1970, or its integer; None where there is no version.
    A msgspec struct, because a frozen dataclass takes 1 us to make, and there are millions.
    """

    values: tuple[Any, ...]
    source_version: int | None
    business_day: date | None
    as_of: datetime | None


class RecordReader:
    """Reads records of one entity. Built once; `read` is called per record and raises RecordRejected.

    `picks` gives the JMESPath expression of a field; a field without one has its own name.
    """

    def __init__(self, contract: Contract, *, picks: Mapping[str, str], calendar: BusinessCalendar) -> None:
        self._contract = contract
        self._calendar = calendar
        fields = contract.fields
        paths = {field.name: picks.get(field.name, field.name) for field in fields}
        dotted = dotted_paths(paths)
        by_path = {path: contract.field(name) for name, path in dotted.items()}
        self._name_of_path = {path: field.name for path, field in by_path.items()}
        self._decoder = msgspec.json.Decoder(struct_type(contract.entity, by_path))
        self._get = values_getter(tuple(by_path)) if by_path else _no_values
        self._queries = [
            (index, jmespath.compile(paths[field.name]), msgspec.json.Decoder(decoded_type(field)))
            for index, field in enumerate(fields)
            if field.name not in dotted
        ]
        finishers = [(index, finisher(field, calendar)) for index, field in enumerate(fields)]
        self._finish = [(index, finish) for index, finish in finishers if finish is not None]
        names = contract.columns
        self._key = tuple(names.index(name) for name in contract.key)
        self._key_queries = [jmespath.compile(paths[name]) for name in contract.key]
        self._version = tuple(names.index(name) for name in contract.source_version.fields)
        self._day = names.index(contract.business_day_field) if contract.business_day_field else None
        self._as_of = names.index(contract.as_of_field) if contract.as_of_field else None

    def read(self, raw: bytes) -> Record:
        """The record in `raw` (JSON text). Raises RecordRejected with reason, field and message."""
        if b"\\u0000" in raw and _NUL.search(raw):
            raise RecordRejected("nul_character", "", "the record holds a NUL character, which PostgreSQL cannot store")
        try:
            struct = self._decoder.decode(raw)
        except msgspec.ValidationError as error:
            raise self._rejection(str(error)) from error
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise RecordRejected("not_json", "", f"not readable as JSON: {error}") from error
        values = self._get(struct)
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
            found = [query.search(document) for query in self._key_queries]
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, JMESPathError):
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
            names = self._contract.source_version.fields
            raise RecordRejected("version_missing", names[0], f"no version: {' or '.join(names)} is null")
        return None

    def _answer_queries(self, raw: bytes, values: list[Any]) -> None:
        """Put the queried fields' values into their places among the others."""
        try:
            document = json.loads(raw, parse_float=Decimal)
        except (ValueError, RecursionError) as error:
            raise RecordRejected("not_json", "", f"not readable as JSON: {error}") from error
        for index, query, decoder in self._queries:
            field = self._contract.fields[index]
            try:
                value = query.search(document)
                if value is not None:
                    value = decoder.decode(_ENCODER.encode(value))
            except msgspec.ValidationError as error:
                raise RecordRejected(_reason(str(error)), field.name, _lower(str(error))) from error
            except (JMESPathError, msgspec.DecodeError, OverflowError) as error:
                raise RecordRejected("expression", field.name, "the expression cannot be answered here") from error
            if value is None and field.required:
                raise RecordRejected("missing", field.name, "is required and missing")
            values.insert(index, value)

    def _rejection(self, message: str) -> RecordRejected:
        """What msgspec says of a record, in the contract's words; its messages hold no values."""
        missing = _MISSING.search(message)
        if missing:
            path = f"{missing.group('path') or ''}.{missing.group('name')}"
            return RecordRejected("missing", self._name_at(path), "is required and missing")
        at = _AT.search(message)
        name = self._name_at(at.group("path")) if at else ""
        text = message[: at.start()] if at else message
        if name and "got `null`" in text:
            return RecordRejected("missing", name, "is required and null")
        return RecordRejected(_reason(text), name, _lower(text))

    def _name_at(self, path: str) -> str:
        plain = path.removeprefix(".")
        return self._name_of_path.get(plain, plain)


def key_text(values: tuple[Any, ...]) -> str:
    """Key values as one text, the same for the same key: `["S0330",1095275]`."""
    return msgspec.json.encode(values).decode()


def _no_values(struct: Any) -> list[Any]:  # noqa: ARG001 - every field is a query
    return []


def _reason(text: str) -> str:
    if "encoded date" in text or "timezone" in text:
        return "time"
    return "type" if text.startswith("Expected `") and "`, got" in text else "constraint"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
