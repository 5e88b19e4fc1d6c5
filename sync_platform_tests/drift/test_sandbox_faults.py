"""Each kind of drift and volume fault, brought about at the sandbox's POS, is found by the check meant for it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sync_platform.contracts.contract import DRIFT_CHECKS, UnknownFields
from sync_platform_tests.drift.sandbox_pos import Pos, failed, open_pos
from sync_platform_tests.fresh_database import FreshDatabases

NOW = datetime.fromisoformat("2026-11-20T16:00:00+05:30")
LEARNT, DAY = 20, date(2026, 11, 10)
"""Days before DAY that are known; all of them have settled."""


@pytest.fixture(scope="module")
def pos(databases: FreshDatabases) -> Iterator[Pos]:
    with open_pos(databases, now=NOW) as pos:
        for back in range(LEARNT, 0, -1):
            pos.learn(DAY - timedelta(days=back))
        yield pos


def test_an_undisturbed_day_raises_no_alarm_and_is_learnt(pos: Pos) -> None:
    results = pos.results(DAY)
    assert failed(results) == []
    assert set(results) == DRIFT_CHECKS - {"volume_silence"}
    assert not [row["observed"] for row in results.values() if "learning" in row["observed"]]


FAULTS: list[tuple[str, dict[str, Any], str]] = [
    (
        "null_drift",
        {"kind": "changed_values", "field": "product.department", "remove": True, "share": 0.3},
        "department: missing in ",
    ),
    (
        "value_drift",
        {"kind": "changed_values", "field": "product.department", "value": "SEASONAL", "share": 0.1},
        "department: 'SEASONAL' new in ",
    ),
    (
        "unit_drift",
        {"kind": "changed_values", "field": "quantity", "factor": 12},
        "quantity: values are about 11 times",
    ),
    ("unit_drift", {"kind": "changed_values", "field": "amount", "factor": 100}, "amount: values are about 110 times"),
    (
        "distribution_drift",
        {"kind": "changed_values", "field": "quantity", "value": 3, "share": 0.5},
        "quantity: ",
    ),
    (
        "lateness_drift",
        {"kind": "changed_values", "field": "modifiedAt", "plus": 4 * 3_600_000, "share": 0.6},
        "delay: ",
    ),
    ("volume", {"kind": "missing_records", "share": 0.9}, "rows: got "),
    ("schema_drift", {"kind": "schema_change", "retype": "amount"}, "amount: now number, string on "),
    (
        "schema_drift",
        {"kind": "schema_change", "rename": {"product.department": "dept"}},
        "product.department: gone, department is read from it",
    ),
]


@pytest.mark.parametrize(("rule", "fault", "told"), FAULTS, ids=lambda value: str(value)[:40])
def test_a_fault_at_the_partner_is_found_by_its_own_check_alone(
    pos: Pos, rule: str, fault: dict[str, Any], told: str
) -> None:
    results = pos.results(DAY, **fault)
    assert failed(results) == [rule], {name: results[name]["observed"] for name in failed(results)}
    assert results[rule]["observed"].startswith(told), results[rule]["observed"]
    assert "2026-1" in results[rule]["observed"]
    assert not results[rule]["blocking"]


NEW_FIELD = {"kind": "schema_change", "add": {"packs": 4}}


@pytest.mark.parametrize(
    ("mode", "passed", "state"),
    [("evolve", True, "complete"), ("freeze", False, "complete"), ("reject", False, "held")],
)
def test_an_unknown_field_beside_a_critical_one_is_noted_warned_of_or_holds_the_day(
    pos: Pos, mode: str, passed: bool, state: str
) -> None:
    contract = replace(pos.entity.contract, unknown_fields=UnknownFields(mode))
    results = pos.results(DAY, entity=replace(pos.entity, contract=contract), **NEW_FIELD)
    assert failed(results) == ([] if passed else ["schema_drift"])
    assert results["schema_drift"]["observed"].startswith("packs: new (number)")
    with pos.database.connect() as connection:
        row = connection.execute("select state from sync.entity_day where business_day = %s", [DAY]).fetchone()
    assert row == (state,)


def test_drift_that_the_contract_calls_critical_holds_the_day(pos: Pos) -> None:
    contract = replace(pos.entity.contract, drift={"unit_drift": "critical"})
    results = pos.results(
        DAY, entity=replace(pos.entity, contract=contract), kind="changed_values", field="quantity", factor=12
    )
    assert results["unit_drift"]["blocking"]
    with pos.database.connect() as connection:
        row = connection.execute("select state from sync.entity_day where business_day = %s", [DAY]).fetchone()
        kept = connection.execute("select count(*) from sync.profile where business_day = %s", [DAY]).fetchone()
    assert (row, kept) == (("held",), (0,))
