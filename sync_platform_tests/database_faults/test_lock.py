"""Faults D6 and D9: somebody keeps a lock, a statement takes too long, a killed client still has its locks."""

from __future__ import annotations

import os
import signal
import time
from dataclasses import replace

import pytest

from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform_tests.database_faults.other_session import other_session
from sync_platform_tests.database_faults.way import APPLY, WAYS, Way, ends_well, prepare, stored
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, sale

LOCKS = {
    "landing.till__sales": "lock table landing.till__sales in access exclusive mode",
    "sync.change": "lock table sync.change in access exclusive mode",
}
"""What ALTER TABLE keeps until its transaction ends."""


@pytest.mark.parametrize("way", WAYS, ids=str)
@pytest.mark.parametrize(
    ("limit", "error", "words"),
    [
        ("lock_timeout_seconds", LandingConflict, r"keeps a lock: .*lock timeout; .* pg_blocking_pids\(\) say which"),
        ("statement_timeout_seconds", LandingUnavailable, r"took too long: .*statement timeout; .* Try again"),
    ],
)
def test_a_load_that_waits_too_long_for_a_lock_ends_in_time_and_the_answer_says_what_to_do(
    hub: Hub, till: Till, clock: GivenClock, way: Way, limit: str, error: type[Exception], words: str
) -> None:
    prepare(way, hub, till, clock)
    before = stored(hub)
    patient, hub.database = hub.database, replace(hub.database, **{limit: 1})
    with other_session(patient) as other:
        hub.reached = lambda step: step.endswith("_begun") and other.does(LOCKS[way.table])
        with pytest.raises(error, match=words):
            way.pull(hub)
    hub.reached, hub.database = (lambda _: None), patient
    assert stored(hub) == before
    ends_well(way, hub)


def test_a_day_that_is_locked_does_not_keep_changes_of_other_days_waiting(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("Y", "1.00", day=YESTERDAY), sale("A", "1.00"))
    for day in (YESTERDAY, TODAY):
        hub.pull_day(day=day)
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("Y", "2.00", at=30, day=YESTERDAY), sale("A", "2.00", at=31))
    patient, hub.database = hub.database, replace(hub.database, lock_timeout_seconds=1)
    with other_session(patient) as other:
        other.does("select 1 from landing.till__sales where id = 'Y' for update")
        with pytest.raises(LandingConflict, match="keeps a lock"):
            hub.pull_delta()
        assert hub.landed() == {"A": "2.00", "Y": "1.00"}
    hub.pull_delta()
    assert hub.landed() == {"A": "2.00", "Y": "2.00"}


def test_a_writer_that_is_killed_while_its_statement_waits_gives_its_locks_back(
    hub: Hub, till: Till, clock: GivenClock, loaders: Loaders
) -> None:
    """Fault D9: its server process notices within a second or so, and not only when the statement ends, after 15 s."""
    prepare(APPLY, hub, till, clock)
    stopped = loaders.pull(hub, "delta", stop_at="apply_begun")
    with other_session(hub.database) as other:
        other.does("lock table sync.entity_day in access exclusive mode")
        os.kill(stopped.pid, signal.SIGCONT)
        other.until_somebody_waits_for_it()
        os.kill(stopped.pid, signal.SIGKILL)
        killed_at = time.monotonic()
        assert loaders.goes_on(stopped).how == "killed"
        hub.lets_leases_expire()  # the lease's row was locked by the dead one's transaction
        assert time.monotonic() - killed_at < 8
    ends_well(APPLY, hub)
