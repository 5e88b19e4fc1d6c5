"""The close: every night, after the business day ended, yesterday and the last late days are read whole again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from dagster import (
    DefaultScheduleStatus,
    JobDefinition,
    RunRequest,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SkipReason,
)
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from sync_platform.components.run_tags import CLOSE
from sync_platform.components.system_sensor import range_run, thawed
from sync_platform.declarations.partner_system import PartnerSystem

# After the end of the business day: most late rows are in by then, and the promise is mostly "by 09:00".
CLOSE_DELAY = timedelta(hours=2)


def close_schedule(system: PartnerSystem, job: JobDefinition | UnresolvedAssetJobDefinition) -> ScheduleDefinition:
    """Runs at `day_starts_at` plus two hours in the partner's own time zone."""
    starts = datetime.combine(date(2000, 1, 1), system.declaration.day_starts_at, UTC) + CLOSE_DELAY

    def evaluate(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        yesterday = system.declaration.calendar.day_of(context.scheduled_execution_time) - timedelta(days=1)
        first_day = yesterday - timedelta(days=max(system.declaration.late_days - 1, 0))
        awake = thawed(system, context.scheduled_execution_time).entities
        events = [entity for entity in awake if not entity.is_state]
        if not events:
            return SkipReason("A freeze window covers every entity; its days are read when the window ends.")
        return range_run(events, purpose=CLOSE, first_day=first_day, last_day=yesterday, run_key=f"close:{yesterday}")

    return ScheduleDefinition(
        name=f"{system.name}_close",
        job=job,
        cron_schedule=f"{starts.minute} {starts.hour} * * *",
        execution_timezone=system.declaration.time_zone,
        execution_fn=evaluate,
        default_status=DefaultScheduleStatus.RUNNING,
        description=f"Reads yesterday and the last {system.declaration.late_days} days of {system.name} whole again.",
    )
