"""Ends runs that Dagster holds for started though their process is gone, so that what they owed is asked for again.

A code server notices that a run's process died only if it started it itself. Killed together with it, or after a
restart of it, a run would stay STARTED until `max_runtime_seconds`, keep its places in the queue and in its partner's
pool, and the sensor that asked for it would wait for it. In the code server, because there the runs' processes start.
"""

import os
from pathlib import Path
from typing import Self

from dagster import (
    Component,
    ComponentLoadContext,
    DagsterInstance,
    DagsterRunStatus,
    DefaultSensorStatus,
    Definitions,
    SensorEvaluationContext,
    SkipReason,
    sensor,
)
from pydantic import BaseModel

from sync_platform.components.session import landing_database, run_holder
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.landing.leases import free_leases
from sync_platform.operations.run_lock import forget_run, free_runs
from sync_platform.settings import state_dir

# A look is one listing of a folder that is empty when nothing runs.
_INTERVAL_SECONDS = 10


class OrphanedRuns(Component):
    """The sensor that ends orphaned runs."""

    @classmethod
    def load(cls, attributes: BaseModel | None, context: ComponentLoadContext) -> Self:
        return cls()

    def build_defs(self, context: ComponentLoadContext) -> Definitions:
        @sensor(
            name="orphaned_runs",
            minimum_interval_seconds=_INTERVAL_SECONDS,
            default_status=DefaultSensorStatus.RUNNING,
            description="Marks runs as failed whose process is gone.",
        )
        def orphaned_runs(context: SensorEvaluationContext) -> SkipReason:
            try:
                ended = end_orphaned_runs(context.instance, state_dir(os.environ), landing_database())
            except LandingUnavailable as error:
                return SkipReason(str(error))
            return SkipReason(f"Ended: {', '.join(ended)}." if ended else "Every started run has its process.")

        return Definitions(sensors=[orphaned_runs])


def end_orphaned_runs(instance: DagsterInstance, folder: Path, database: Database) -> list[str]:
    """Mark started runs without a process failed; returns their ids. A run being canceled is left to the daemon.

    What a run without a process had leased is free at once: whoever loads its days next need not wait for the expiry.
    """
    ended = []
    for run_id in free_runs(folder):
        with database.connect() as connection:
            free_leases(connection, holder=run_holder(run_id))
        # Read after its lock was found free: by then the process had written whatever end it came to.
        run = instance.get_run_by_id(run_id)
        if run is not None and run.status == DagsterRunStatus.STARTED:
            instance.report_run_failed(run, "The run's process is gone; what it left undone is asked for again.")
            ended.append(run_id)
        forget_run(folder, run_id)
    return ended
