"""Runs the rules of days that deltas touched, in a sensor tick: a day that fails a blocking rule is held.

The rules run in the code server's process, where Great Expectations is imported once (6 s, 260 MB, 2 cores) and a small
day then takes some 0.2 s; a run of its own would pay that import every time.
"""

import time
from datetime import UTC, date, datetime, timedelta
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

from sync_platform.components.asset_facts import as_of_evaluation, asset_key, rules_evaluation
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import checker, landing_database
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.day_verdict import judge_landed
from sync_platform.landing.check_results import read_check_results
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_states
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.owed import due_checks

# Sensors over 60 s are cut by Dagster; what is left waits for the next tick.
TICK_BUDGET_SECONDS = 30.0
# A change is checked within the sensor's 30 s, a day that changes all the time once a minute: at each tick, the rules
# of the demo's seven entities took 0.17 of a core (py-spy, every entity changing), more than landing the changes.
# Less than two ticks, which are 30 s apart and some: with 60 s, every other second tick would come too early.
REST = timedelta(seconds=50)


class DayRules(Component):
    """The sensor that checks days with changes since their rules last ran."""

    def __init__(self, systems: tuple[PartnerSystem, ...]) -> None:
        self.systems = systems

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        return cls(declared_systems(context.path.parent))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        return Definitions(sensors=[_rules_sensor(self.systems)])


def _rules_sensor(systems: tuple[PartnerSystem, ...]) -> SensorDefinition:
    entities = {(system.name, entity.name): entity for system in systems for entity in system.entities}

    @sensor(
        name="day_rules",
        asset_selection=[asset_key(entity) for entity in entities.values()],
        minimum_interval_seconds=30,
        default_status=DefaultSensorStatus.RUNNING,
        description="Runs the rules of days that deltas touched.",
    )
    def rules_sensor(context: SensorEvaluationContext) -> SkipReason:
        deadline = time.monotonic() + TICK_BUDGET_SECONDS
        database = landing_database()
        checked = 0
        try:
            for entity, day in _due(database, systems, entities):
                if time.monotonic() > deadline:
                    break
                check_and_tell(database, context.instance, entity, day=day)
                checked += 1
        except LandingUnavailable as error:
            return SkipReason(str(error))
        if not checked:
            return SkipReason("No day changed since its rules last ran.")
        return SkipReason(f"The rules of {checked} changed days ran; their evaluations are told, no run is needed.")

    return rules_sensor


def check_and_tell(database: Database, instance: DagsterInstance, entity: Entity, *, day: date) -> None:
    """Run the rules of a landed day and tell Dagster of them and of its as_of."""
    check_day(database, entity, day=day, check=checker(database), statistics=statistics_in(database))
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    with database.connect() as connection:
        results = read_check_results(connection, key)
        verdict = judge_landed(connection, entity, day=day, now=datetime.now(UTC))
    tell_evaluations(instance, [rules_evaluation(entity, day, results), as_of_evaluation(entity, day, verdict)])


def _due(
    database: Database, systems: tuple[PartnerSystem, ...], entities: dict[tuple[str, str], Entity]
) -> list[tuple[Entity, date]]:
    """The days whose rules are due, longest waiting first."""
    due = []
    now = datetime.now(UTC)
    for system in systems:
        since = now.date() - timedelta(days=system.declaration.history_days + 31)
        with database.connect() as connection:
            states = due_checks(read_states(connection, system.name, since=since), rest=REST)
        due += [
            (state.dirty_since or now, entities[system.name, state.entity], state.day)
            for state in states
            if (system.name, state.entity) in entities
        ]
    return [(entity, day) for _, entity, day in sorted(due, key=lambda item: item[0])]
