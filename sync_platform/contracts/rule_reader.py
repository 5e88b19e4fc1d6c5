"""Turns a contract's constraints and ODCS quality rules into rules for a day, named after Great Expectations' classes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from open_data_contract_standard.model import DataQuality, SchemaObject

from sync_platform.contracts.contract import Field, FieldType, Rule, Severity
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
    rules = [*_implied(fields, key), *_declared(source, entity, at)]
    seen: set[str] = set()
    for rule in rules:
        if rule.name in seen:
            raise DeclarationError(f"two rules are named {rule.name}.", place=source.place(at), remedy="Rename one.")
        seen.add(rule.name)
    return tuple(rules)


def _implied(fields: tuple[Field, ...], key: tuple[str, ...]) -> Iterator[Rule]:
    yield Rule(
        name="key_unique",
        severity=Severity.CRITICAL,
        description=f"One record per {', '.join(key)}.",
        expectation="ExpectKeyUnique",
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
        arguments["min_value"] = float(field.minimum)
    if field.exclusive_minimum is not None:
        arguments |= {"min_value": float(field.exclusive_minimum), "strict_min": True}
    if field.maximum is not None:
        arguments["max_value"] = float(field.maximum)
    if field.exclusive_maximum is not None:
        arguments |= {"max_value": float(field.exclusive_maximum), "strict_max": True}
    return arguments


def _declared(source: YamlSource, entity: SchemaObject, at: Path_) -> Iterator[Rule]:
    for index, quality in enumerate(entity.quality or ()):
        yield _rule(source, quality, column=None, at=(*at, "quality", index))
    for position, item in enumerate(entity.properties or ()):
        for index, quality in enumerate(item.quality or ()):
            yield _rule(source, quality, column=item.name, at=(*at, "properties", position, "quality", index))


def _rule(source: YamlSource, quality: DataQuality, *, column: str | None, at: Path_) -> Rule:
    expectation, arguments = _expectation(source, quality, column=column, at=at)
    severity = (quality.severity or "warning").lower()
    if severity not in _SEVERITIES:
        raise DeclarationError(
            f"severity {severity!r} is unknown.", place=source.place(at), remedy="Choose critical, warning or info."
        )
    return Rule(
        name=quality.name or "_".join(filter(None, (column, quality.metric or expectation))),
        severity=_SEVERITIES[severity],
        description=(quality.description or "").strip(),
        expectation=expectation,
        arguments=arguments,
        column=column,
    )


def _expectation(
    source: YamlSource, quality: DataQuality, *, column: str | None, at: Path_
) -> tuple[str, dict[str, Any]]:
    if quality.type == "custom" and quality.engine == "greatExpectations" and isinstance(quality.implementation, dict):
        declared = dict(quality.implementation)
        name = declared.get("type") or declared.get("expectation_type")
        arguments = dict(declared.get("kwargs") or {})
        arguments.pop("column", None)
        if isinstance(name, str):
            return "".join(part.capitalize() for part in name.split("_")), arguments
    if quality.type in (None, "library") and quality.metric:
        return _library(source, quality, at=at)
    if quality.type == "sql" and quality.query:
        return "ExpectQueryToBeZero", {"query": quality.query}
    raise DeclarationError(
        "this quality rule is of no kind the platform can run.",
        place=source.place(at),
        remedy="Use a library metric, type: sql with a query that counts violations, or engine: greatExpectations.",
    )


def _library(source: YamlSource, quality: DataQuality, *, at: Path_) -> tuple[str, dict[str, Any]]:
    match quality.metric:
        case "nullValues" | "missingValues":
            return "ExpectColumnValuesToNotBeNull", _mostly(quality)
        case "invalidValues" if (quality.arguments or {}).get("validValues"):
            return "ExpectColumnValuesToBeInSet", {"value_set": list((quality.arguments or {})["validValues"]), **_mostly(quality)}
        case "duplicateValues":
            return "ExpectColumnValuesToBeUnique", {}
        case "rowCount":
            return "ExpectTableRowCountToBeBetween", _bounds(quality)
    raise DeclarationError(
        f"library metric {quality.metric!r} is not supported.",
        place=source.place(at),
        remedy="Supported: nullValues, missingValues, invalidValues with validValues, duplicateValues, rowCount.",
    )


def _mostly(quality: DataQuality) -> dict[str, Any]:
    """`mustBeLessThan: 5, unit: percent` allows a share of violations; Great Expectations calls the rest `mostly`."""
    allowed = quality.mustBeLessThan if quality.mustBeLessThan is not None else quality.mustBeLessOrEqualTo
    if allowed is None or quality.unit != "percent":
        return {}
    return {"mostly": 1 - float(allowed) / 100}


def _bounds(quality: DataQuality) -> dict[str, Any]:
    if quality.mustBeBetween:
        return {"min_value": quality.mustBeBetween[0], "max_value": quality.mustBeBetween[1]}
    bounds = {
        "min_value": quality.mustBeGreaterOrEqualTo
        if quality.mustBeGreaterOrEqualTo is not None
        else (quality.mustBeGreaterThan + 1 if quality.mustBeGreaterThan is not None else None),
        "max_value": quality.mustBeLessOrEqualTo
        if quality.mustBeLessOrEqualTo is not None
        else (quality.mustBeLessThan - 1 if quality.mustBeLessThan is not None else None),
    }
    return {name: value for name, value in bounds.items() if value is not None}
