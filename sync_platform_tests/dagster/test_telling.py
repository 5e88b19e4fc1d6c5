"""Each load is told to Dagster once, by the run that made it or by the sensor: never by both, and never by neither."""

from __future__ import annotations

from uuid import UUID

import pytest

from sync_platform.components.system_sensor import Tick, tell_loads
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
