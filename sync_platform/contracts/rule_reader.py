"""Turns a contract's constraints and its ODCS quality rules into a day's rules, named as in Great Expectations."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from open_data_contract_standard.model import DataQuality, SchemaObject

from sync_platform.contracts.contract import DRIFT_CHECKS, Field, FieldType, Rule, Severity
from sync_platform.contracts.expectation_names import KEY_UNIQUE, LETTERS, QUERY_TO_BE_ZERO, expectation_name
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource

Path_ = tuple[str | int, ...]

# ODCS severities are free text; these are the words the standard's own examples use.
_SEVERITIES = {
    "critical": Severity.CRITICAL,
    "error": Severity.CRITICAL,
    "warning": Severity.WARNING,
    "info": Severity.INFO,
}


def read_rules(
    source: YamlSource, entity: SchemaObject, *, fields: tuple[Field, ...], key: tuple[str, ...], at: Path_
) -> tuple[Rule, ...]:
    """All rules of the entity: those its constraints imply first, then the declared ones. Names are unique."""
    columns = frozenset(field.name for field in fields)
    rules = [*implied_rules(fields, key), *_declared(source, entity, columns=columns, at=at)]
    seen: set[str] = set()
    for rule in rules:
        if rule.name in DRIFT_CHECKS:
            remedy = "Rename it; how severe that check is, the property drift says."
            raise DeclarationError(f"{rule.name} is a check of ours.", place=source.place(at), remedy=remedy)
        if rule.name in seen:
            raise DeclarationError(f"two rules are named {rule.name}.", place=source.place(at), remedy="Rename one.")
        seen.add(rule.name)
    return tuple(rules)


def implied_rules(fields: tuple[Field, ...], key: tuple[str, ...]) -> Iterator[Rule]:
    """The rules that key, required fields and ranges imply, without being declared."""
    yield Rule(
        name="key_unique",
        severity=Severity.CRITICAL,
        description=f"One record per {', '.join(key)}.",
        expectation=KEY_UNIQUE,
        arguments={"key": list(key)},
    )
    for field in fields:
        if field.required:
            yield Rule(
                name=f"{field.name}_required",
                severity=Severity.CRITICAL,
                description=f"{field.name} is never missing.",
                expectation="ExpectColumnValuesToNotBeNull",
                arguments={},
                column=field.name,
            )
        if field.type in (FieldType.INTEGER, FieldType.DECIMAL) and _range(field):
            yield Rule(
                name=f"{field.name}_range",
                severity=Severity.CRITICAL,
                description=f"{field.name} stays within the contract's range.",
                expectation="ExpectColumnValuesToBeBetween",
                arguments=_range(field),
                column=field.name,
            )


def _range(field: Field) -> dict[str, Any]:
    arguments: dict[str, Any] = {}
    if field.minimum is not None:
        arguments["min_value"] = _plain(field.minimum)
    if field.exclusive_minimum is not None:
        arguments |= {"min_value": _plain(field.exclusive_minimum), "strict_min": True}
    if field.maximum is not None:
        arguments["max_value"] = _plain(field.maximum)
    if field.exclusive_maximum is not None:
        arguments |= {"max_value": _plain(field.exclusive_maximum), "strict_max": True}
    return arguments


def _plain(number: Decimal) -> int | float:
    """Great Expectations compares with int or float only."""
    return int(number) if number == number.to_integral_value() else float(number)


def _declared(source: YamlSource, entity: SchemaObject, *, columns: frozenset[str], at: Path_) -> Iterator[Rule]:
    for index, quality in enumerate(entity.quality or ()):
        yield _QualityReader(source, (*at, "quality", index), quality, column=None, columns=columns).rule()
    for position, item in enumerate(entity.properties or ()):
        for index, quality in enumerate(item.quality or ()):
            place = (*at, "properties", position, "quality", index)
            yield _QualityReader(source, place, quality, column=item.name, columns=columns).rule()


class _QualityReader:
    """Reads one quality entry; what it cannot honour it refuses, so that no rule is there for show.

    `column` is the property the entry stands under, None for the entity's own; `columns` are all that there are.
    """

    def __init__(
        self, source: YamlSource, at: Path_, quality: DataQuality, *, column: str | None, columns: frozenset[str]
    ) -> None:
        self.source = source
        self.at = at
        self.quality = quality
        self.column = column
        self.columns = columns

    def rule(self) -> Rule:
        """The rule that the entry declares. Raises DeclarationError."""
        quality = self.quality
        expectation, arguments = self._expectation()
        # Great Expectations' own form may name the column itself, under a property or under the entity.
        column = arguments.pop("column", None) or self.column
        if self.column and column != self.column:
            raise self._fail(f"the rule stands under {self.column} but names {column}.", "Move it or rename it.")
        self._check_columns(column, arguments)
        severity = (quality.severity or "warning").lower()
        if severity not in _SEVERITIES:
            raise self._fail(f"severity {severity!r} is unknown.", "Choose critical, warning or info.")
        return Rule(
            name=quality.name or "_".join(filter(None, (column, quality.metric or expectation))),
            severity=_SEVERITIES[severity],
            description=(quality.description or "").strip(),
            expectation=expectation,
            arguments=arguments,
            column=column,
        )

    def _expectation(self) -> tuple[str, dict[str, Any]]:
        quality = self.quality
        if quality.type == "custom" and (quality.engine or "").replace("-", "").lower() == "greatexpectations":
            return self._custom()
        if quality.type in (None, "library") and quality.metric:
            return self._library(quality.metric)
        if quality.type == "sql" and quality.query:
            return self._sql(quality.query)
        raise self._fail(
            "this quality rule is of no kind the platform can run.",
            "Use a library metric, type: sql with a query that counts violations, or engine: greatExpectations.",
        )

    def _custom(self) -> tuple[str, dict[str, Any]]:
        declared = self.quality.implementation
        if not isinstance(declared, dict):
            raise self._fail("implementation is not a mapping.", "Write implementation: {type: expect_…, kwargs: {…}}.")
        written = str(declared.get("type") or declared.get("expectation_type") or "")
        name = expectation_name(written)
        if name is None:
            near = get_close_matches(written.replace("_", "").lower(), LETTERS, n=1)
            meant = f"Did you mean {LETTERS[near[0]]}?" if near else "See Great Expectations' gallery for its names."
            raise self._fail(f"Great Expectations has no expectation {written!r}.", meant)
        arguments = dict(declared.get("kwargs") or {})
        if name == "UnexpectedRowsExpectation":
            raise self._fail(f"{name} is not taken.", "Write type: sql with a query that counts violations.")
        if name == QUERY_TO_BE_ZERO:
            return self._sql(str(arguments.get("query", "")))
        return name, arguments

    def _sql(self, query: str) -> tuple[str, dict[str, Any]]:
        if "{table}" not in query:
            raise self._fail(
                "the query does not read from {table}, which stands for the checked rows.",
                "Write select count(*) from {table} where …",
            )
        if self._bounds() not in ({}, {"min_value": 0, "max_value": 0}, {"max_value": 0}):
            raise self._fail("a query counts violations, so it must be 0.", "Write mustBe: 0 or leave it out.")
        return QUERY_TO_BE_ZERO, {"query": query}

    def _library(self, metric: str) -> tuple[str, dict[str, Any]]:
        arguments = self.quality.arguments or {}
        if metric == "rowCount":
            bounds = self._bounds()
            if self.column or not bounds:
                raise self._fail("rowCount is a rule of the entity, with a bound.", "Add mustBeGreaterThan: 0.")
            return "ExpectTableRowCountToBeBetween", bounds
        if metric == "duplicateValues":
            key = [self.column] if self.column else list(arguments.get("properties") or ())
            if not key or self._mostly():
                raise self._fail(
                    "duplicateValues needs its properties, and knows no tolerance.",
                    "Write it under a property, or add arguments: {properties: [...]}.",
                )
            return KEY_UNIQUE, {"key": key}
        if self.column is None and metric in ("nullValues", "missingValues", "invalidValues"):
            raise self._fail(f"{metric} is a rule of one property.", "Write it under that property's quality.")
        match metric:
            case "nullValues" | "missingValues" if set(arguments.get("missingValues") or [None]) == {None}:
                return "ExpectColumnValuesToNotBeNull", self._mostly()
            case "invalidValues" if arguments.get("validValues"):
                return "ExpectColumnValuesToBeInSet", {"value_set": list(arguments["validValues"]), **self._mostly()}
            case "invalidValues" if arguments.get("pattern"):
                return "ExpectColumnValuesToMatchRegex", {"regex": str(arguments["pattern"]), **self._mostly()}
        raise self._fail(
            f"library metric {metric!r} with these arguments is not supported.",
            "Supported: nullValues, missingValues (null only), invalidValues with validValues or pattern, "
            "duplicateValues, rowCount.",
        )

    def _mostly(self) -> dict[str, Any]:
        """`mustBeLessOrEqualTo: 5, unit: percent` allows that share of violations; the rest is called `mostly`."""
        bounds = self._bounds(strict_by=0)
        if bounds in ({}, {"max_value": 0}, {"min_value": 0, "max_value": 0}):
            return {}
        if self.quality.unit != "percent" or set(bounds) != {"max_value"} or not 0 < bounds["max_value"] < 100:
            raise self._fail(
                "violations are allowed as a share only.",
                "Write mustBeLessOrEqualTo: 5 and unit: percent, or mustBe: 0.",
            )
        return {"mostly": float(1 - Decimal(str(bounds["max_value"])) / 100)}

    def _bounds(self, strict_by: int = 1) -> dict[str, Any]:
        """The entry's mustBe… as inclusive bounds; `strict_by` is the step between whole numbers."""
        quality = self.quality
        if any(bound is not None for bound in (quality.mustNotBe, quality.mustNotBeBetween)):
            raise self._fail(
                "mustNotBe is not supported.", "Say what it must be: mustBe, mustBeBetween, mustBeLessThan …"
            )
        low, high = quality.mustBeBetween or (None, None)
        if quality.mustBe is not None:
            low = high = quality.mustBe
        if quality.mustBeGreaterOrEqualTo is not None:
            low = quality.mustBeGreaterOrEqualTo
        if quality.mustBeGreaterThan is not None:
            low = quality.mustBeGreaterThan + strict_by
        if quality.mustBeLessOrEqualTo is not None:
            high = quality.mustBeLessOrEqualTo
        if quality.mustBeLessThan is not None:
            high = quality.mustBeLessThan - strict_by
        return {name: bound for name, bound in (("min_value", low), ("max_value", high)) if bound is not None}

    def _check_columns(self, column: str | None, arguments: dict[str, Any]) -> None:
        listed = [*(arguments.get("column_list") or ()), *(arguments.get("key") or ())]
        for name in filter(None, (column, arguments.get("column_A"), arguments.get("column_B"), *listed)):
            if name not in self.columns:
                raise self._fail(
                    f"the rule names {name!r}, which is no field.", f"The fields are {', '.join(sorted(self.columns))}."
                )

    def _fail(self, message: str, remedy: str) -> DeclarationError:
        return DeclarationError(message, place=self.source.place(self.at), remedy=remedy)
