"""The kinds of value that declarations are made of: strict frozen models, names, durations, rates, expressions."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import jmespath
from jmespath.exceptions import JMESPathError
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema

from sync_platform.contracts.duration import read_duration, write_duration


class Declared(BaseModel):
    """A part of a declaration: frozen, and a key nobody knows is an error, not a silent default."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_enum_values=False)


def _expression(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError("an expression is a non-empty JMESPath text, like data.orders or items[?open].id")
    try:
        jmespath.compile(value)
    except JMESPathError as error:
        raise ValueError(f"not a JMESPath expression: {str(error).splitlines()[0]}") from error
    return value


Duration = Annotated[
    timedelta,
    BeforeValidator(read_duration),
    PlainSerializer(write_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m|h|d)\s*$", "examples": ["15m"]}),
]
Expression = Annotated[str, BeforeValidator(_expression), WithJsonSchema({"type": "string", "minLength": 1})]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,20}$")]
EnvironmentVariable = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Rate(Declared):
    """The partner's published limit: `requests` per `per`. `source` says where and when it was read."""

    requests: int = Field(gt=0)
    per: Duration
    source: str = ""
