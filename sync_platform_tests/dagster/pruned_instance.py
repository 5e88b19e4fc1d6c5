"""A real Dagster instance on PostgreSQL with a small history, and what of it a person sees in the UI."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from dagster import (
    AssetCheckKey,
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetObservation,
    DagsterEventType,
    DagsterInstance,
    DailyPartitionsDefinition,
    MaterializeResult,
    asset,
    asset_check,
    materialize,
)
from dagster._core.storage.partition_status_cache import get_and_update_asset_status_cache_value

from sync_platform.landing.database import Database
from sync_platform.landing.expiry import Pruned
from sync_platform.operations.dagster_storage import prune_dagster

KEY = AssetKey(["till", "sales"])
REPORT = AssetKey(["reports", "till"])
CHECK = AssetCheckKey(KEY, "rules")
DAYS = DailyPartitionsDefinition(start_date="2026-11-01", end_date="2026-11-08")
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = "2026-11-02", "2026-11-03", "2026-11-04", "2026-11-05"
BROKEN = THURSDAY


@asset(key=KEY, partitions_def=DAYS)
def sales(context: AssetExecutionContext) -> MaterializeResult[None]:
    if context.partition_key == BROKEN:
        raise RuntimeError("the till is closed")
    return MaterializeResult(metadata={"rows": 3})


@asset(key=REPORT)
def report() -> MaterializeResult[None]:
    return MaterializeResult()


@asset_check(asset=KEY, name="rules")
def rules() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


class History:
    """What happened on the instance; `ages` makes all of it so many days older."""

    def __init__(self, instance: DagsterInstance, database: Database) -> None:
        self.instance = instance
        self.database = database

    def runs(self, day: str | None = None) -> str:
        """A run of the asset for one day, or of the report; returns its id."""
        assets = [sales, rules] if day else [report]
        return materialize(assets, instance=self.instance, partition_key=day, raise_on_error=False).run_id

    def told(self, *events: Any) -> None:
        """Runless events, as the sensors send them."""
        for event in events:
            self.instance.report_runless_asset_event(event)

    def ages(self, days: int) -> None:
        by = {"by": timedelta(days=days)}
        with psycopg.connect(self.database.url, autocommit=True) as connection:
            connection.execute("update event_logs set timestamp = timestamp - %(by)s", by)
            connection.execute(
                "update runs set create_timestamp = create_timestamp - %(by)s,"
                " update_timestamp = update_timestamp - %(by)s, start_time = start_time - extract(epoch from %(by)s),"
                " end_time = end_time - extract(epoch from %(by)s)",
                by,
            )
            connection.execute(
                "update asset_check_executions set create_timestamp = create_timestamp - %(by)s,"
                " evaluation_event_timestamp = evaluation_event_timestamp - %(by)s",
                by,
            )

    def prune(self, *, events: int = 14, runs: int = 30, dry_run: bool = False) -> dict[str, Pruned]:
        now = datetime.now(UTC)
        since = {"events": now - timedelta(days=events), "runs": now - timedelta(days=runs)}
        with self.database.connect() as connection:
            pruned = prune_dagster(connection, since, dry_run=dry_run, progress=lambda *_: None)
        return {one.name.removeprefix("dagster "): one for one in pruned}

    def count(self, table: str, where: str = "true") -> int:
        with psycopg.connect(self.database.url) as connection:
            row = connection.execute(f"select count(*) from {table} where {where}").fetchone()  # noqa: S608 - ours
        return int(row[0]) if row else 0

    def seen(self) -> dict[str, Any]:
        """What the asset pages are made of."""
        storage = self.instance.event_log_storage
        status = get_and_update_asset_status_cache_value(self.instance, KEY, DAYS)
        assert status is not None
        newest = {key: self.instance.get_latest_materialization_event(key) for key in (KEY, REPORT)}
        check = storage.get_latest_asset_check_execution_by_key([CHECK])[CHECK]
        return {
            "days": self.instance.get_materialized_partitions(KEY),
            "status": status.serialized_materialized_partition_subset,
            "failed": status.serialized_failed_partition_subset,
            "newest": {key: event.timestamp for key, event in newest.items() if event},
            "newest by day": storage.get_latest_storage_id_by_partition(KEY, DagsterEventType.ASSET_MATERIALIZATION),
            "observed": self.instance.fetch_observations(KEY, limit=1).records[0].storage_id,
            "check": (check.id, check.status),
            "assets": set(self.instance.all_asset_keys()),
        }


def runless(day: str, rows: int) -> Iterator[Any]:
    """What a tick tells of a day: a load, and a look at it."""
    yield AssetMaterialization(KEY, partition=day, metadata={"rows": rows})
    yield AssetObservation(KEY, partition=day, metadata={"rows": rows})
