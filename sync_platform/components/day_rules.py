"""Runs the rules of days that deltas touched: one run for all systems, not more often than every few minutes."""

from datetime import UTC, date, datetime, timedelta
from typing import Self

from dagster import (
    Component,
    ComponentLoadContext,
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    JobDefinition,
    OpExecutionContext,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    job,
    op,
    sensor,
)
from pydantic import BaseModel

from sync_platform.clock import SystemClock
from sync_platform.components.asset_facts import as_of_evaluation, rules_evaluation
from sync_platform.components.session import checker, landing_database
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.promise import judge
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_day, read_states
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.owed import due_checks

# A run that imports Great Expectations costs 6 s of one core: not for every delta.
RULES_INTERVAL = timedelta(minutes=5)
JOB_NAME = "day_rules"


class DayRules(Component):
    """The job that checks days with changes since their rules last ran, and the sensor that asks for it."""

    def __init__(self, systems: tuple[PartnerSystem, ...]) -> None:
        self.systems = systems

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        return cls(read_partner_systems(context.path.parent))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        rules_job = _rules_job(self.systems)
        return Definitions(jobs=[rules_job], sensors=[_rules_sensor(self.systems, rules_job)])


def _rules_job(systems: tuple[PartnerSystem, ...]) -> JobDefinition:
    @op(name="check_touched_days")
    def check_touched_days(context: OpExecutionContext) -> None:
        for system in systems:
            _check_system(context.instance, system)

    @job(name=JOB_NAME, description="Runs the rules of days that deltas touched since they were last checked.")
    def day_rules_job() -> None:
        check_touched_days()

    return day_rules_job


def _rules_sensor(systems: tuple[PartnerSystem, ...], rules_job: JobDefinition) -> SensorDefinition:
    @sensor(
        name=JOB_NAME,
        job=rules_job,
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Asks for the rules of days that deltas touched.",
    )
    def rules_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        if not _waited(context.instance):
            return SkipReason(f"The rules ran less than {RULES_INTERVAL} ago, or are running.")
        try:
            due = sum(len(_due(landing_database(), system)) for system in systems)
        except LandingUnavailable as error:
            return SkipReason(str(error))
        if not due:
            return SkipReason("No day changed since its rules last ran.")
        context.log.info("%d entity days changed since their rules last ran", due)
        return SensorResult(run_requests=[RunRequest(tags={"dagster/priority": "1"})])

    return rules_sensor


def _waited(instance: DagsterInstance) -> bool:
    records = instance.get_run_records(RunsFilter(job_name=JOB_NAME), limit=1)
    if not records:
        return True
    newest = records[0]
    return newest.dagster_run.is_finished and datetime.now(UTC) - newest.create_timestamp > RULES_INTERVAL


def _due(database: Database, system: PartnerSystem) -> list[tuple[str, date]]:
    since = datetime.now(UTC).date() - timedelta(days=system.declaration.history_days + 31)
    with database.connect() as connection:
        return [(state.entity, state.day) for state in due_checks(read_states(connection, system.name, since=since))]


def _check_system(instance: DagsterInstance, system: PartnerSystem) -> None:
    database = landing_database()
    entities = {entity.name: entity for entity in system.entities}
    for name, day in _due(database, system):
        entity = entities.get(name)
        if entity is None:
            continue
        check_day(database, entity, day=day, clock=SystemClock(), check=checker(database))
        key = DayKey(system=system.name, entity=name, day=day)
        with database.connect() as connection:
            results = read_check_results(connection, key)
            landed = read_day(connection, key)
        verdict = judge(
            landed, day=day, now=datetime.now(UTC), calendar=entity.calendar, promise=entity.contract.freshness
        )
        instance.report_runless_asset_event(rules_evaluation(entity, day, results))
        instance.report_runless_asset_event(as_of_evaluation(entity, day, verdict))
