"""Leaves the files: every hour the running day's, after midnight the last of the day before, at first those kept."""

import os
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.colombo import DAY_MS, HOUR_MS, MINUTE_MS, OFFSET_MS, day_number
from sync_platform.sandbox.drops.export import Export, Exporter

AFTER_THE_HOUR_MS = 5 * MINUTE_MS
FINAL_AFTER_MS = 30 * MINUTE_MS
"""How long after midnight the final file of the day before comes."""
_LOOK_SECONDS = 1.0
_REMEMBERED = ".left"


class Dropping:
    """Writes what is due below `folder`, one folder for each partner system, in a thread from `start` to `stop`.

    With `mishaps` the last two files kept come again at the first start, as soon as they were fetched: the one before
    the last is cut on the way, which its digest tells, and the last one is the same.
    """

    def __init__(
        self, folder: Path, exporters: Sequence[Exporter], clock: SandboxClock, *, mishaps: bool = False
    ) -> None:
        self._folder, self._exporters, self._clock = folder, tuple(exporters), clock
        self._with_mishaps, self._mishaps = mishaps, list[Export]()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def folders(self) -> dict[str, Path]:
        """By partner system."""
        return {exporter.folder: self._folder / exporter.folder for exporter in self._exporters}

    def leave_due(self) -> list[str]:
        """Write every file that was produced since the last time; their names."""
        now = self._clock.now_ms()
        left = []
        for exporter in self._exporters:
            folder = self._folder / exporter.folder
            folder.mkdir(parents=True, exist_ok=True)
            remembered = folder / _REMEMBERED
            since = int(remembered.read_text()) if remembered.exists() else None
            due = list(_due(exporter, since=since, now=now))
            for day, at_ms in due:
                _write(folder, exporter.export(day, at_ms=at_ms))
                left.append(f"{exporter.folder}/{day}")
            if since is None and self._with_mishaps:
                self._mishaps += _mishaps([exporter.export(day, at_ms=at_ms) for day, at_ms in due[-3:-1]])
            remembered.write_text(str(now))
        return left

    def leave_mishaps(self) -> list[str]:
        """Write those whose first file was fetched; their names."""
        due = [one for one in self._mishaps if not (self._folder / one.folder / one.name).exists()]
        for export in due:
            _write(self._folder / export.folder, export)
        self._mishaps = [one for one in self._mishaps if one not in due]
        return [f"{one.folder}/{one.name}" for one in due]

    def start(self) -> None:
        """What is due now is there when this returns; the rest comes by itself."""
        self.leave_due()
        self._thread = threading.Thread(target=self._run, name="sandbox drops", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._ended.wait(_LOOK_SECONDS):
            self.leave_due()
            self.leave_mishaps()


def _due(exporter: Exporter, *, since: int | None, now: int) -> Iterator[tuple[int, int]]:
    """Day and moment of production of each file that is due, oldest first; of one name only the newest."""
    today = day_number(now)
    for day in range(today - max(exporter.keeps_days, 1), today):
        final = (day + 1) * DAY_MS - OFFSET_MS + FINAL_AFTER_MS
        if exporter.keeps_days and final <= now and (since is None or final > since):
            yield day, final
    start = today * DAY_MS - OFFSET_MS
    hour = start + (now - start - AFTER_THE_HOUR_MS) // HOUR_MS * HOUR_MS + AFTER_THE_HOUR_MS
    at_ms = max(hour, start)
    if since is None or at_ms > since:
        yield today, at_ms


def _mishaps(finals: Sequence[Export]) -> Iterator[Export]:
    """Of the last two final files; the files that belong to them are those of the whole ones."""
    for export in finals[:-1]:
        yield replace(export, content=export.content[: len(export.content) // 2])
    yield from finals[-1:]


def _write(folder: Path, export: Export) -> None:
    """Under another name first, so that nobody reads half a file; its companions last."""
    part = folder / f"{export.name}.part"
    part.write_bytes(export.content)
    os.utime(part, (export.produced_ms / 1000, export.produced_ms / 1000))
    for ending, _ in export.companions:
        (folder / f"{export.name}{ending}").unlink(missing_ok=True)
    part.rename(folder / export.name)
    for ending, content in export.companions:
        (folder / f"{export.name}{ending}").write_bytes(content)
