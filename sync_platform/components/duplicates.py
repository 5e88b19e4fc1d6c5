"""Duplicates as assets: customers and products compared again when they moved, proposals and rate told to Dagster."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Self

from dagster import (
    AssetCheckEvaluation,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    BackfillPolicy,
    Component,
    ComponentLoadContext,
    DefaultSensorStatus,
    Definitions,
    Failure,
    FreshnessPolicy,
    SensorDefinition,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    multi_asset,
    sensor,
)
from pydantic import BaseModel

from sync_platform.components.asset_facts import asset_key, team_owner
from sync_platform.components.declared_systems import declared_systems
from sync_platform.components.duplicate_facts import (
    CUSTOMERS,
    PRODUCTS,
    customers_told,
    products_told,
    surplus_evaluation,
    surplus_spec,
)
from sync_platform.components.moved_day import check_if_due, moved_day
from sync_platform.components.partitions import business_days, day_of
from sync_platform.components.runless_checks import tell_evaluations
from sync_platform.components.session import landing_database
from sync_platform.contracts.duration import write_duration
from sync_platform.declarations.duplicates import DeclaredCustomers, DuplicatesDeclaration, customer_sources
from sync_platform.declarations.partner_system import Entity, find_entity
from sync_platform.duplicates.comparison import compare_customers
from sync_platform.duplicates.products import INPUTS, compare_products
from sync_platform.errors import DayHeld, LandingUnavailable

# How soon a first day is compared; how often one that changes all the time is, the declaration says.
LOOKS_EVERY_SECONDS = 30

Told = tuple[AssetMaterialization, list[AssetCheckEvaluation]]


class Duplicates(Component):
    """Proposals that records of several keys are one customer or one product; nothing is merged."""

    def __init__(
        self,
        declaration: DuplicatesDeclaration,
        sources: tuple[DeclaredCustomers, ...],
        products: tuple[Entity, ...],
    ) -> None:
        self.declaration, self.sources, self.products = declaration, sources, products

    @classmethod
    def get_model_cls(cls) -> type[BaseModel]:
        return DuplicatesDeclaration

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        if not isinstance(attributes, DuplicatesDeclaration):
            raise TypeError("a Duplicates is loaded from its declaration")
        systems = declared_systems(context.path.parent)
        products = tuple(find_entity(systems, "/".join(pair))[1] for pair in INPUTS)
        return cls(attributes, customer_sources(attributes, systems), products)

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        customers = tuple(source.entity for source in self.sources)
        return Definitions(
            assets=[
                _asset(CUSTOMERS, self.declaration, customers, self._customers, _CUSTOMERS, checks=[surplus_spec()]),
                _asset(PRODUCTS, self.declaration, self.products, self._products, _PRODUCTS, checks=[]),
            ],
            sensors=[
                _sensor(CUSTOMERS, self.declaration, customers, self._customers),
                _sensor(PRODUCTS, self.declaration, self.products, self._products),
            ],
        )

    def _customers(self, day: date) -> Told:
        country, now = self.declaration.country, datetime.now(UTC)
        report = compare_customers(landing_database(), self.sources, day=day, country=country, now=now)
        return customers_told(report), [surplus_evaluation(report, most=float(self.declaration.most_surplus))]

    def _products(self, day: date) -> Told:
        return products_told(compare_products(landing_database(), day=day, now=datetime.now(UTC))), []


_CUSTOMERS = (
    "Records of one person under several keys, within a system and across: proposals with a reason, and the duplicate "
    "entity rate. Nothing is merged; `sync-platform duplicates list` shows what waits for a person."
)
_PRODUCTS = (
    "Products of the shop whose code the POS does not know, with the POS's products that they may be. Nothing is "
    "mapped by itself; `sync-platform duplicates list --kind products` shows what waits for a person."
)


def _asset(
    key: AssetKey,
    declaration: DuplicatesDeclaration,
    inputs: Sequence[Entity],
    compare: Callable[[date], Told],
    description: str,
    *,
    checks: list[AssetCheckSpec],
) -> AssetsDefinition:
    @multi_asset(
        name="__".join(key.path),
        specs=[
            AssetSpec(
                key=key,
                partitions_def=business_days,
                skippable=True,
                deps=[asset_key(entity) for entity in inputs],
                group_name="duplicates",
                kinds={"postgres"},
                owners=[team_owner(declaration.owner)],
                description=description,
                metadata={"dagster/table_name": "sync.duplicate_proposal"},
                freshness_policy=FreshnessPolicy.time_window(fail_window=timedelta(hours=24)),
            )
        ],
        check_specs=checks,
        can_subset=True,
        backfill_policy=BackfillPolicy.single_run(),
    )
    def propose(context: AssetExecutionContext) -> Iterator[None]:
        held = []
        for partition in sorted(context.partition_keys, reverse=True):
            try:
                materialization, evaluations = compare(day_of(partition))
            except DayHeld as error:
                held.append(str(error))
                continue
            for event in (materialization, *evaluations):
                context.log_event(event)
        if held:
            raise Failure("; ".join(held[:5]), allow_retries=False)
        yield from ()

    return propose


def _sensor(
    key: AssetKey, declaration: DuplicatesDeclaration, inputs: Sequence[Entity], compare: Callable[[date], Told]
) -> SensorDefinition:
    @sensor(
        name="_".join(key.path),
        asset_selection=[key, *(asset_key(entity) for entity in inputs)],
        minimum_interval_seconds=LOOKS_EVERY_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description=f"Compares {key.path[-1]} again when they moved.",
    )
    def duplicates_sensor(context: SensorEvaluationContext) -> SensorResult | SkipReason:
        database = landing_database()
        try:
            moved = moved_day(database, [(entity.system, entity.name) for entity in inputs])
            if moved is None:
                return SkipReason(f"There is no whole day of {key.path[-1]} yet.")
            day, moved_at = moved
            now = datetime.now(UTC)
            last = _Mark.read(context.cursor)
            if last is not None and (last.day, last.moved_at) == (day, moved_at):
                return SkipReason(f"Nothing moved since the last comparison of {day}.")
            if last is not None and last.day == day and now - last.compared_at < declaration.every:
                return SkipReason(
                    f"Compared at {last.compared_at:%H:%M:%S} UTC; again {write_duration(declaration.every)} later."
                )
            for entity in inputs:
                check_if_due(database, context.instance, entity, day)
            materialization, evaluations = compare(day)
        except (DayHeld, LandingUnavailable) as error:
            return SkipReason(str(error))
        tell_evaluations(context.instance, evaluations)
        mark = _Mark(day=day, moved_at=moved_at, compared_at=now)
        return SensorResult(asset_events=[materialization], cursor=mark.text)

    return duplicates_sensor


@dataclass(frozen=True)
class _Mark:
    """What the last tick compared: no state of ours, only what Dagster was told."""

    day: date
    moved_at: datetime
    compared_at: datetime

    @classmethod
    def read(cls, cursor: str | None) -> Self | None:
        if not cursor:
            return None
        day, moved_at, compared_at = json.loads(cursor)
        return cls(date.fromisoformat(day), datetime.fromisoformat(moved_at), datetime.fromisoformat(compared_at))

    @property
    def text(self) -> str:
        return json.dumps([self.day.isoformat(), self.moved_at.isoformat(), self.compared_at.isoformat()])
