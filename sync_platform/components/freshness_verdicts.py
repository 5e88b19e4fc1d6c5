"""Tells Dagster when a day's freshness verdict changes although nothing was loaded: a sync that died, a shop offline.

A check that only a load evaluates stays green when loads end. So every minute all days of the report are judged anew,
and those whose state is another than the one told last are told again.
"""

from datetime import UTC, datetime
from typing import Self

from dagster import (
    Component,
    ComponentLoadContext,
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from pydantic import BaseModel

from sync_platform.components.asset_facts import as_of_evaluation, asset_key
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import landing_database
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.day_verdict import store_facts
from sync_platform.freshness.landed import collect_freshness
from sync_platform.landing.database import Database

EVERY_SECONDS = 60


class FreshnessVerdicts(Component):
    """The sensor that judges what is landed by the clock, whether anything was loaded or not."""

    def __init__(self, systems: tuple[PartnerSystem, ...]) -> None:
        self.systems = systems

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        return cls(declared_systems(context.path.parent))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        return Definitions(sensors=[_verdicts_sensor(self.systems)])


def _verdicts_sensor(systems: tuple[PartnerSystem, ...]) -> SensorDefinition:
    @sensor(
        name="freshness_verdicts",
        asset_selection=[asset_key(entity) for system in systems for entity in system.entities],
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Judges each day's as_of by the clock and tells what changed, whether anything was loaded or not.",
    )
    def verdicts_sensor(context: SensorEvaluationContext) -> SkipReason:
        try:
            told = judge_and_tell(landing_database(), context.instance, systems, now=datetime.now(UTC))
        except LandingUnavailable as error:
            return SkipReason(str(error))
        if not told:
            return SkipReason("Every day is in the state that Dagster was told last.")
        return SkipReason(f"The state of {told} days changed; their evaluations are told, no run is needed.")

    return verdicts_sensor


def judge_and_tell(
    database: Database, instance: DagsterInstance, systems: tuple[PartnerSystem, ...], *, now: datetime
) -> int:
    """Judge all days of the report, tell Dagster of those whose state changed, and return how many they were.

    Told within the transaction that keeps the verdicts: what was not told is changed again at the next look.
    """
    facts = collect_freshness(database, systems, now=now)
    entities = {(entity.system, entity.name): entity for system in systems for entity in system.entities}
    with database.connect() as connection, connection.transaction():
        changed = store_facts(connection, facts)
        evaluations = [
            as_of_evaluation(entities[key.system, key.entity], key.day, verdict) for key, verdict in changed.items()
        ]
        tell_evaluations(instance, evaluations)
    return len(evaluations)
