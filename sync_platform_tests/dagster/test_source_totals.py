"""Newly settled days are verified in ticks and told to Dagster by day; a run of the check alone does the same."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from dagster import (
    AssetCheckKey,
    AssetKey,
    AssetSelection,
    DagsterInstance,
    Definitions,
    define_asset_job,
)

from sync_platform.components import source_totals
from sync_platform.components.entity_asset import entity_asset
from sync_platform.components.source_totals import Tick, tell, unhurried, verify_due
from sync_platform.declarations.model import Rate
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.declarations.verify import Verify
from sync_platform.landing.database import Database
from sync_platform.settings import DATABASE_URL
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

SALES = AssetKey(["till", "sales"])
CHECK = AssetCheckKey(SALES, "source_totals")
NEWEST = (datetime.now(UTC) - timedelta(days=6)).date()
DAYS = [NEWEST - timedelta(days=1), NEWEST]


@pytest.fixture
def system(hub: Hub, till: Till, database: Database, monkeypatch: pytest.MonkeyPatch) -> PartnerSystem:
    """The till, which may be asked how many sales it has, with two settled days landed."""
    monkeypatch.setenv("TILL_BASE_URL", till.url)
    monkeypatch.setenv(DATABASE_URL, database.url)
    monkeypatch.setattr(source_totals, "_clients", {})
    till.has_sales(*(sale(f"{day.day}-{number}", day=day.isoformat()) for day in DAYS for number in range(3)))
    for day in DAYS:
        hub.pull_day(day=day.isoformat())
    sales = hub.entity("sales")
    verifiable = replace(sales, declaration=sales.declaration.model_copy(update={"verify": Verify()}))
    return replace(hub.system, entities=(verifiable,))


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def tick(system: PartnerSystem, database: Database, *, seconds: float = 20.0) -> Tick:
    return verify_due((system,), database, deadline=time.monotonic() + seconds)


def told(instance: DagsterInstance) -> dict[str | None, str]:
    """The check's newest verdict of each day."""
    records = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=50)
    return {record.partition: record.status.value for record in reversed(records)}


def through(instance: DagsterInstance) -> list[str]:
    """What was told of the entity as a whole, newest first."""
    records = instance.fetch_observations(SALES, limit=10).records
    observed = [record.asset_observation for record in records]
    return [str(one.metadata["verified_through"].value) for one in observed if one is not None]


def test_settled_days_are_verified_once_and_told_by_day(
    system: PartnerSystem, database: Database, instance: DagsterInstance
) -> None:
    first = tick(system, database)
    tell(instance, first)

    assert (first.verified, first.problems) == (2, [])
    assert told(instance) == {day.isoformat(): "SUCCEEDED" for day in DAYS}
    assert through(instance) == [NEWEST.isoformat()]
    again = tick(system, database)
    assert (again.verified, again.evaluations, again.observations) == (0, [], [])


def test_a_day_that_differs_fails_its_check_with_the_keys_and_is_the_hole(
    hub: Hub, system: PartnerSystem, database: Database, instance: DagsterInstance
) -> None:
    hub.run("delete from landing.till__sales where id = %s", [f"{NEWEST.day}-1"])

    found = tick(system, database)
    tell(instance, found)

    assert told(instance) == {DAYS[0].isoformat(): "SUCCEEDED", NEWEST.isoformat(): "FAILED"}
    (_, failed) = found.evaluations
    assert failed.severity.value == "ERROR"
    assert f'\\["{NEWEST.day}-1"\\] | missing\\_here' in str(failed.metadata["differing_keys"].value)
    assert "| partner | 3 |" in str(failed.metadata["figures"].value)
    assert found.observations[0].metadata["first_day_not_verified"].value == f"{NEWEST}: differs"
    assert through(instance) == [DAYS[0].isoformat()]


def test_a_partner_that_is_away_fails_no_check_and_is_left_alone_for_this_tick(
    till: Till, system: PartnerSystem, database: Database
) -> None:
    till.fails(status=503)

    found = tick(system, database)

    assert (found.verified, found.evaluations, found.observations) == (1, [], [])
    assert len(found.problems) == 1
    assert "503" in found.problems[0]
    till.recovers()
    assert [one.partition for one in tick(system, database).evaluations] == [NEWEST.isoformat()], "the other rests"


def test_a_tick_without_time_asks_nobody(till: Till, system: PartnerSystem, database: Database) -> None:
    asked = len(till.asked)
    assert tick(system, database, seconds=-1.0).verified == 0
    assert len(till.asked) == asked


def test_a_system_whose_variables_are_not_set_is_named_and_leaves_the_others_alone(
    system: PartnerSystem, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TILL_BASE_URL")
    assert ["TILL_BASE_URL" in problem for problem in tick(system, database).problems] == [True]


def test_the_check_run_by_hand_verifies_the_days_that_were_chosen(
    system: PartnerSystem, database: Database, instance: DagsterInstance, hub: Hub
) -> None:
    (entity,) = system.entities
    asset = entity_asset(system, entity)
    job = define_asset_job("check", selection=AssetSelection.checks(CHECK))
    resolved = Definitions(assets=[asset], jobs=[job]).resolve_job_def("check")

    result = resolved.execute_in_process(instance=instance, tags={"dagster/partition": NEWEST.isoformat()})

    assert result.success
    (evaluation,) = result.get_asset_check_evaluations()
    assert (evaluation.check_name, evaluation.partition, evaluation.passed) == (
        "source_totals",
        NEWEST.isoformat(),
        True,
    )
    verified = hub.query("select business_day, verdict from sync.verification")
    assert verified == [{"business_day": NEWEST, "verdict": "agrees"}]
    assert through(instance) == ["none"], "the day before is a hole"


def test_verifying_takes_a_tenth_of_the_partners_pace() -> None:
    for system in (system for system in read_partner_systems() if system.asked):
        declared, slower = system.declaration.api.rate, unhurried(system.declaration).api.rate
        assert declared is not None
        assert slower == Rate(requests=declared.requests, per=declared.per * 10, source=declared.source)
