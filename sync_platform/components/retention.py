"""Retention as an asset: every night a run prunes what is over age, and its materialisation says what went.

A run and not a sensor's tick: the first prune of a platform that ran for long takes minutes, and a tick is cut at 60 s.
A process a day costs nothing; a run shows when it began, can be canceled, and is started by hand where the asset is.
"""

import os
from datetime import UTC, datetime
from typing import Self

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    Component,
    ComponentLoadContext,
    DefaultScheduleStatus,
    Definitions,
    Failure,
    MaterializeResult,
    MetadataValue,
    ScheduleDefinition,
    TableRecord,
    asset,
)
from dagster._core.definitions.metadata import RawMetadataValue
from pydantic import BaseModel

from sync_platform.components.asset_facts import team_owner
from sync_platform.declarations.partner_system import read_partner_systems
from sync_platform.declarations.retention import RetentionDeclaration
from sync_platform.errors import AuditBroken, LandingConflict, LandingUnavailable
from sync_platform.landing.expiry import Pruned
from sync_platform.operations.retention import prune, prune_places
from sync_platform.settings import read_settings

KEY = AssetKey(["platform", "retention"])


class Retention(Component):
    """How long the platform's and Dagster's records of their own work are kept, and the nightly prune."""

    def __init__(self, declaration: RetentionDeclaration) -> None:
        self.declaration = declaration

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return RetentionDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, RetentionDeclaration):
            raise TypeError("a Retention is loaded from its declaration")
        return cls(attributes)

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        asset = _retention_asset(self.declaration)
        schedule = ScheduleDefinition(
            name="platform_retention",
            target=[asset],
            cron_schedule=self.declaration.cron,
            execution_timezone=self.declaration.zone,
            default_status=DefaultScheduleStatus.RUNNING,
            description="Prunes what is over its retention, every night.",
        )
        return Definitions(assets=[asset], schedules=[schedule])


def _retention_asset(declaration: RetentionDeclaration) -> AssetsDefinition:
    @asset(
        key=KEY,
        group_name="platform",
        kinds={"postgres"},
        owners=[team_owner(declaration.owner)],
        description="What went of the platform's and Dagster's records of their own work; landed data always stay.",
    )
    def retention(context: AssetExecutionContext) -> MaterializeResult[None]:
        settings = read_settings(os.environ)
        places = prune_places(
            os.environ, read_partner_systems(), database_url=settings.database_url, state_dir=settings.state_dir
        )
        try:
            pruned = prune(places, declaration, now=datetime.now(UTC), dry_run=False, progress=_silent)
        except (LandingUnavailable, LandingConflict) as error:
            raise Failure(str(error), allow_retries=True) from error
        except AuditBroken as error:
            raise Failure(str(error), allow_retries=False) from error
        for one in pruned:
            context.log.info("%s: %d of %d gone", one.name, one.gone, one.rows)
        return MaterializeResult(metadata=_metadata(pruned))

    return retention


def _silent(name: str, gone: int) -> None:
    """Each line would be an event in the log that is pruned here."""


def _metadata(pruned: tuple[Pruned, ...]) -> dict[str, RawMetadataValue]:
    records = [
        TableRecord(
            {
                "what": one.name,
                "rows_before": one.rows,
                "gone": one.gone,
                "bytes": one.bytes,
                "kept_since": one.kept_since.isoformat(timespec="seconds"),
            }
        )
        for one in pruned
    ]
    return {
        "gone": sum(one.gone for one in pruned),
        "bytes": sum(one.bytes for one in pruned),
        "tables": MetadataValue.table(records),
    }
