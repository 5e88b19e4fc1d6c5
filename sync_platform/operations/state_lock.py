"""One demo per state folder: a second one would fight over the database, the ports and Dagster's home."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sync_platform.errors import LandingConflict


@contextmanager
def hold_state_dir(folder: Path) -> Iterator[None]:
    """Hold the folder for this process; the kernel lets go of it however the process ends.

    Raises LandingConflict that names the holder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "demo.lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            raise LandingConflict(
                f"another demo (process {holder}) is running on {folder}. "
                f"End it first: kill {holder}; or choose another folder with --state-dir."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
