"""Which files of the state folder expire: what Dagster's runs and ticks printed, and tracebacks nobody came for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from sync_platform.landing.expiry import Pruned

# As `dagster.yaml` has it, below the state folder; `get_captured_local_path` of Dagster's LocalComputeLogManager puts a
# run's output into a folder of the run's id, and a tick's into one of its repository's name.
_RUN_OUTPUT = Path("dagster") / "logs"
_TRACEBACKS = "error-*.log"


def prune_files(
    state_dir: Path,
    *,
    kept_since: datetime,
    unfinished_runs: Collection[str] | None,
    dry_run: bool,
    progress: Callable[[str, int], None],
) -> list[Pruned]:
    """Delete, or count, files that were last written before `kept_since`.

    The output of `unfinished_runs` stays, whatever its age; where they are not known (None), that of all runs does.
    """
    output = state_dir / _RUN_OUTPUT
    pruned = []
    if unfinished_runs is not None:
        files = [file for file in _files(output) if file.relative_to(output).parts[0] not in unfinished_runs]
        pruned.append(_prune("files dagster/logs", files, kept_since, dry_run=dry_run, progress=progress))
    tracebacks = sorted((state_dir / "logs").glob(_TRACEBACKS))
    pruned.append(_prune("files logs/error", tracebacks, kept_since, dry_run=dry_run, progress=progress))
    return pruned


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())


def _prune(
    name: str, files: list[Path], kept_since: datetime, *, dry_run: bool, progress: Callable[[str, int], None]
) -> Pruned:
    gone = size = 0
    for file in files:
        # Another prune may have been quicker.
        with suppress(FileNotFoundError):
            status = file.stat()
            if status.st_mtime >= kept_since.timestamp():
                continue
            if not dry_run:
                file.unlink()
                _remove_if_empty(file.parent)
            gone, size = gone + 1, size + status.st_size
    progress(name, gone)
    return Pruned(name=name, rows=len(files), gone=gone, bytes=size, kept_since=kept_since)


def _remove_if_empty(folder: Path) -> None:
    """A run's folder holds one of its own, `compute_logs`."""
    with suppress(OSError):
        folder.rmdir()
        folder.parent.rmdir()
