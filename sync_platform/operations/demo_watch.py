"""Watches the demo's first sync until it is through, stuck or out of time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sync_platform.clock import Clock
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.operations.demo_plan import Target
from sync_platform.operations.demo_progress import Progress, read_progress

LOOK_SECONDS = 1.0
# A database that is away for longer than a restart takes is not coming back by itself.
_PATIENCE_SECONDS = 30.0


@dataclass(frozen=True)
class Watched:
    """The last look, and whether time ran out before all was complete."""

    progress: Progress
    timed_out: bool


def watch_sync(
    database: Database,
    targets: Sequence[Target],
    *,
    since: datetime,
    timeout: timedelta,
    clock: Clock,
    check: Callable[[], None],
    show: Callable[[Progress], None],
) -> Watched:
    """Look once a second until all targets are complete, all that is missing is held, or `timeout` has passed.

    `check` raises when a child died. Raises LandingUnavailable when the database stays away.
    """
    deadline = clock.monotonic() + timeout.total_seconds()
    answered_at = clock.monotonic()
    while True:
        check()
        try:
            progress = read_progress(database, targets, since=since)
        except LandingUnavailable:
            if clock.monotonic() - answered_at > _PATIENCE_SECONDS:
                raise
            clock.sleep(LOOK_SECONDS)
            continue
        answered_at = clock.monotonic()
        show(progress)
        if progress.synced or progress.stuck:
            return Watched(progress, timed_out=False)
        if clock.monotonic() > deadline:
            return Watched(progress, timed_out=True)
        clock.sleep(LOOK_SECONDS)
