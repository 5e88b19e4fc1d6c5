"""Promise 4: one writer per entity and business day, one capturer per entity, across processes."""

from __future__ import annotations

import pytest

from sync_platform.errors import LandingConflict
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import YESTERDAY, Till, sale


def test_a_second_writer_of_the_day_says_who_has_it(hub: Hub, till: Till, loaders: Loaders) -> None:
    till.has_sales(sale("A"))
    first = loaders.pull(hub, "day", stop_at="page_staged")
    with pytest.raises(LandingConflict, match=f"2026-11-20 is being written by loader {first.pid} until"):
        hub.pull_day()
    assert loaders.goes_on(first).said == "published"


def test_a_second_writer_waits_for_the_first(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    other = hub.another()

    def reached(step: str) -> None:
        if step == "day_leased":
            with pytest.raises(LandingConflict):
                other.pull_day(lease_wait_seconds=3.0)

    hub.reached = reached
    hub.pull_day()
    assert sum(clock.slept) >= 3
    hub.reached = lambda _: None
    assert other.pull_day(lease_wait_seconds=3.0).outcome == "published"


def test_other_days_and_entities_are_not_waited_for(hub: Hub, till: Till, loaders: Loaders) -> None:
    till.has_sales(sale("A"), sale("Z", day=YESTERDAY))
    first = loaders.pull(hub, "day", stop_at="page_staged")
    outcomes = [hub.pull_day(day=YESTERDAY).outcome, hub.pull_day("coarse_sales").outcome]
    loaders.goes_on(first)
    assert outcomes == ["published", "published"]


@pytest.mark.parametrize("step", ["stage_created", "page_staged", "day_read", "day_checked"])
def test_a_writer_that_wakes_up_after_its_lease_ended_writes_nothing(
    hub: Hub, till: Till, loaders: Loaders, clock: GivenClock, step: str
) -> None:
    """Faults E2, E10."""
    till.has_sales(sale("A", "1.00"))
    paused = loaders.pull(hub, "day", stop_at=step)
    hub.lets_leases_expire()
    till.has_sales(sale("A", "2.00", at=-30))
    assert hub.pull_day().outcome == "published"
    before = (hub.rows(), hub.loads(), hub.day(), hub.letters())
    said = loaders.goes_on(paused).said
    assert said.startswith("LandingConflict")
    assert (hub.rows(), hub.loads(), hub.day(), hub.letters()) == before


def test_a_fenced_writer_does_not_even_mark_the_day_held(hub: Hub, till: Till, loaders: Loaders) -> None:
    till.has_sales(sale("A", None))  # all of it breaks the contract
    paused = loaders.pull(hub, "day", stop_at="page_staged")
    hub.lets_leases_expire()
    till.has_sales(sale("A", "2.00"))
    hub.pull_day()
    assert loaders.goes_on(paused).said.startswith("LandingConflict")
    assert (hub.state(), hub.letters()) == ("complete", [])


def test_a_writer_that_stands_still_in_its_transaction_does_not_stop_the_next_one_for_ever(
    hub: Hub, till: Till, loaders: Loaders
) -> None:
    """Its COPY is done, but the stage is its own and locked: the next writer leaves it alone."""
    till.has_sales(sale("A", "1.00"))
    paused = loaders.pull(hub, "day", stop_at="page_asked")
    (stage,) = [row["tablename"] for row in hub.query("select tablename from pg_tables where schemaname = 'stage'")]
    hub.lets_leases_expire()
    with hub.database.connect() as connection, connection.transaction():
        connection.execute(f'lock table stage."{stage}" in row exclusive mode')
        assert hub.pull_day().outcome == "published"
    assert loaders.goes_on(paused).said.startswith("LandingConflict")


@pytest.mark.parametrize("step", ["apply_leased", "apply_begun"])
def test_a_delta_stopped_after_its_lease_ended_applies_nothing_twice(
    hub: Hub, till: Till, loaders: Loaders, clock: GivenClock, step: str
) -> None:
    """Faults D13, E10."""
    till.has_sales(sale("A", "1.00", at=-10))
    paused = loaders.pull(hub, "delta", stop_at=step)
    hub.lets_leases_expire()
    (load,) = hub.pull_delta().loads
    loaders.goes_on(paused)
    assert (load.read, load.inserted) == (1, 1)
    assert [row["read"] for row in hub.loads()] == [1]


def test_there_is_one_capturer_per_entity(hub: Hub, till: Till, loaders: Loaders) -> None:
    paused = loaders.pull(hub, "delta", stop_at="changes_read")
    with pytest.raises(LandingConflict, match=f"capture is being written by loader {paused.pid}"):
        hub.pull_delta()
    hub.pull_delta("coarse_sales")
    assert loaders.goes_on(paused).how == "exited"


def test_a_capturer_that_wakes_up_after_its_lease_ended_stores_nothing(hub: Hub, till: Till, loaders: Loaders) -> None:
    """Fault E10."""
    till.has_sales(sale("A", at=-10))
    paused = loaders.pull(hub, "delta", stop_at="changes_read")
    hub.lets_leases_expire()
    hub.pull_delta()
    before = hub.query("select * from sync.change"), hub.query("select * from sync.watermark")
    assert loaders.goes_on(paused).said.startswith("LandingConflict")
    assert (hub.query("select * from sync.change"), hub.query("select * from sync.watermark")) == before


def test_a_killed_writers_lease_ends_by_the_databases_clock(
    hub: Hub, till: Till, loaders: Loaders, clock: GivenClock
) -> None:
    """Faults D9, E4, T5."""
    till.has_sales(sale("A"))
    loaders.pull(hub, "day", kill_at="page_staged")
    clock.advance(86_400)  # our own clock has no say
    with pytest.raises(LandingConflict, match="is being written by loader"):
        hub.pull_day()
    hub.lets_leases_expire()
    assert hub.pull_day().outcome == "published"


def test_a_finished_writer_leaves_its_lease_free(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    hub.pull_delta()
    assert {row["holder"] for row in hub.query("select holder from sync.lease")} == {None}


def test_each_new_holder_has_a_higher_fencing_token(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    tokens = [hub.pull_day().fencing_token for _ in range(3)]
    assert tokens == [1, 2, 3]
