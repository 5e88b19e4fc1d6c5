"""Which runs are attempts at the same work, so that a retry leaves alone what was published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dagster import DagsterInstance, DagsterRun
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, RETRY_NUMBER_TAG, ROOT_RUN_ID_TAG

from sync_platform.components.run_attempts import attempts_of


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def run(instance: DagsterInstance, run_id: str, *, after: str | None = None, retry: int | None = None) -> DagsterRun:
    tags = {PARENT_RUN_ID_TAG: after, ROOT_RUN_ID_TAG: after} if after else {}
    if retry is not None:
        tags[RETRY_NUMBER_TAG] = str(retry)
    made = DagsterRun(job_name="pos", run_id=run_id, tags=tags, parent_run_id=after, root_run_id=after)
    return instance.add_run(made)


def test_a_retry_of_a_lost_run_is_an_attempt_at_the_same_work(instance: DagsterInstance) -> None:
    run(instance, "first")
    run(instance, "second", after="first", retry=1)
    third = run(instance, "third", after="second", retry=2)

    assert attempts_of(instance, third) == ["third", "second", "first"]


def test_what_a_person_executes_again_begins_anew(instance: DagsterInstance) -> None:
    run(instance, "first")
    again = run(instance, "again", after="first")
    retried = run(instance, "retried", after="again", retry=1)

    assert attempts_of(instance, again) == ["again"]
    assert attempts_of(instance, retried) == ["retried", "again"]


def test_a_retry_of_a_run_that_was_pruned_counts_what_is_known(instance: DagsterInstance) -> None:
    retried = run(instance, "retried", after="gone", retry=1)

    assert attempts_of(instance, retried) == ["retried", "gone"]
