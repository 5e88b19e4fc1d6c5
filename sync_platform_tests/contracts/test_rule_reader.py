"""Which rules a contract's constraints and quality entries become, and which entries are refused, at which line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sync_platform.contracts.contract import Rule, Severity
from sync_platform.contracts.reader import read_contract
from sync_platform.errors import DeclarationError

BETWEEN = {"type": "expect_column_values_to_be_between", "kwargs": {"min_value": 1}}


def contract_file(
    folder: Path, *, entity: list[dict[str, Any]] | None = None, status: list[dict[str, Any]] | None = None
) -> Path:
    """A contract with the given quality entries of the entity and of its field `status`."""
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "team": {"name": "Shop", "members": [{"username": "shop-ops"}]},
        "schema": [
            {
                "name": "orders",
                "properties": [
                    {"name": "id", "logicalType": "string", "primaryKey": True},
                    {"name": "day", "logicalType": "date", "required": True},
                    {
                        "name": "amount",
                        "logicalType": "number",
                        "logicalTypeOptions": {"minimum": 0.5, "exclusiveMaximum": 1000},
                    },
                    {"name": "status", "logicalType": "string", "quality": status or []},
                ],
                "quality": entity or [],
                "customProperties": [
                    {"property": "kind", "value": "event"},
                    {"property": "businessDay", "value": "day"},
                    {"property": "sourceVersion", "value": {"kind": "none"}},
                ],
            }
        ],
    }
    file = folder / "orders.yaml"
    file.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return file


def declared(folder: Path, **quality: list[dict[str, Any]]) -> Rule:
    """The one rule that does not come from a constraint."""
    (rule,) = read_contract(contract_file(folder, **quality)).rules[4:]
    return rule


def test_keys_required_fields_and_ranges_become_blocking_rules(tmp_path: Path) -> None:
    rules = read_contract(contract_file(tmp_path)).rules

    assert [(rule.name, rule.expectation, rule.column, rule.arguments) for rule in rules] == [
        ("key_unique", "ExpectKeyUnique", None, {"key": ["id"]}),
        ("id_required", "ExpectColumnValuesToNotBeNull", "id", {}),
        ("day_required", "ExpectColumnValuesToNotBeNull", "day", {}),
        (
            "amount_range",
            "ExpectColumnValuesToBeBetween",
            "amount",
            {"min_value": 0.5, "max_value": 1000, "strict_max": True},
        ),
    ]
    assert all(rule.blocking for rule in rules)


@pytest.mark.parametrize(
    ("quality", "expectation", "arguments"),
    [
        ({"metric": "nullValues", "mustBe": 0}, "ExpectColumnValuesToNotBeNull", {}),
        ({"type": "library", "metric": "missingValues"}, "ExpectColumnValuesToNotBeNull", {}),
        (
            {"metric": "nullValues", "mustBeLessOrEqualTo": 5, "unit": "percent"},
            "ExpectColumnValuesToNotBeNull",
            {"mostly": 0.95},
        ),
        (
            {"metric": "invalidValues", "arguments": {"validValues": ["paid", "open"]}, "mustBe": 0},
            "ExpectColumnValuesToBeInSet",
            {"value_set": ["paid", "open"]},
        ),
        (
            {"metric": "invalidValues", "arguments": {"pattern": "^p"}},
            "ExpectColumnValuesToMatchRegex",
            {"regex": "^p"},
        ),
        ({"metric": "duplicateValues", "mustBe": 0}, "ExpectKeyUnique", {"key": ["status"]}),
        (
            {"type": "custom", "engine": "greatExpectations", "implementation": BETWEEN},
            "ExpectColumnValuesToBeBetween",
            {"min_value": 1},
        ),
        (
            {
                "type": "custom",
                "engine": "great-expectations",
                "implementation": {"type": "ExpectColumnValuesToBeNull", "kwargs": {"column": "status"}},
            },
            "ExpectColumnValuesToBeNull",
            {},
        ),
    ],
)
def test_an_entry_of_a_property_becomes_a_rule_of_its_column(
    tmp_path: Path, quality: dict[str, Any], expectation: str, arguments: dict[str, Any]
) -> None:
    rule = declared(tmp_path, status=[quality])

    assert (rule.expectation, rule.column, rule.arguments) == (expectation, "status", arguments)
    assert rule.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("quality", "expectation", "column", "arguments"),
    [
        ({"metric": "rowCount", "mustBeGreaterThan": 0}, "ExpectTableRowCountToBeBetween", None, {"min_value": 1}),
        (
            {"metric": "rowCount", "mustBeBetween": [1, 9]},
            "ExpectTableRowCountToBeBetween",
            None,
            {"min_value": 1, "max_value": 9},
        ),
        (
            {"metric": "rowCount", "mustBe": 3},
            "ExpectTableRowCountToBeBetween",
            None,
            {"min_value": 3, "max_value": 3},
        ),
        (
            {"metric": "rowCount", "mustBeLessThan": 10},
            "ExpectTableRowCountToBeBetween",
            None,
            {"max_value": 9},
        ),
        (
            {"metric": "duplicateValues", "arguments": {"properties": ["day", "status"]}},
            "ExpectKeyUnique",
            None,
            {"key": ["day", "status"]},
        ),
        (
            {"type": "sql", "query": "select count(*) from {table} where amount < 0", "mustBe": 0},
            "ExpectQueryToBeZero",
            None,
            {"query": "select count(*) from {table} where amount < 0"},
        ),
        (
            {
                "type": "custom",
                "engine": "greatExpectations",
                "implementation": {"type": "expect_column_max_to_be_between", "kwargs": {"column": "amount"}},
            },
            "ExpectColumnMaxToBeBetween",
            "amount",
            {},
        ),
    ],
)
def test_an_entry_of_the_entity_becomes_a_rule_of_the_day(
    tmp_path: Path, quality: dict[str, Any], expectation: str, column: str | None, arguments: dict[str, Any]
) -> None:
    rule = declared(tmp_path, entity=[quality])

    assert (rule.expectation, rule.column, rule.arguments) == (expectation, column, arguments)


def test_a_rule_takes_its_name_its_severity_and_its_words_from_the_entry(tmp_path: Path) -> None:
    named = {"metric": "nullValues", "name": "status_known", "severity": "error", "description": " Known. "}

    rule = declared(tmp_path, status=[named])

    assert (rule.name, rule.severity, rule.description) == ("status_known", Severity.CRITICAL, "Known.")
    assert declared(tmp_path, status=[{"metric": "nullValues"}]).name == "status_nullValues"


def gx(type_: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": "custom", "engine": "greatExpectations", "implementation": {"type": type_, "kwargs": kwargs}}


@pytest.mark.parametrize(
    ("under", "quality", "message"),
    [
        ("status", gx("expect_column_values_to_be_unik"), "Did you mean ExpectColumnValuesToBeUnique"),
        ("status", gx("anything"), "no expectation 'anything'"),
        ("entity", gx("expect_column_max_to_be_between", column="colour"), "'colour', which is no field"),
        ("status", gx("expect_column_values_to_be_null", column="amount"), "stands under status but names amount"),
        ("entity", gx("expect_column_pair_values_to_be_equal", column_A="day", column_B="dai"), "'dai'"),
        ("entity", gx("expect_compound_columns_to_be_unique", column_list=["day", "dai"]), "'dai'"),
        ("entity", gx("unexpected_rows_expectation", unexpected_rows_query="select 1"), "type: sql"),
        ("entity", {**gx("x"), "implementation": "expect_x"}, "implementation is not a mapping"),
        ("entity", {"metric": "rowCount"}, "Add mustBeGreaterThan: 0"),
        ("status", {"metric": "rowCount", "mustBe": 1}, "rowCount is a rule of the entity"),
        ("entity", {"metric": "nullValues"}, "nullValues is a rule of one property"),
        ("entity", {"metric": "duplicateValues"}, "needs its properties"),
        ("status", {"metric": "duplicateValues", "mustBeLessThan": 5, "unit": "percent"}, "knows no tolerance"),
        ("status", {"metric": "nullValues", "mustBeLessThan": 5}, "as a share only"),
        ("status", {"metric": "nullValues", "mustBeLessThan": 100, "unit": "percent"}, "as a share only"),
        ("status", {"metric": "nullValues", "mustBeGreaterThan": 5}, "as a share only"),
        ("status", {"metric": "nullValues", "mustNotBe": 0}, "mustNotBe is not supported"),
        ("status", {"metric": "missingValues", "arguments": {"missingValues": [None, "N/A"]}}, "not supported"),
        ("status", {"metric": "invalidValues"}, "not supported"),
        ("entity", {"type": "sql", "query": "select count(*) from orders"}, "does not read from {table}"),
        ("entity", {"type": "sql", "query": "select count(*) from {table}", "mustBeGreaterThan": 1}, "must be 0"),
        ("entity", {"type": "text", "description": "Looks right."}, "of no kind the platform can run"),
        ("status", {"metric": "nullValues", "severity": "high"}, "severity 'high' is unknown"),
    ],
)
def test_an_entry_that_cannot_be_honoured_is_refused_at_its_line(
    tmp_path: Path, under: str, quality: dict[str, Any], message: str
) -> None:
    file = contract_file(tmp_path, **{under: [quality]})
    lines = file.read_text(encoding="utf-8").splitlines()

    with pytest.raises(DeclarationError) as caught:
        read_contract(file)

    assert message in str(caught.value)
    # The entry is the only quality entry, so its first line is the only one that starts a list under `quality:`.
    first = next(number for number, line in enumerate(lines, 1) if line.strip() == "quality:")
    assert caught.value.place is not None
    assert int(caught.value.place.rpartition(":")[2]) in (first, first + 1)


def test_two_rules_of_one_name_are_refused(tmp_path: Path) -> None:
    file = contract_file(tmp_path, status=[{"metric": "nullValues"}, {"metric": "nullValues"}])

    with pytest.raises(DeclarationError, match="two rules are named status_nullValues"):
        read_contract(file)


def test_a_rule_may_not_have_the_name_of_a_statistical_check(tmp_path: Path) -> None:
    file = contract_file(tmp_path, status=[{"metric": "nullValues", "name": "null_drift"}])

    with pytest.raises(DeclarationError, match="null_drift is a check of ours"):
        read_contract(file)
