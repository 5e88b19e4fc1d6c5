"""The contract of one entity as the rest of the platform reads it: fields, key, version, day, rules, promises."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any

from sync_platform.contracts.semantic_version import SemanticVersion, read_version
from sync_platform.contracts.time_format import TimeFormat

DRAFT = "draft"
"""The status of a contract whose content may still change."""


class EntityKind(StrEnum):
    """`event`: happened on a day and can be asked for again. `state`: is so at a moment; a past one cannot be had."""

    EVENT = "event"
    STATE = "state"


class FieldType(StrEnum):
    """What a field's values are in PostgreSQL: text, bigint, numeric, boolean, date, timestamptz, jsonb."""

    TEXT = "text"
    INTEGER = "integer"
    DECIMAL = "decimal"
    BOOLEAN = "boolean"
    DATE = "date"
    TIMESTAMP = "timestamp"
    JSON = "json"


class VersionKind(StrEnum):
    """How far a source version can be trusted (design.md, promise 2)."""

    STRICT = "strict"
    COARSE = "coarse"
    NONE = "none"


class Severity(StrEnum):
    """`critical` blocks the day, `warning` is shown, `info` is recorded."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class UnknownFields(StrEnum):
    """What happens when records have a field that nobody knows: it is noted, warned of, or may hold the day."""

    EVOLVE = "evolve"
    FREEZE = "freeze"
    REJECT = "reject"


DRIFT_CHECKS = frozenset(
    {
        "schema_drift",
        "value_drift",
        "null_drift",
        "distribution_drift",
        "unit_drift",
        "lateness_drift",
        "volume",
        "volume_silence",
    }
)
"""The statistical checks; no rule of a contract may have one of these names."""
OFF = "off"
"""In place of a severity: the check is not wanted for this entity."""


class JsonType(StrEnum):
    """What a JSON field holds, in the words of JSON schema."""

    LIST = "array"
    OBJECT = "object"


@dataclass(frozen=True)
class Field:
    """One field of the landing table. Its limits and `valid_values` reject a record; rules judge a day.

    `critical`: a wrong value may not land. `json_type`: whether a JSON field holds a list or an object.
    """

    name: str
    type: FieldType
    required: bool
    description: str
    unit: str | None = None
    personal: bool = False
    critical: bool = False
    time_format: TimeFormat | None = None
    precision: int | None = None
    scale: int | None = None
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    exclusive_minimum: Decimal | None = None
    exclusive_maximum: Decimal | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    valid_values: tuple[str, ...] | None = None
    json_type: JsonType | None = None


@dataclass(frozen=True)
class Rule:
    """A rule for a whole day, run by Great Expectations: `expectation` is its class name, `arguments` its keywords."""

    name: str
    severity: Severity
    description: str
    expectation: str
    arguments: dict[str, Any]
    column: str | None = None

    @property
    def blocking(self) -> bool:
        return self.severity is Severity.CRITICAL


@dataclass(frozen=True)
class SourceVersion:
    """Which fields (first non-null) order two versions of a record, and how far they can be trusted."""

    kind: VersionKind
    fields: tuple[str, ...] = ()


@dataclass(frozen=True)
class Freshness:
    """The promise for today (`max_age` of as_of) and for a past day (`closed_by`, local time of the next day).

    `in_trading_hours`: only time in which a branch trades makes its data older.
    """

    max_age: timedelta | None = None
    closed_by: str | None = None
    in_trading_hours: bool = False


@dataclass(frozen=True)
class Owner:
    """Who answers for the data, and whom to tell."""

    name: str
    notify: tuple[str, ...] = ()


@dataclass(frozen=True)
class Consumer:
    """Somebody who reads the entity, and whom to tell of a change.

    `fields` are those that it reads: None for all of them, `()` for what belongs to no field, like freshness.
    """

    name: str
    fields: tuple[str, ...] | None = None
    notify: tuple[str, ...] = ()

    def reads(self, field: str) -> bool:
        """Whether a change of that field concerns it."""
        return self.fields is None or field in self.fields


@dataclass(frozen=True)
class Contract:
    """What one entity's data means. `key` identifies a record; `business_day_field` is a date or a moment field.

    `ends_on` is the last day on which this major version may be relied upon; None while no end is announced.
    `drift` are severities of the statistical checks by their names, where they are not what they usually are; or OFF.
    """

    id: str
    version: str
    entity: str
    kind: EntityKind
    title: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    source_version: SourceVersion
    business_day_field: str | None
    as_of_field: str | None
    branch_field: str | None
    max_rejected: Decimal
    rules: tuple[Rule, ...]
    freshness: Freshness
    owner: Owner
    tags: tuple[str, ...]
    file: Path
    status: str = "active"
    consumers: tuple[Consumer, ...] = ()
    ends_on: date | None = None
    unknown_fields: UnknownFields = UnknownFields.EVOLVE
    drift: Mapping[str, str] = dataclass_field(default_factory=dict)

    def field(self, name: str) -> Field:
        """The field of that name. Raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    @property
    def semantic_version(self) -> SemanticVersion:
        """`version`, to be compared and raised."""
        return read_version(self.version)

    @property
    def columns(self) -> tuple[str, ...]:
        """The contract's fields in order: the landing table's own columns."""
        return tuple(field.name for field in self.fields)
