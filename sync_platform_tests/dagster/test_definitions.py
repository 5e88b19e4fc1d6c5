"""What Dagster finds, by name: a renamed asset loses its history, a renamed sensor its switch."""

from __future__ import annotations

from datetime import date

import pytest
from dagster import Definitions, JobDefinition, RepositoryDefinition
from dagster._core.execution.api import create_execution_plan

from sync_platform.components.run_executor import locked_in_process
from sync_platform.components.system_sensor import range_run
from sync_platform.declarations.partner_system import find_system, read_partner_systems
from sync_platform.definitions import defs

ASSETS = {
    "duplicates/customers",
    "duplicates/products",
    "bank/statement_lines",
    "ledger/entries",
    "legacy_erp/stock",
    "payments/payments",
    "payments/payouts",
    "platform/dead_letters",
    "platform/retention",
    "pos/customers",
    "pos/sales",
    "pos/stock_levels",
    "reconciliation/stock",
    "reports/freshness",
    "reports/kpis",
    "reports/quality",
    "shop/customers",
    "shop/listings",
    "shop/orders",
}
LEFT_AS_FILES = {"bank/statement_lines", "legacy_erp/stock"}
SYSTEMS = ("bank", "ledger", "legacy_erp", "payments", "pos", "shop")
JOBS = {f"{system}_{job}" for system in SYSTEMS for job in ("load", "replay")}
SCHEDULES = {
    "dead_letter_digest": ("0 7 * * *", "Asia/Colombo"),
    "ledger_close": ("0 2 * * *", "Asia/Colombo"),
    "payments_close": ("0 2 * * *", "UTC"),
    "platform_retention": ("40 3 * * *", "Asia/Colombo"),
    "pos_close": ("0 2 * * *", "Asia/Colombo"),
    "shop_close": ("0 2 * * *", "Asia/Colombo"),
}
SENSORS = {
    "bank_sync": 4,
    "freshness_verdicts": 60,
    "day_rules": 30,
    "dead_letters": 60,
    "duplicates_customers": 30,
    "duplicates_products": 30,
    "ledger_sync": 4,
    "legacy_erp_sync": 4,
    "orphaned_runs": 10,
    "payments_sync": 4,
    "pos_sync": 4,
    "reconciliation_stock": 30,
    "reports_freshness": 60,
    "reports_kpis": 300,
    "reports_quality": 300,
    "shop_sync": 4,
    "source_totals": 120,
}
VERIFIED = {"ledger/entries", "payments/payments", "pos/sales", "shop/orders"}
"""Those whose partner can be asked for figures."""

NOT_LANDED = ("duplicates", "platform", "reconciliation", "reports")


@pytest.fixture(scope="module")
def loaded() -> Definitions:
    return defs()


@pytest.fixture(scope="module")
def repository(loaded: Definitions) -> RepositoryDefinition:
    return loaded.get_repository_def()


def test_these_are_the_assets(repository: RepositoryDefinition) -> None:
    assert {key.to_user_string() for key in repository.asset_graph.get_all_asset_keys()} == ASSETS


def test_every_entity_has_its_checks_and_of_the_rest_only_duplicates_and_digest_have_one(
    repository: RepositoryDefinition,
) -> None:
    checks = {(key.asset_key.to_user_string(), key.name) for key in repository.asset_graph.asset_check_keys}
    entities = {asset for asset in ASSETS if asset.split("/")[0] not in NOT_LANDED}
    assert checks == {
        *((asset, check) for asset in entities for check in ("rules", "as_of", "dead_letters")),
        *((asset, "source_totals") for asset in VERIFIED),
        *((asset, "refused_files") for asset in LEFT_AS_FILES),
        ("duplicates/customers", "surplus"),
        ("platform/dead_letters", "reviewed"),
    }


def test_every_entity_says_that_the_native_freshness_policy_is_not_how_true_its_data_is(
    repository: RepositoryDefinition,
) -> None:
    graph = repository.asset_graph
    entities = {key.asset_key for key in graph.asset_check_keys if key.name == "as_of"}
    assert len(entities) == 11
    for key in entities:
        assert graph.get(key).freshness_policy is not None
        assert (graph.get(key).description or "").endswith(
            "The freshness policy says only that something ran; how true the data is, say the check `as_of` and the "
            "freshness report."
        ), key


def test_these_are_the_jobs(repository: RepositoryDefinition) -> None:
    assert {job.name for job in repository.get_all_jobs() if not job.name.startswith("__")} == JOBS


def test_these_are_the_schedules_those_of_systems_two_hours_after_their_day(repository: RepositoryDefinition) -> None:
    schedules = {one.name: (one.cron_schedule, one.execution_timezone) for one in repository.schedule_defs}
    assert schedules == SCHEDULES


def test_these_are_the_sensors_and_they_run_from_the_start(repository: RepositoryDefinition) -> None:
    assert {one.name: one.minimum_interval_seconds for one in repository.sensor_defs} == SENSORS
    assert {one.default_status.value for one in repository.sensor_defs} == {"RUNNING"}


def test_every_run_is_one_process(repository: RepositoryDefinition) -> None:
    """The default executor starts a process per step, which outlives a killed run and imports everything again.

    Fault E2.
    """
    for job in repository.get_all_jobs():
        assert job.executor_def == locked_in_process, job.name


def test_a_load_that_a_sensor_asks_for_plans_only_the_checks_that_it_makes(repository: RepositoryDefinition) -> None:
    """Dagster shows a check as skipped that a run planned and did not evaluate."""
    sales = find_system(read_partner_systems(), "pos").entity("sales")
    today = date(2026, 11, 20)
    asked = range_run([sales], purpose="today", first_day=today, last_day=today, run_key=None)

    job = repository.get_job("pos_load").get_subset(
        asset_selection=set(asked.asset_selection or ()), asset_check_selection=set(asked.asset_check_keys or ())
    )

    assert planned_checks(job) == {("pos/sales", "rules"), ("pos/sales", "as_of")}


@pytest.mark.parametrize("name", sorted(job for job in JOBS if job.endswith("_load")))
def test_a_load_that_a_person_launches_plans_no_check_that_comes_days_later(
    repository: RepositoryDefinition, name: str
) -> None:
    job = repository.get_job(name)
    entities = {key.to_user_string() for key in job.asset_layer.executable_asset_keys}
    assert entities == {asset for asset in ASSETS if asset.startswith(name.removesuffix("_load") + "/")}
    made = ("rules", "as_of", "dead_letters")
    assert planned_checks(job) == {
        *((entity, check) for entity in entities for check in made),
        *((entity, "refused_files") for entity in entities & LEFT_AS_FILES),
    }


def planned_checks(job: JobDefinition) -> set[tuple[str, str]]:
    """The checks that a run of the job plans, by asset."""
    outputs = [output for step in create_execution_plan(job).steps for output in step.step_outputs]
    checks = [output.properties.asset_check_key for output in outputs if output.properties]
    return {(key.asset_key.to_user_string(), key.name) for key in checks if key is not None}


def test_all_day_assets_share_one_partitions_definition(repository: RepositoryDefinition) -> None:
    graph = repository.asset_graph
    definitions = {
        graph.get(key).partitions_def
        for key in graph.get_all_asset_keys()
        if key.path[0] not in ("reports", "platform")
    }
    assert len(definitions) == 1
    assert None not in definitions
