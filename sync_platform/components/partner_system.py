"""The PartnerSystem component: one `defs.yaml` becomes assets, checks, a sensor, a schedule and two jobs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from dagster import AssetSelection, Component, ComponentLoadContext, Definitions, define_asset_job
from dagster.components.scaffold.scaffold import scaffold_with
from pydantic import BaseModel

from sync_platform.components.close_schedule import close_schedule
from sync_platform.components.entity_asset import entity_asset
from sync_platform.components.partitions import business_days
from sync_platform.components.replay_job import replay_job
from sync_platform.components.scaffolder import PartnerSystemScaffolder
from sync_platform.components.source_facts import source_check_specs
from sync_platform.components.system_sensor import system_sensor
from sync_platform.declarations.partner_system import join_contracts
from sync_platform.declarations.system import PartnerSystemDeclaration

if TYPE_CHECKING:
    from sync_platform.declarations.partner_system import PartnerSystem as DeclaredSystem


@scaffold_with(PartnerSystemScaffolder)
class PartnerSystem(Component):
    """A partner system: its API, its entities and how each is read. See docs/declarations.md.

    `get_model_cls` and `load` are overridden so that the plain pydantic model is what `dg check yaml` validates: it
    then names the exact line of a nested typo, which the `Model, Resolvable` form reports at the wrong one.
    """

    def __init__(self, system: DeclaredSystem) -> None:
        self.system = system

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return PartnerSystemDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, PartnerSystemDeclaration):
            raise TypeError("a PartnerSystem is loaded from a PartnerSystemDeclaration")
        return cls(join_contracts(attributes, folder=context.path))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        system = self.system
        assets = [entity_asset(system, entity) for entity in system.entities]
        later = [spec.key for entity in system.entities for spec in source_check_specs(entity)]
        job = define_asset_job(
            f"{system.name}_load",
            # Only the checks that a load makes: what is planned and not evaluated, Dagster shows as skipped.
            selection=AssetSelection.assets(*assets) - AssetSelection.checks(*later),
            partitions_def=business_days,
            description=f"Reads business days of {system.name} whole.",
            tags={"system": system.name},
        )
        # Files cannot be asked for again, so without an API there is nothing to close.
        return Definitions(
            assets=assets,
            jobs=[job, replay_job(system, defs=context.path.parent)],
            sensors=[system_sensor(system, job)],
            schedules=[close_schedule(system, job)] if system.asked else [],
        )
