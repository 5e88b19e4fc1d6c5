"""Tells Dagster of check evaluations that no run made, as often as they are made."""

from __future__ import annotations

from collections.abc import Iterable

from dagster import AssetCheckEvaluation, DagsterInstance
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable
from dagster._core.storage.event_log.sql_event_log import SqlEventLogStorage


def tell_evaluations(instance: DagsterInstance, evaluations: Iterable[AssetCheckEvaluation]) -> None:
    """Store the evaluations as the newest of their check and partition.

    Not by `SensorResult.asset_events`: its second runless evaluation of one check and partition breaks a unique index
    of Dagster's summary table (dagster 1.13.27 on PostgreSQL), the tick fails and the page keeps the first verdict. So
    the older row of the summary is removed first; the events themselves all stay.
    """
    for evaluation in evaluations:
        storage = instance.event_log_storage
        if isinstance(storage, SqlEventLogStorage):
            table = AssetCheckExecutionsTable.c
            with storage.index_connection() as connection:
                connection.execute(
                    AssetCheckExecutionsTable.delete().where(
                        table.asset_key == evaluation.asset_key.to_string(),
                        table.check_name == evaluation.check_name,
                        table.partition == evaluation.partition,
                        table.run_id == "",
                    )
                )
        instance.report_runless_asset_event(evaluation)
