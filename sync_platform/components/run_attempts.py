"""Which runs were earlier attempts of a run: after a lost worker, Dagster starts the same work as a new run."""

from dagster import DagsterInstance, DagsterRun
from dagster._core.storage.tags import RETRY_NUMBER_TAG


def attempts_of(instance: DagsterInstance, run: DagsterRun) -> list[str]:
    """The ids of the run and of those it retries, newest first.

    Only Dagster's own retries count: a person who executes a run again wants its days to be read again.
    """
    ids = [run.run_id]
    earlier: DagsterRun | None = run
    while earlier is not None and RETRY_NUMBER_TAG in earlier.tags and earlier.parent_run_id:
        ids.append(earlier.parent_run_id)
        earlier = instance.get_run_by_id(earlier.parent_run_id)
    return ids
