"""Each kind of drift and volume fault, brought about at the sandbox's POS, is found by the check meant for it alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sync_platform.contracts.contract import DRIFT_CHECKS, UnknownFields
from sync_platform.declarations.partner_system import DEFS_FOLDER, Entity, read_partner_system
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.partners.client import PartnerClient
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.tools import PullTools
from sync_platform.pull.whole_day import pull_day
from sync_platform.sandbox import Sandbox
from sync_platform_tests.fresh_database import FreshDatabases

NOW = datetime.fromisoformat("2026-11-20T16:00:00+05:30")
LEARNT, DAY = 20, date(2026, 11, 10)
"""Days before DAY that are known; all of them have settled."""


class WorldClock:
    """Our clock goes with the sandbox's."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def now(self) -> datetime:
        return self._sandbox.clock.now()

    def monotonic(self) -> float:
        return (self.now() - NOW).total_seconds()

    def sleep(self, seconds: float) -> None:
        self._sandbox.clock.advance(seconds)


@dataclass(frozen=True)
class Pos:
    """The platform beside the sandbox's POS, with days of sales behind it."""

    sandbox: Sandbox
    database: Database
    tools: PullTools
    entity: Entity

    def results(self, *, entity: Entity | None = None, **fault: Any) -> dict[str, dict[str, Any]]:
        """What the statistical checks say of DAY when it is read under this fault, as if for the first time."""
        with self.database.connect() as connection:
            for table in ("entity_day", "check_result", "profile", "volume", "shape", "dead_letter"):
                connection.execute(f"delete from sync.{table} where business_day = %s", [DAY])  # noqa: S608 - ours
            connection.execute("delete from landing.pos__sales where _business_day = %s", [DAY])
        fault_id = self.sandbox.faults.add(system="pos", path="/api/v1/sales", **fault) if fault else None
        try:
            load = pull_day(self.tools, entity or self.entity, day=DAY)
        finally:
            if fault_id is not None:
                self.sandbox.faults.remove(fault_id)
        assert load.outcome in ("published", "held"), load.error
        with self.database.connect() as connection:
            found = read_check_results(connection, DayKey("pos", "sales", DAY))
        return {row["rule"]: row for row in found if row["rule"] in DRIFT_CHECKS}


@pytest.fixture(scope="module")
def pos(databases: FreshDatabases) -> Iterator[Pos]:
    system = read_partner_system(DEFS_FOLDER / "pos")
    entity = system.entity("sales")
    unhurried = system.declaration.model_copy(update={"api": system.declaration.api.model_copy(update={"rate": None})})
    with databases.one() as database, Sandbox.generated(now=NOW) as sandbox:
        with database.connect() as connection:
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
        clock = WorldClock(sandbox)
        client = PartnerClient(unhurried, environment=sandbox.environment, clock=clock)
        tools = PullTools(
            database=database,
            client=client,
            clock=clock,
            check=lambda *_: (),
            holder="test",
            statistics=statistics_in(database),
        )
        for back in range(LEARNT, 0, -1):
            assert pull_day(tools, entity, day=DAY - timedelta(days=back)).outcome == "published"
        yield Pos(sandbox, database, tools, entity)
        client.close()


def failed(results: dict[str, dict[str, Any]]) -> list[str]:
    return sorted(rule for rule, row in results.items() if not row["passed"])


def test_an_undisturbed_day_raises_no_alarm_and_is_learnt(pos: Pos) -> None:
    results = pos.results()
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
    results = pos.results(**fault)
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
    results = pos.results(entity=replace(pos.entity, contract=contract), **NEW_FIELD)
    assert failed(results) == ([] if passed else ["schema_drift"])
    assert results["schema_drift"]["observed"].startswith("packs: new (number)")
    with pos.database.connect() as connection:
        row = connection.execute("select state from sync.entity_day where business_day = %s", [DAY]).fetchone()
    assert row == (state,)


def test_drift_that_the_contract_calls_critical_holds_the_day(pos: Pos) -> None:
    contract = replace(pos.entity.contract, drift={"unit_drift": "critical"})
    results = pos.results(
        entity=replace(pos.entity, contract=contract), kind="changed_values", field="quantity", factor=12
    )
    assert results["unit_drift"]["blocking"]
    with pos.database.connect() as connection:
        row = connection.execute("select state from sync.entity_day where business_day = %s", [DAY]).fetchone()
        kept = connection.execute("select count(*) from sync.profile where business_day = %s", [DAY]).fetchone()
    assert (row, kept) == (("held",), (0,))
