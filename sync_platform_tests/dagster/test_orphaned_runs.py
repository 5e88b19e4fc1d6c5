"""Runs whose process is gone are ended, and no others; processes are real, Dagster's instance is a temporary one."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, DagsterRunStatus, execute_job, job, op, reconstructable

from sync_platform.clock import SystemClock
from sync_platform.components.orphaned_runs import end_orphaned_runs
from sync_platform.components.run_executor import locked_in_process
from sync_platform.components.session import run_holder
from sync_platform.errors import LandingConflict
from sync_platform.landing.database import Database
from sync_platform.landing.leases import acquire, fence
from sync_platform.operations.run_lock import free_runs
from sync_platform.settings import STATE_DIR

ROOT = Path(__file__).parents[2]
HOLDER = """
import sys, time
from pathlib import Path
from sync_platform.operations.run_lock import hold_run
hold_run(Path(sys.argv[1]), sys.argv[2])
print("held", flush=True)
time.sleep(600)
"""

WANTED: dict[str, Any] = {"system": "till", "entity": "sales", "clock": SystemClock(), "wait_seconds": 0}

Start = Callable[[str], subprocess.Popen[str]]


@op
def name_process() -> int:
    return os.getpid()


@job(executor_def=locked_in_process)
def naming_job() -> None:
    name_process()


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.local_temp() as one:
        yield one


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Starts a process that holds the lock of a run until it is killed."""
    with ExitStack() as ending:

        def started(run_id: str) -> subprocess.Popen[str]:
            holder = subprocess.Popen(
                [sys.executable, "-c", HOLDER, str(tmp_path), run_id],
                stdout=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
            ending.callback(_end, holder)
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            return holder

        yield started


def _end(holder: subprocess.Popen[str]) -> None:
    holder.kill()
    holder.wait()
    assert holder.stdout is not None
    holder.stdout.close()


def a_run(instance: DagsterInstance, status: DagsterRunStatus) -> str:
    """A run that has come so far."""
    return instance.create_run_for_job(naming_job, status=status).run_id


def status_of(instance: DagsterInstance, run_id: str) -> DagsterRunStatus:
    run = instance.get_run_by_id(run_id)
    assert run is not None
    return run.status


def test_a_run_whose_process_was_killed_is_failed_and_forgotten(
    instance: DagsterInstance, start: Start, tmp_path: Path, database: Database
) -> None:
    """Fault E4."""
    run_id = a_run(instance, DagsterRunStatus.STARTED)
    _end(start(run_id))

    assert end_orphaned_runs(instance, tmp_path, database) == [run_id]

    assert status_of(instance, run_id) == DagsterRunStatus.FAILURE
    assert free_runs(tmp_path) == []
    assert end_orphaned_runs(instance, tmp_path, database) == []


def test_what_a_killed_run_had_leased_is_free_at_once_and_nobody_elses(
    instance: DagsterInstance, start: Start, tmp_path: Path, database: Database
) -> None:
    dead, alive = (a_run(instance, DagsterRunStatus.STARTED) for _ in range(2))
    start(alive)
    _end(start(dead))
    with database.connect() as connection:
        leases = {
            run_id: acquire(connection, **WANTED, scope=run_id, holder=run_holder(run_id)) for run_id in (dead, alive)
        }

        assert end_orphaned_runs(instance, tmp_path, database) == [dead]

        acquire(connection, **WANTED, scope=dead, holder="the next one")
        with pytest.raises(LandingConflict, match="another writer took over"):
            fence(connection, leases[dead])
        fence(connection, leases[alive])
        with pytest.raises(LandingConflict, match=f"being written by {run_holder(alive)}"):
            acquire(connection, **WANTED, scope=alive, holder="the next one")


@pytest.mark.parametrize("number", [None, signal.SIGSTOP])
def test_a_run_whose_process_lives_or_is_only_stopped_is_left_alone(
    instance: DagsterInstance, start: Start, tmp_path: Path, database: Database, number: signal.Signals | None
) -> None:
    run_id = a_run(instance, DagsterRunStatus.STARTED)
    holder = start(run_id)
    if number is not None:
        holder.send_signal(number)

    assert end_orphaned_runs(instance, tmp_path, database) == []

    assert status_of(instance, run_id) == DagsterRunStatus.STARTED


@pytest.mark.parametrize(
    "status",
    [DagsterRunStatus.SUCCESS, DagsterRunStatus.FAILURE, DagsterRunStatus.CANCELED, DagsterRunStatus.CANCELING],
)
def test_a_run_that_ended_or_is_being_canceled_keeps_its_status_and_leaves_no_file(
    instance: DagsterInstance, start: Start, tmp_path: Path, database: Database, status: DagsterRunStatus
) -> None:
    run_id = a_run(instance, status)
    _end(start(run_id))

    assert end_orphaned_runs(instance, tmp_path, database) == []

    assert status_of(instance, run_id) == status
    assert free_runs(tmp_path) == []


def test_of_a_run_that_holds_no_lock_here_nothing_is_said(
    instance: DagsterInstance, tmp_path: Path, database: Database
) -> None:
    """Its process may be at work elsewhere: `max_runtime_seconds` ends it if not."""
    run_id = a_run(instance, DagsterRunStatus.STARTED)

    assert end_orphaned_runs(instance, tmp_path, database) == []

    assert status_of(instance, run_id) == DagsterRunStatus.STARTED


def test_a_run_that_nobody_knows_any_more_leaves_no_file(
    instance: DagsterInstance, start: Start, tmp_path: Path, database: Database
) -> None:
    _end(start("pruned"))

    assert end_orphaned_runs(instance, tmp_path, database) == []

    assert free_runs(tmp_path) == []


def test_a_run_is_one_process_that_holds_the_runs_lock_until_it_ends(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_DIR, str(tmp_path))

    with execute_job(reconstructable(naming_job), instance) as result:
        assert result.success
        assert result.output_for_node("name_process") == os.getpid()

    assert [file.name for file in (tmp_path / "runs").iterdir()] == [result.run_id]
    assert free_runs(tmp_path) == []


def test_a_run_whose_lock_cannot_be_held_does_its_work_all_the_same(
    instance: DagsterInstance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_DIR, str(tmp_path))
    (tmp_path / "runs").write_text("a file where the folder should be")

    with execute_job(reconstructable(naming_job), instance) as result:
        assert result.success
