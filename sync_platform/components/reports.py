"""The reports as assets: each written anew in its own rhythm, told to Dagster when something moved."""

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
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.reports import ReportsDeclaration
from sync_platform.declarations.retention import read_retention
from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform.reports.report import REPORTS, Report, ReportTools, WrittenReport
from sync_platform.settings import state_dir


class Reports(Component):
    """Freshness, quality and KPIs of every declared entity, as HTML pages and CSV files in the state folder."""

    def __init__(self, declaration: ReportsDeclaration) -> None:
        self.declaration = declaration

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return ReportsDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, ReportsDeclaration):
            raise TypeError("Reports are loaded from their declaration")
        return cls(attributes)

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        defs = context.path.parent
        writer = _Writer(self.declaration, declared_systems(defs), defs)
        return Definitions(
            assets=[_asset(report, writer) for report in REPORTS],
            sensors=[_sensor(report, writer) for report in REPORTS],
        )


def report_key(report: Report) -> AssetKey:
    """`reports/<name>`."""
    return AssetKey(["reports", report.name])


def report_folder() -> Path:
    """Where the reports' files are."""
    return state_dir(os.environ) / "reports"


class _Writer:
    """Writes a report with what was declared, into the folder that the environment names now."""

    def __init__(self, declaration: ReportsDeclaration, systems: tuple[PartnerSystem, ...], defs: Path) -> None:
        self.owner = declaration.owner
        self.systems = systems
        self._zone = ZoneInfo(declaration.zone)
        self._polls_kept = read_retention(defs).uneventful_exchanges

    def write(self, report: Report) -> WrittenReport:
        """Raises LandingUnavailable and LandingConflict."""
        tools = ReportTools(
            database=landing_database(),
            systems=self.systems,
            zone=self._zone,
            now=datetime.now(UTC),
            polls_kept=self._polls_kept,
        )
        return report.write(tools, report_folder())


def _asset(report: Report, writer: _Writer) -> AssetsDefinition:
    @asset(
        key=report_key(report),
        deps=[*(asset_key(entity) for system in writer.systems for entity in system.entities), STOCK],
        group_name="reports",
        kinds={"html"},
        owners=[team_owner(writer.owner)],
        description=report.description,
        metadata={"dagster/table_name": report.view},
    )
    def written(context: AssetExecutionContext) -> MaterializeResult[None]:
        try:
            files = writer.write(report)
        except (LandingUnavailable, LandingConflict) as error:
            raise Failure(str(error), allow_retries=True) from error
        context.log.info(files.headline)
        return MaterializeResult(metadata=_metadata(files))

    return written


def _sensor(report: Report, writer: _Writer) -> SensorDefinition:
    seconds = int(report.every.total_seconds())
    rhythm = "minute" if seconds == 60 else f"{seconds // 60} minutes"

    @sensor(
        name=f"reports_{report.name}",
        asset_selection=[report_key(report)],
        minimum_interval_seconds=seconds,
        default_status=DefaultSensorStatus.RUNNING,
        description=f"Writes the report anew every {rhythm}; tells Dagster when something moved.",
    )
    def report_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        try:
            files = writer.write(report)
        except (LandingUnavailable, LandingConflict) as error:
            return SkipReason(str(error))
        if files.fingerprint == context.cursor:
            return SkipReason("Written anew; nothing moved since Dagster was last told.")
        event = AssetMaterialization(
            asset_key=report_key(report), description=files.headline, metadata=_metadata(files)
        )
        return SensorResult(asset_events=[event], cursor=files.fingerprint)

    return report_sensor


def _metadata(files: WrittenReport) -> dict[str, RawMetadataValue]:
    told: dict[str, RawMetadataValue] = {
        "headline": files.headline,
        "path": MetadataValue.path(str(files.page)),
        "url": MetadataValue.url(files.page.as_uri()),
    }
    for table in files.tables:
        told[table.name] = MetadataValue.path(str(table))
    for name, value in files.figures.items():
        told[name] = MetadataValue.timestamp(value) if isinstance(value, datetime) else value
    return told
