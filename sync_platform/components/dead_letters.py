"""Tells Dagster when an entity's open dead letters or refused files change, by one check each, and when one waits long.

Letters open with any load and end with a command, a later version or a replay, mostly without a run; files are refused
and come again as they like. So every minute all entities are looked at in one query each, and those are told of whom
Dagster holds another evaluation.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Self

from dagster import (
    AssetCheckEvaluation,
    AssetCheckKey,
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

from sync_platform.components.asset_facts import asset_key
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.letter_digest import digest_asset, digest_schedule
from sync_platform.components.letter_facts import letters_evaluation
from sync_platform.components.refused_facts import refused_evaluation
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import landing_database
from sync_platform.declarations.dead_letters import DeadLettersDeclaration
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.landing.files import read_refused
from sync_platform.replay.review import Review, review_letters

EVERY_SECONDS = 60


class DeadLetters(Component):
    """The sensor that judges the queue of dead letters, whether anything was loaded or not, and their daily digest."""

    def __init__(self, declaration: DeadLettersDeclaration, systems: tuple[PartnerSystem, ...]) -> None:
        self.declaration, self.systems = declaration, systems

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return DeadLettersDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, DeadLettersDeclaration):
            raise TypeError("DeadLetters is loaded from its declaration")
        return cls(attributes, declared_systems(context.path.parent))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        digest = digest_asset(self.declaration, self.systems)
        return Definitions(
            assets=[digest],
            schedules=[digest_schedule(self.declaration, digest)],
            sensors=[_letters_sensor(self.systems)],
        )


def _letters_sensor(systems: tuple[PartnerSystem, ...]) -> SensorDefinition:
    entities = tuple(entity for system in systems for entity in system.entities)

    @sensor(
        name="dead_letters",
        asset_selection=[asset_key(entity) for entity in entities],
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Judges each entity's open dead letters and refused files and tells what changed.",
    )
    def letters_sensor(context: SensorEvaluationContext) -> SkipReason:
        try:
            told = review_and_tell(landing_database(), context.instance, entities, now=datetime.now(UTC))
        except LandingUnavailable as error:
            return SkipReason(str(error))
        if not told:
            return SkipReason("Every entity's dead letters and refused files are as Dagster was told last.")
        return SkipReason(f"{told} evaluations of dead letters and refused files changed and are told.")

    return letters_sensor


def review_and_tell(
    database: Database, instance: DagsterInstance, entities: tuple[Entity, ...], *, now: datetime
) -> int:
    """Tell the evaluations that are other than those that Dagster holds; returns how many they were."""
    with database.connect() as connection:
        waiting = review_letters(connection, now=now)
        refused = read_refused(connection, now=now)
    evaluations = [
        letters_evaluation(entity, waiting.get((entity.system, entity.name), Review((), now))) for entity in entities
    ]
    evaluations += [refused_evaluation(entity, refused, now=now) for entity in entities if entity.file is not None]
    held = _held(instance, [evaluation.asset_check_key for evaluation in evaluations])
    changed = [one for one in evaluations if held.get(one.asset_check_key) != _verdict(one)]
    tell_evaluations(instance, changed)
    return len(changed)


def _held(instance: DagsterInstance, keys: list[AssetCheckKey]) -> dict[AssetCheckKey, tuple[object, ...]]:
    """The newest evaluation of each check that Dagster holds, by what can change of it."""
    records = instance.event_log_storage.get_latest_asset_check_execution_by_key(keys)
    found = {}
    for key, record in records.items():
        event = record.event.dagster_event if record.event else None
        if event is not None and isinstance(event.event_specific_data, AssetCheckEvaluation):
            found[key] = _verdict(event.event_specific_data)
    return found


def _verdict(evaluation: AssetCheckEvaluation) -> tuple[object, ...]:
    return evaluation.passed, evaluation.severity, evaluation.description
