"""The freshness report as an asset: written anew every minute, told to Dagster when something moved."""

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Self
from zoneinfo import ZoneInfo

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    Component,
    ComponentLoadContext,
    DefaultSensorStatus,
    Definitions,
    Failure,
    MaterializeResult,
    MetadataValue,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    asset,
    sensor,
)
from dagster._core.definitions.metadata import RawMetadataValue
from pydantic import BaseModel

from sync_platform.components.asset_facts import asset_key, team_owner
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.session import landing_database
from sync_platform.components.stock_reconciliation import KEY as STOCK
from sync_platform.declarations.model import Declared, ZoneName
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.headline import headline
from sync_platform.freshness.report import ReportFiles, fingerprint, write_freshness_report
from sync_platform.settings import state_dir

KEY = AssetKey(["reports", "freshness"])
# A report of a minute's age is what a person expects; each one told to Dagster is a row in its event log.
EVERY_SECONDS = 60


class FreshnessReportDeclaration(Declared):
    """Whose report it is, and the zone in which its readers want times."""

    owner: str
    zone: ZoneName


class FreshnessReport(Component):
    """How fresh every declared entity is, as one HTML page and two CSV files in the state folder."""

    def __init__(self, declaration: FreshnessReportDeclaration) -> None:
        self.declaration = declaration

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return FreshnessReportDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, FreshnessReportDeclaration):
            raise TypeError("a FreshnessReport is loaded from its declaration")
        return cls(attributes)

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        systems = declared_systems(context.path.parent)
        return Definitions(
            assets=[_report_asset(self.declaration, systems)], sensors=[_report_sensor(self.declaration, systems)]
        )


def _report_asset(declaration: FreshnessReportDeclaration, systems: tuple[PartnerSystem, ...]) -> AssetsDefinition:
    @asset(
        key=KEY,
        deps=[*(asset_key(entity) for system in systems for entity in system.entities), STOCK],
        group_name="reports",
        kinds={"html"},
        owners=[team_owner(declaration.owner)],
        description="How fresh each entity is, by as_of and promise, and what to do: one HTML page and two CSV files.",
        metadata={"dagster/table_name": "report.freshness"},
    )
    def freshness(context: AssetExecutionContext) -> MaterializeResult[None]:
        try:
            files = _write(declaration, systems)
        except LandingUnavailable as error:
            raise Failure(str(error), allow_retries=True) from error
        context.log.info(_headline(declaration, files))
        return MaterializeResult(metadata=_metadata(declaration, files))

    return freshness


def _report_sensor(declaration: FreshnessReportDeclaration, systems: tuple[PartnerSystem, ...]) -> SensorDefinition:
    @sensor(
        name="reports_freshness",
        asset_selection=[KEY],
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description="Writes the freshness report anew every minute; tells Dagster when something moved.",
    )
    def report_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        try:
            files = _write(declaration, systems)
        except LandingUnavailable as error:
            return SkipReason(str(error))
        moved = fingerprint(files.facts)
        if moved == context.cursor:
            return SkipReason("Written anew; nothing moved since Dagster was last told.")
        event = AssetMaterialization(
            asset_key=KEY, description=_headline(declaration, files), metadata=_metadata(declaration, files)
        )
        return SensorResult(asset_events=[event], cursor=moved)

    return report_sensor


def report_folder() -> Path:
    """Where the report's files are."""
    return state_dir(os.environ) / "reports"


def _write(declaration: FreshnessReportDeclaration, systems: tuple[PartnerSystem, ...]) -> ReportFiles:
    return write_freshness_report(
        landing_database(), systems, folder=report_folder(), zone=ZoneInfo(declaration.zone), now=datetime.now(UTC)
    )


def _headline(declaration: FreshnessReportDeclaration, files: ReportFiles) -> str:
    return headline(files.facts, ZoneInfo(declaration.zone))


def _metadata(declaration: FreshnessReportDeclaration, files: ReportFiles) -> dict[str, RawMetadataValue]:
    facts = files.facts
    told: dict[str, RawMetadataValue] = {
        "headline": _headline(declaration, files),
        "path": MetadataValue.path(str(files.page)),
        "url": MetadataValue.url(files.page.as_uri()),
        "entities": len(facts.entities),
        "entities_fresh": facts.fresh,
    }
    limit = facts.limit
    if limit is not None and limit.today.as_of is not None:
        told["oldest_as_of"] = MetadataValue.timestamp(limit.today.as_of)
        branch = f", branch {limit.today.limited_by}" if limit.today.limited_by else ""
        told["limited_by"] = f"{limit.address}{branch}"
    return told
