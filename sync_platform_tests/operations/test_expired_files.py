"""What runs printed goes with its age; what an unfinished run printed, and anything younger, never does."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.landing.expiry import Pruned
from sync_platform.operations.expired_files import prune_files

KEPT_SINCE = datetime(2026, 10, 21, tzinfo=UTC)
OUTPUT = "dagster/logs"


def write(state_dir: Path, name: str, *, days_before: float) -> None:
    """A file of ten bytes, last written so many days before KEPT_SINCE."""
    file = state_dir / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("0123456789")
    moment = (KEPT_SINCE - timedelta(days=days_before)).timestamp()
    os.utime(file, (moment, moment))


def prune(state_dir: Path, *, unfinished: set[str] | None, dry_run: bool = False) -> dict[str, Pruned]:
    pruned = prune_files(
        state_dir, kept_since=KEPT_SINCE, unfinished_runs=unfinished, dry_run=dry_run, progress=lambda *_: None
    )
    return {one.name: one for one in pruned}


def left(state_dir: Path) -> list[str]:
    """Files and empty folders."""
    return sorted(
        str(path.relative_to(state_dir))
        for path in state_dir.rglob("*")
        if path.is_file() or (path.is_dir() and not any(path.iterdir()))
    )


@pytest.fixture
def state_dir(tmp_path: Path) -> Path:
    write(tmp_path, f"{OUTPUT}/ended/compute_logs/abc.out", days_before=1)
    write(tmp_path, f"{OUTPUT}/ended/compute_logs/abc.err", days_before=1)
    write(tmp_path, f"{OUTPUT}/recent/compute_logs/abc.err", days_before=-1)
    write(tmp_path, f"{OUTPUT}/under-way/compute_logs/abc.err", days_before=90)
    write(tmp_path, f"{OUTPUT}/sync_platform/shop_sync/17.err", days_before=2)
    write(tmp_path, f"{OUTPUT}/sync_platform/shop_sync/99.err", days_before=-2)
    write(tmp_path, "logs/error-20260101T000000.log", days_before=3)
    write(tmp_path, "logs/error-20261101T000000.log", days_before=-3)
    write(tmp_path, "logs/daemon.log", days_before=100)
    write(tmp_path, "reports/freshness.html", days_before=100)
    return tmp_path


STAYS = [
    "dagster/logs/recent/compute_logs/abc.err",
    "dagster/logs/sync_platform/shop_sync/99.err",
    "dagster/logs/under-way/compute_logs/abc.err",
    "logs/daemon.log",
    "logs/error-20261101T000000.log",
    "reports/freshness.html",
]


def test_old_output_and_tracebacks_go_and_nothing_else(state_dir: Path) -> None:
    pruned = prune(state_dir, unfinished={"under-way"})

    assert left(state_dir) == STAYS
    assert {name: (one.rows, one.gone, one.bytes) for name, one in pruned.items()} == {
        "files dagster/logs": (5, 3, 30),
        "files logs/error": (2, 1, 10),
    }


def test_output_stays_where_nobody_can_tell_which_runs_are_under_way(state_dir: Path) -> None:
    before = left(state_dir / OUTPUT)

    assert set(prune(state_dir, unfinished=None)) == {"files logs/error"}
    assert left(state_dir / OUTPUT) == before


def test_a_dry_run_counts_files_and_leaves_them(state_dir: Path) -> None:
    before = left(state_dir)

    dry = prune(state_dir, unfinished={"under-way"}, dry_run=True)

    assert left(state_dir) == before
    assert prune(state_dir, unfinished={"under-way"}) == dry


def test_a_state_folder_without_logs_has_nothing_to_prune(tmp_path: Path) -> None:
    assert [one.gone for one in prune(tmp_path, unfinished=set()).values()] == [0, 0]
