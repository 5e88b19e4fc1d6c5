"""The stock reconciliation as an asset: compared again whenever one of its inputs moved, told to Dagster by day."""

from collections.abc import Iterator
from datetime import UTC, timedelta
from typing import Self

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Component,
    ComponentLoadContext,
    DagsterInstance,
    DefaultSensorStatus,
    Definitions,
    Failure,
    FreshnessPolicy,
    MetadataValue,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    multi_asset,
    sensor,
)
from pydantic import BaseModel

from sync_platform.components.asset_facts import asset_key, team_owner
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.moved_day import check_if_due, moved_day
from sync_platform.components.partitions import business_days, day_of
from sync_platform.components.session import landing_database
from sync_platform.declarations.model import Declared
from sync_platform.declarations.partner_system import Entity, find_entity
from sync_platform.errors import DayHeld, LandingUnavailable
from sync_platform.reconciliation.stock import INPUTS, StockReport, compare_stock

KEY = AssetKey(["reconciliation", "stock"])


class StockReconciliationDeclaration(Declared):
    """Whom to tell about stock that disagrees."""

    owner: str


class StockReconciliation(Component):
    """POS counts against the shop's listings, per SKU and branch."""

    def __init__(self, declaration: StockReconciliationDeclaration, inputs: tuple[Entity, ...]) -> None:
        self.declaration = declaration
        self.inputs = inputs

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return StockReconciliationDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, StockReconciliationDeclaration):
            raise TypeError("a StockReconciliation is loaded from its declaration")
        systems = declared_systems(context.path.parent)
        return cls(attributes, tuple(find_entity(systems, "/".join(pair))[1] for pair in INPUTS))

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        asset = _stock_asset(self.declaration)

        @sensor(
            name="reconciliation_stock",
            asset_selection=[KEY, *(asset_key(entity) for entity in self.inputs)],
            minimum_interval_seconds=30,
            default_status=DefaultSensorStatus.RUNNING,
            description="Compares the stock again when POS or shop moved.",
        )
        def stock_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
            return _evaluate(self.inputs, context.instance, context.cursor)

        return Definitions(assets=[asset], sensors=[stock_sensor])


def _stock_asset(declaration: StockReconciliationDeclaration) -> AssetsDefinition:
    @multi_asset(
        name="reconciliation__stock",
        specs=[
            AssetSpec(
                key=KEY,
                partitions_def=business_days,
                skippable=True,
                deps=[AssetKey(list(pair)) for pair in INPUTS],
                group_name="reconciliation",
                kinds={"postgres"},
                owners=[team_owner(declaration.owner)],
                description="POS against shop, per SKU and branch: both figures, both as_of, the difference.",
                metadata={"dagster/table_name": "sync.stock_comparison"},
                freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=24)),
            )
        ],
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def compare(context: AssetExecutionContext) -> Iterator[None]:
        held = []
        for key in sorted(context.partition_keys, reverse=True):
            try:
                context.log_event(_materialization(compare_stock(landing_database(), day=day_of(key))))
            except DayHeld as error:
                held.append(str(error))
        if held:
            raise Failure("; ".join(held[:5]), allow_retries=False)
        yield from ()

    return compare


def _evaluate(inputs: tuple[Entity, ...], instance: DagsterInstance, cursor: str | None) -> SensorResult | SkipReason:
    """Compare the newest day both inputs have, when one of them moved since; their rules run first (promise 8)."""
    database = landing_database()
    try:
        moved = moved_day(database, INPUTS)
        if moved is None:
            return SkipReason("Neither POS nor shop has a whole day of stock yet.")
        day, moved_at = moved
        mark = f"{day}@{moved_at.isoformat()}"
        if cursor == mark:
            return SkipReason(f"Nothing moved since the last comparison of {day}.")
        for entity in inputs:
            check_if_due(database, instance, entity, day)
        report = compare_stock(database, day=day)
    except (DayHeld, LandingUnavailable) as error:
        return SkipReason(str(error))
    return SensorResult(asset_events=[_materialization(report)], cursor=mark)


def _materialization(report: StockReport) -> AssetMaterialization:
    return AssetMaterialization(
        asset_key=KEY,
        partition=report.day.isoformat(),
        description=f"{report.disagreeing} of {report.pairs} pairs of SKU and branch disagree.",
        metadata={
            "dagster/partition_row_count": report.pairs,
            "agreeing": report.agreeing,
            "oversold": report.oversold,
            "differing": report.differing,
            "missing": report.missing,
            "as_of": MetadataValue.timestamp(report.as_of.astimezone(UTC)),
            "limited_by": report.limited_by,
        },
    )
