"""Holds newly settled days against their partners, in sensor ticks, at a tenth of each partner's pace.

In the code server's process and not by runs: a settled day is mostly one request, and a run takes 5-20 s to start. What
was asked, found and is still due is in our own tables, so a lost tick or a restart loses nothing.
"""

import os
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from threading import Lock
from typing import Self

from dagster import (
    AssetCheckEvaluation,
    AssetObservation,
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

from sync_platform.clock import SystemClock
from sync_platform.components.asset_facts import asset_key
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import landing_database
from sync_platform.components.source_facts import source_evaluation, through_observation
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.declarations.system import PartnerSystemDeclaration
from sync_platform.errors import DeclarationError, LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import read_letter_seal
from sync_platform.landing.verifications import VerifiedThrough
from sync_platform.partners.client import PartnerClient
from sync_platform.verification.due import days_due
from sync_platform.verification.verification import VerifyTools
from sync_platform.verification.verify_day import verify_day

# Sensors over 60 s are cut by Dagster; one day's search may take longer than its place in the budget.
TICK_BUDGET_SECONDS = 20.0
# A look costs one short query per entity; how often a day is asked about is decided there (due.py).
INTERVAL_SECONDS = 120
PACE_SHARE = 10

_clients: dict[str, PartnerClient] = {}
_clients_lock = Lock()


@dataclass
class Tick:
    """What one tick found, and what Dagster is told of it."""

    verified: int = 0
    evaluations: list[AssetCheckEvaluation] = field(default_factory=list)
    observations: list[AssetObservation] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


class SourceTotals(Component):
    """The sensor that verifies settled days."""

    def __init__(self, systems: tuple[PartnerSystem, ...]) -> None:
        self.systems = systems

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        return cls(declared_systems(context.path.parent))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        return Definitions(sensors=[_sensor(self.systems)])


def _sensor(systems: tuple[PartnerSystem, ...]) -> SensorDefinition:
    entities = [entity for system in systems for entity in system.entities if entity.declaration.verify is not None]

    @sensor(
        name="source_totals",
        asset_selection=[asset_key(entity) for entity in entities],
        minimum_interval_seconds=INTERVAL_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Holds settled days against what their partner says of them.",
    )
    def source_totals(context: SensorEvaluationContext) -> SkipReason:
        try:
            tick = verify_due(systems, landing_database(), deadline=time.monotonic() + TICK_BUDGET_SECONDS)
        except LandingUnavailable as error:
            return SkipReason(str(error))
        tell(context.instance, tick)
        for problem in tick.problems:
            context.log.warning(problem)
        if tick.verified:
            return SkipReason(f"{tick.verified} settled days were asked about; their evaluations are told.")
        return SkipReason("; ".join(tick.problems) or "Every settled day is verified.")

    return source_totals


def verify_due(systems: tuple[PartnerSystem, ...], database: Database, *, deadline: float) -> Tick:
    """Verify what is due, system by system, until `deadline` (monotonic); who does not answer is left for the tick."""
    tick = Tick()
    for system in systems:
        try:
            for entity in system.entities:
                _verify_entity(system, entity, database, tick, deadline=deadline)
        except DeclarationError as error:
            tick.problems.append(str(error))
    return tick


def tell(instance: DagsterInstance, tick: Tick) -> None:
    """Tell Dagster without a run."""
    tell_evaluations(instance, tick.evaluations)
    for observation in tick.observations:
        instance.report_runless_asset_event(observation)


def _verify_entity(system: PartnerSystem, entity: Entity, database: Database, tick: Tick, *, deadline: float) -> None:
    with database.connect() as connection:
        due = days_due(connection, system, entity, now=datetime.now(UTC))
    through: VerifiedThrough | None = None
    for day in due:
        if time.monotonic() > deadline:
            break
        tools = VerifyTools(database, _client_of(system), SystemClock(), seal=read_letter_seal(os.environ))
        verification = verify_day(tools, system, entity, day=day)
        tick.verified += 1
        if verification.failure_kind is not None:
            # An earlier verdict of the day stays the last one told: nobody said anything else.
            tick.problems.append(verification.words)
            break
        through = verification.through
        tick.evaluations.append(source_evaluation(entity, verification))
    if through is not None:
        tick.observations.append(through_observation(entity, through))


def _client_of(system: PartnerSystem) -> PartnerClient:
    """A client of its own, so that its requests are not counted with a poll's; it lives on between ticks.

    One attempt: a tick must not wait for a partner that asks for patience, and what failed is due again in an hour.
    """
    with _clients_lock:
        if system.name not in _clients:
            _clients[system.name] = PartnerClient(
                unhurried(system.declaration), environment=os.environ, clock=SystemClock(), attempts=1
            )
        return _clients[system.name]


def unhurried(declaration: PartnerSystemDeclaration) -> PartnerSystemDeclaration:
    """The same system at a tenth of its pace: verifying is never what a live sync waits for."""
    api = declaration.api
    if api is None or api.rate is None:
        return declaration
    slower = api.rate.model_copy(update={"per": api.rate.per * PACE_SHARE})
    return declaration.model_copy(update={"api": api.model_copy(update={"rate": slower})})
