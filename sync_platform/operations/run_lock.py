"""Tells whether a run's process lives: it holds the lock on a file of its own, which the kernel frees however it ends.

Exact, unlike a heartbeat: a process that is only slow or stopped still holds its lock, and no clock is involved. Only
for processes that share the folder; of any other nothing is said. What follows from it is left to the caller.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

_FOLDER = "runs"
# Held until the process ends: the run's last event is written after everything that could let go of it.
_held: dict[str, IO[bytes]] = {}


def hold_run(state_dir: Path, run_id: str) -> None:
    """Hold the run's lock until this process ends. Raises OSError where the folder cannot be written."""
    folder = state_dir / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    # Locked before it has its name: at no moment does a living run's file lie there free.
    draft = folder / f".{run_id}.{os.getpid()}"
    file = draft.open("wb")
    fcntl.flock(file, fcntl.LOCK_EX)
    draft.replace(folder / run_id)
    _held[run_id] = file


def free_runs(state_dir: Path) -> list[str]:
    """Runs whose process is gone, whether they had ended or not."""
    folder = state_dir / _FOLDER
    if not folder.is_dir():
        return []
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith(".") and _is_free(file))


def forget_run(state_dir: Path, run_id: str) -> None:
    """Remove the file of a run whose process is gone."""
    (state_dir / _FOLDER / run_id).unlink(missing_ok=True)


def _is_free(file: Path) -> bool:
    try:
        with file.open("rb") as opened:
            fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True
