"""What every contender reports of its own run, as one line of JSON on stdout."""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def measured(**facts: object) -> Iterator[dict[str, object]]:
    """Times the block; its seconds and the process's peak memory are printed with what the block puts into the dict."""
    found: dict[str, object] = dict(facts)
    started, cpu = time.perf_counter(), time.process_time()
    yield found
    found["seconds"] = round(time.perf_counter() - started, 4)
    found["cpu_seconds"] = round(time.process_time() - cpu, 4)
    found["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)
