"""What every contender reports of its own run, as one line of JSON on stdout."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def measured(**facts: object) -> Iterator[dict[str, object]]:
    """Times the block; its seconds and the peak memory are printed with what the block puts into the dict.

    `peak_mb` is that of this process and of the largest one that it started, together, as if both were at their peak
    at once; `cpu_seconds` are those of this process.
    """
    found: dict[str, object] = dict(facts)
    with _Children() as children:
        started, cpu = time.perf_counter(), time.process_time()
        yield found
        found["seconds"] = round(time.perf_counter() - started, 4)
        found["cpu_seconds"] = round(time.process_time() - cpu, 4)
    found["peak_mb"] = round((_peak_kb("self") + children.peak_kb) / 1024, 1)
    print(json.dumps(found), flush=True)


class _Children:
    """Looks ten times a second how large the processes became that this one started."""

    def __init__(self) -> None:
        self.peak_kb = 0
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)

    def __enter__(self) -> _Children:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._done.wait(0.1):
            for listed in Path("/proc/self/task").glob("*/children"):
                for child in listed.read_text().split():
                    self.peak_kb = max(self.peak_kb, _peak_kb(child))


def _peak_kb(process: str) -> int:
    """VmHWM, because `ru_maxrss` begins with the size of the process that started it; 0 of one that is gone."""
    try:
        status = Path("/proc", process, "status").read_text()
    except OSError:
        return 0
    _, _, peak = status.partition("VmHWM:")
    return int(peak.split()[0]) if peak else 0
