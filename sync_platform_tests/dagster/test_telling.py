"""Each load is told to Dagster once, by the run that made it or by the sensor: never by both, and never by neither."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from dagster import DagsterInstance, DagsterRun, DagsterRunStatus

from sync_platform.components.system_sensor import Tick, _is_at_work, tell_loads
from sync_platform.landing.days import DayKey, mark_reported
from sync_platform.landing.loads import Load
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale


def told_by_sensor(hub: Hub, *, at_work: bool = False) -> set[str]:
    """The loads that the sensor's next tick tells."""
    tick = Tick()
    with hub.database.connect() as connection:
        tell_loads(hub.system, connection, tick, is_at_work=lambda _: at_work)
    return set(tick.told)


def tells(hub: Hub, load: Load | UUID) -> None:
    """Somebody told Dagster about the load."""
    row = hub.query(
        "select system, entity, business_day as day, load_id from sync.load where load_id = %s",
        [load.load_id if isinstance(load, Load) else load],
    )[0]
    load_id = row.pop("load_id")
    with hub.database.connect() as connection:
        mark_reported(connection, DayKey(**row), load_id=load_id)


@pytest.fixture
def loaded(hub: Hub, till: Till) -> Load:
    """A day that a run has just published and not told yet."""
    till.has_sales(sale("A", "1.00"))
    return hub.pull_day(run_id="5f0c")


def test_what_a_run_at_work_published_is_left_for_it_to_tell(hub: Hub, loaded: Load) -> None:
    assert told_by_sensor(hub, at_work=True) == set()
    tells(hub, loaded)
    assert told_by_sensor(hub) == set()


def test_what_a_run_left_untold_when_it_ended_is_told_by_the_sensor(hub: Hub, loaded: Load) -> None:
    assert told_by_sensor(hub, at_work=False) == {str(loaded.load_id)}


def test_a_load_whose_run_told_it_and_ended_meanwhile_is_not_told_again(hub: Hub, loaded: Load) -> None:
    def ended_just_now(_: str) -> bool:
        tells(hub, loaded)
        return False

    tick = Tick()
    with hub.database.connect() as connection:
        tell_loads(hub.system, connection, tick, is_at_work=ended_just_now)
    assert tick.told == {}


@pytest.mark.parametrize(
    ("status", "at_work"),
    [
        (DagsterRunStatus.STARTED, True),
        (DagsterRunStatus.CANCELING, True),
        (DagsterRunStatus.SUCCESS, False),
        (DagsterRunStatus.FAILURE, False),
        (None, False),
    ],
)
def test_a_run_is_at_work_until_dagster_has_its_end(status: DagsterRunStatus | None, at_work: bool) -> None:
    with DagsterInstance.ephemeral() as instance:
        run_id = str(uuid4())
        if status is not None:
            instance.run_storage.add_run(DagsterRun(job_name="till_load", run_id=run_id, status=status))
        assert _is_at_work(instance)(run_id) is at_work


def test_a_day_that_waited_for_its_lease_while_changes_were_applied_is_the_newest(
    hub: Hub, till: Till, clock: GivenClock, loaded: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", "2.00", at=30))
    other = hub.another()

    def meanwhile(_: float) -> None:
        hub.lets_leases_expire()
        clock.advance(1)
        assert other.pull_delta().loads

    hub.lends_day()
    monkeypatch.setattr(clock, "sleep", meanwhile)
    whole = hub.pull_day(run_id="77aa", lease_wait_seconds=30.0)
    assert [load["way"] for load in hub.loads()] == ["whole_day", "delta", "whole_day"]
    assert told_by_sensor(hub) == {str(whole.load_id)}


def test_a_change_on_top_is_told_at_once_and_only_once_though_the_run_tells_its_load_after_it(
    hub: Hub, till: Till, clock: GivenClock, loaded: Load
) -> None:
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", "2.00", at=30))
    hub.pull_delta()
    (newest,) = told_by_sensor(hub, at_work=True)
    assert newest != str(loaded.load_id)
    tells(hub, UUID(newest))
    tells(hub, loaded)
    assert told_by_sensor(hub) == set()
