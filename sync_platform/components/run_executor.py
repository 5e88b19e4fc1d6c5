"""How a run is executed: all its steps in the one process, which holds the run's lock for as long as it lives.

In process: the default executor starts one more process per step, which imports everything again (9 s against 3 s for
an asset and a check, 2 cores) and goes on writing when its run was killed. The lock is how a run whose process was
killed is told from one at work (orphaned_runs.py): the default launcher notices no crash.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from dagster import DagsterEvent, Executor, InitExecutorContext, executor, in_process_executor
from dagster._core.definitions.executor_definition import IN_PROC_CONFIG
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster._core.execution.step_dependency_config import StepDependencyConfig

from sync_platform.operations.run_lock import hold_run
from sync_platform.settings import state_dir


class LockedInProcess(Executor):
    """Dagster's in-process executor under the run's lock."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> RetryMode:
        return self._inner.retries

    @property
    def step_dependency_config(self) -> StepDependencyConfig:
        return self._inner.step_dependency_config

    def execute(self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan) -> Iterator[DagsterEvent]:
        try:
            hold_run(state_dir(os.environ), plan_context.run_id)
        except OSError as error:
            # The work matters more than that its crash is noticed early; max_runtime_seconds ends such a run, too.
            plan_context.log.warning("The run's lock could not be held: %s", error.strerror)
        yield from self._inner.execute(plan_context, execution_plan)


@executor(name="in_process", config_schema=IN_PROC_CONFIG)
def locked_in_process(context: InitExecutorContext) -> Executor:
    """All steps in the run's own process, which holds the run's lock."""
    create = in_process_executor.executor_creation_fn
    if create is None:
        raise TypeError("dagster's in_process_executor creates no executor")
    return LockedInProcess(create(context))
