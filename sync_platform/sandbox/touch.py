"""Changing existing records on demand, for measuring how long a change takes to land."""

import random
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from sync_platform.sandbox.clock import SandboxClock
from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.partners import Partners

RECENT = 1000
"""Records are drawn from so many that changed last."""
MOST = 10_000
"""Records touched at once."""


@dataclass(frozen=True, kw_only=True)
class Touched:
    """Which records changed, and the changed time that they got, by the partner's clock."""

    keys: tuple[str, ...]
    changed_at_ms: int


class Toucher:
    """Draws the records from the seed, so that the same calls touch the same records."""

    def __init__(self, partners: Partners, clock: SandboxClock, *, seed: int) -> None:
        self._partners, self._clock = partners, clock
        self._random = random.Random(seed)
        self._lock = threading.Lock()

    def touch(self, system: str, entity: str, *, key: str | None = None, count: int = 1) -> Touched:
        """Make the record of `key`, else `count` recent ones, change now; visible at once.

        Raises SandboxError for an unknown entity or key, or when fewer than `count` records are visible.
        """
        found = self._partners.entity(system, entity)
        if not _is_whole(count) or not 1 <= count <= MOST:
            raise SandboxError(f"count is {count!r}; write a whole number from 1 to {MOST}")
        with self._lock:
            now = self._clock.now_ms()
            if key is not None:
                record = found.record(key)
                row = None if record is None else found.feed.row_of(record, now=now)
                if row is None:
                    raise SandboxError(f"{system}/{entity} shows no record {key!r} now")
                rows = np.array([row])
            else:
                shown = found.feed.rows(now=now)[-max(RECENT, count) :]
                if len(shown) < count:
                    raise SandboxError(
                        f"{system}/{entity} shows only {len(shown)} records now; ask for fewer than {count}"
                    )
                rows = np.sort(np.array(self._random.sample(shown.tolist(), count)))
            changed_at = found.touch(rows, now=now)
            keys = tuple(found.key(number) for number in found.feed.record(rows).tolist())
        return Touched(keys=keys, changed_at_ms=changed_at)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
