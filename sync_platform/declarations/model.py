"""The kinds of value that declarations are made of: strict frozen models, names, durations, rates, expressions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from sync_platform.contracts.duration import read_duration, write_duration


class Declared(BaseModel):
    """A part of a declaration: frozen, and a key nobody knows is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=False)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """The schema for editors and `dg check yaml`, in a form whose errors lie at the key that is wrong.

        Of alternatives a validator says only that none of them fits, at the line where they begin.
        """
        schema = handler(core_schema)
        resolved = handler.resolve_ref_schema(schema)
        for name, value in resolved.get("properties", {}).items():
            resolved["properties"][name] = _by_kind(_not_null(value))
        return schema


def _not_null(schema: JsonSchemaValue) -> JsonSchemaValue:
    """`X or null` as X: what is optional is left out, not written as null."""
    others = [one for one in schema.get("anyOf", ()) if one != {"type": "null"}]
    if len(others) != 1:
        return schema
    rest = {key: value for key, value in schema.items() if key != "anyOf" and (key, value) != ("default", None)}
    return {**others[0], **rest}


def _by_kind(schema: JsonSchemaValue) -> JsonSchemaValue:
    """A choice by `kind` as one condition per kind, so that only the chosen one is held against the value."""
    chosen_by = schema.get("discriminator", {})
    if "mapping" not in chosen_by or "oneOf" not in schema:
        return schema
    key, kinds = chosen_by["propertyName"], chosen_by["mapping"]
    rest = {name: value for name, value in schema.items() if name not in ("discriminator", "oneOf")}
    return {
        **rest,
        "type": "object",
        "required": [key],
        "properties": {key: {"enum": list(kinds)}},
        "allOf": [
            {"if": {"properties": {key: {"const": kind}}, "required": [key]}, "then": {"$ref": place}}
            for kind, place in kinds.items()
        ],
    }


def _expression(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an expression is a non-empty JMESPath text, like data.orders or items[?open].id")
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0]}") from error
    return value


def _zone_name(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"{value!r} is no IANA time zone, like Asia/Colombo") from error
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$", "examples": ["15m"]}),
]
Expression = Annotated[str, BeforeValidator(_expression), WithJsonSchema({"type": "string", "minLength": 1})]
ZoneName = Annotated[str, AfterValidator(_zone_name)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,20}$")]
EnvironmentVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Rate(Declared):
    """The partner's published limit: `requests` per `per`. `source` says where and when it was read."""

    requests: int = Field(gt=0)
    per: Duration
    source: str = ""
