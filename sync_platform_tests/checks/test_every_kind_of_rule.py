"""Every kind of rule that a contract can express, as YAML: one violating row each, and exactly that check fails.

What Great Expectations found is stored as it said it, beside the words that people read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.contracts.contract import Contract, Severity
from sync_platform.contracts.reader import read_contract
from sync_platform.landing.check_results import read_check_results, upsert_check_results
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.pull.day_rules import result_row
from sync_platform_tests.checks.conftest import DAY, Orders

DOCS = Path(__file__).resolve().parents[2] / "docs" / "contracts.md"


@dataclass(frozen=True)
class Kind:
    """One quality entry: where it stands (a field, or None for the entity), the row that breaks it, how bad that is."""

    entry: dict[str, Any]
    under: str | None
    row: dict[str, Any] | None
    severity: Severity


def custom(type_: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": "custom", "engine": "greatExpectations", "implementation": {"type": type_, "kwargs": kwargs}}


NONE_ALLOWED = {"mustBe": 0}
KINDS: dict[str, Kind] = {
    "null_values": Kind(
        {"metric": "nullValues", **NONE_ALLOWED, "severity": "critical"}, "note", {"note": None}, Severity.CRITICAL
    ),
    "missing_values": Kind(
        {"type": "library", "metric": "missingValues", **NONE_ALLOWED}, "branch", {"branch": None}, Severity.WARNING
    ),
    "valid_values": Kind(
        {
            "metric": "invalidValues",
            "arguments": {"validValues": ["paid", "open"]},
            **NONE_ALLOWED,
            "severity": "error",
        },
        "status",
        {"status": "lost"},
        Severity.CRITICAL,
    ),
    "pattern": Kind(
        {"metric": "invalidValues", "arguments": {"pattern": "^[A-Z]{3}$"}, **NONE_ALLOWED, "severity": "info"},
        "currency",
        {"currency": "rupees"},
        Severity.INFO,
    ),
    "duplicates_of_a_field": Kind(
        {"metric": "duplicateValues", **NONE_ALLOWED, "severity": "warning"},
        "receipt",
        {"receipt": 101},
        Severity.WARNING,
    ),
    "duplicates_of_fields": Kind(
        {"metric": "duplicateValues", "arguments": {"properties": ["branch", "line_no"]}, **NONE_ALLOWED},
        None,
        {"line_no": 2},
        Severity.WARNING,
    ),
    "a_share_allowed": Kind(
        {"metric": "nullValues", "mustBeLessOrEqualTo": 10, "unit": "percent"},
        "email",
        {"email": None},
        Severity.WARNING,
    ),
    "row_count": Kind(
        {"metric": "rowCount", "mustBeGreaterThan": 2, "severity": "critical"}, None, None, Severity.CRITICAL
    ),
    "sql": Kind(
        {
            "type": "sql",
            "query": "SELECT count(*) FROM {table} WHERE paid > amount",
            **NONE_ALLOWED,
            "severity": "critical",
        },
        None,
        {"paid": 11},
        Severity.CRITICAL,
    ),
    "custom_of_a_column": Kind(
        {**custom("expect_column_values_to_be_between", min_value=1, max_value=9), "severity": "critical"},
        "quantity",
        {"quantity": 10},
        Severity.CRITICAL,
    ),
    "custom_of_an_aggregate": Kind(
        {**custom("expect_column_max_to_be_between", column="amount", max_value=1000), "severity": "warning"},
        None,
        {"amount": 1001},
        Severity.WARNING,
    ),
    "custom_of_a_pair": Kind(
        {
            **custom("expect_column_pair_values_to_be_equal", column_A="sold_day", column_B="booked_day"),
            "severity": "info",
        },
        None,
        {"booked_day": "2026-11-21"},
        Severity.INFO,
    ),
    "custom_written_as_a_class": Kind(
        {**custom("ExpectColumnValuesToBeNull"), "severity": "error"},
        "voided_at",
        {"voided_at": "2026-11-20T08:00:00Z"},
        Severity.CRITICAL,
    ),
}
"""Severities: critical and its synonym error, warning and its default, info."""
IMPLIED: dict[str, dict[str, Any]] = {
    "key_unique": {"id": "A1"},
    "id_required": {"id": None},
    "weight_required": {"weight": None},
    "weight_range": {"weight": 0},
}
LOGICAL = {"bigint": "integer", "numeric": "number", "date": "date", "timestamptz": "timestamp"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """A contract with a rule of each kind, read from its file like any other."""
    from sync_platform_tests.checks.conftest import COLUMNS

    properties = []
    for name, type_ in {**COLUMNS, "weight": "numeric"}.items():
        item: dict[str, Any] = {"name": name, "logicalType": LOGICAL.get(type_, "string"), "description": name}
        if type_ == "timestamptz":
            item["customProperties"] = [{"property": "timeFormat", "value": "offset"}]
        if name == "id":
            item |= {"primaryKey": True, "required": True}
        if name == "weight":
            item |= {"required": True, "logicalTypeOptions": {"exclusiveMinimum": 0}}
        item["quality"] = [{"name": rule, **kind.entry} for rule, kind in KINDS.items() if kind.under == name]
        properties.append(item)
    entity = {
        "name": "orders",
        "description": "Orders.",
        "customProperties": [
            {"property": "kind", "value": "event"},
            {"property": "sourceVersion", "value": {"kind": "none"}},
            {"property": "businessDay", "value": "sold_day"},
        ],
        "quality": [{"name": rule, **kind.entry} for rule, kind in KINDS.items() if kind.under is None],
        "properties": properties,
    }
    document = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": "orders",
        "version": "1.0.0",
        "status": "active",
        "team": {"name": "Shop"},
        "schema": [entity],
    }
    file = tmp_path_factory.mktemp("contract") / "orders.yaml"
    file.write_text(yaml.safe_dump(document), encoding="utf-8")
    return read_contract(file)


@pytest.fixture
def weighed(orders: Orders) -> Orders:
    """Three good orders, each with a weight."""
    orders.connection.execute("alter table landing.shop__orders add column weight numeric default 1")
    return orders


def judged(orders: Orders, contract: Contract) -> dict[str, RuleResult]:
    return {result.rule: result for result in run_rules(contract, orders.relation, database_url=orders.url)}


def failing(results: dict[str, RuleResult]) -> list[str]:
    assert [result.error for result in results.values() if result.error] == []
    return [name for name, result in results.items() if not result.passed]


def test_good_rows_break_no_kind_of_rule(weighed: Orders, contract: Contract) -> None:
    assert failing(judged(weighed, contract)) == []


PLANTED = {**{name: kind.row for name, kind in KINDS.items() if kind.row is not None}, **IMPLIED}


@pytest.mark.parametrize("name", PLANTED)
def test_one_violating_row_fails_exactly_the_rule_of_its_kind(weighed: Orders, contract: Contract, name: str) -> None:
    weighed.add(**PLANTED[name])

    results = judged(weighed, contract)

    assert failing(results) == [name]
    assert results[name].severity is (KINDS[name].severity if name in KINDS else Severity.CRITICAL)
    assert results[name].blocking is (results[name].severity is Severity.CRITICAL)


def test_too_few_rows_fail_exactly_the_row_count(weighed: Orders, contract: Contract) -> None:
    weighed.relation = Relation("landing", "shop__orders", DAY.replace(day=19))
    for number in range(2):
        weighed.add(day=DAY.replace(day=19), id=f"B{number}")

    assert failing(judged(weighed, contract)) == ["row_count"]


def test_every_rule_of_the_contract_has_a_row_that_breaks_it(contract: Contract) -> None:
    assert {rule.name for rule in contract.rules} == {*PLANTED, "row_count"}


def test_a_rule_without_a_planted_row_is_noticed(contract: Contract) -> None:
    more = replace(contract, rules=(*contract.rules, replace(contract.rules[0], name="nobody_plants_this")))

    with pytest.raises(AssertionError, match="nobody_plants_this"):
        test_every_rule_of_the_contract_has_a_row_that_breaks_it(more)


def test_every_metric_engine_and_severity_that_contracts_may_use_is_among_the_kinds() -> None:
    documented = DOCS.read_text(encoding="utf-8")
    section = documented.partition("## Quality")[2].partition("## Freshness")[0]
    used = yaml.safe_dump([kind.entry for kind in KINDS.values()])

    for word in {*re.findall(r"metric: (\w+)", section), "missingValues", "validValues", "sql", "greatExpectations"}:
        assert word in used, word
    assert {kind.severity for kind in KINDS.values()} == set(Severity)


def test_what_great_expectations_found_is_stored_as_it_said_it(
    weighed: Orders, contract: Contract, connection: Connection
) -> None:
    weighed.add(quantity=10, email="jane.doe@example.org")
    results = judged(weighed, contract)
    key = DayKey("shop", "orders", DAY)

    upsert_check_results(connection, key, [result_row(result) for result in results.values()], load_id=None)

    stored = {row["rule"]: row for row in read_check_results(connection, key)}
    assert set(stored) == {rule.name for rule in contract.rules}
    range_ = stored["custom_of_a_column"]
    assert (range_["passed"], range_["blocking"], range_["severity"]) == (False, True, "critical")
    assert (range_["unexpected_count"], range_["element_count"]) == (1, 4)
    assert range_["observed"] == "1 of 4 rows: quantity outside 1..9"
    assert range_["sample"] == [{"id": "A4", "quantity": "10"}]
    assert stored["custom_of_an_aggregate"]["observed"] == "observed 10.0"
    assert "jane" not in str(stored)
