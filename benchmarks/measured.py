"""What every contender reports of its own run, as one line of JSON on stdout."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def measured(**facts: object) -> Iterator[dict[str, object]]:
    """Times the block; its seconds and the process's peak memory are printed with what the block puts into the dict."""
    found: dict[str, object] = dict(facts)
    started, cpu = time.perf_counter(), time.process_time()
    yield found
    found["seconds"] = round(time.perf_counter() - started, 4)
    found["cpu_seconds"] = round(time.process_time() - cpu, 4)
    found["peak_mb"] = _peak_mb()
    print(json.dumps(found), flush=True)


def _peak_mb() -> float:
    """Of this program alone: `ru_maxrss` begins with the size of the process that started it."""
    status = Path("/proc/self/status").read_text()
    return round(int(status.split("VmHWM:")[1].split()[0]) / 1024, 1)
