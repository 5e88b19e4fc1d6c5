"""Recheck: some partners do not touch the changed time when a sale is closed; open ones are read again."""

from __future__ import annotations

import pytest

from sync_platform.pull.steps import RECHECK_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import YESTERDAY, Till, sale


def statuses(hub: Hub) -> dict[str, str]:
    return {row["id"]: row["status"] for row in hub.rows("coarse_sales")}


def asked_days(till: Till) -> list[str]:
    return [target for target in till.asked if "day=" in target]


def test_a_status_that_changed_without_the_changed_time_is_found(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"), sale("Z", day=YESTERDAY))
    hub.pull_day("coarse_sales")
    hub.pull_day("coarse_sales", YESTERDAY)
    hub.pull_delta("coarse_sales")
    clock.advance(601)
    till.has_sales(sale("A", status="closed"), sale("Z", day=YESTERDAY, status="closed"))
    hub.pull_delta("coarse_sales")
    assert statuses(hub) == {"A": "closed", "Z": "closed"}


def test_without_a_recheck_it_would_not_have_been(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    hub.pull_day("loose_sales")
    hub.pull_delta("loose_sales")
    clock.advance(601)
    till.has_sales(sale("A", status="closed"))
    hub.pull_delta("loose_sales")
    assert [row["status"] for row in hub.rows("loose_sales")] == ["open"]


def test_it_is_read_again_no_more_often_than_declared(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    hub.pull_day("coarse_sales")
    hub.pull_delta("coarse_sales")
    before = len(asked_days(till))
    for _ in range(5):
        clock.advance(100)
        hub.pull_delta("coarse_sales")
    assert len(asked_days(till)) == before
    clock.advance(101)
    hub.pull_delta("coarse_sales")
    assert len(asked_days(till)) == before + 1


def test_days_without_open_records_are_not_asked_for(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A", status="closed"), sale("Z", day=YESTERDAY))
    hub.pull_day("coarse_sales")
    hub.pull_day("coarse_sales", YESTERDAY)
    hub.pull_delta("coarse_sales")
    asked = len(asked_days(till))
    clock.advance(601)
    hub.pull_delta("coarse_sales")
    assert [target.partition("day=")[2][:10] for target in asked_days(till)[asked:]] == [YESTERDAY]


def test_a_recheck_that_failed_is_due_again_at_once(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    hub.pull_day("coarse_sales")
    hub.pull_delta("coarse_sales")
    clock.advance(601)
    till.has_sales(sale("A", status="closed"))
    till.fails(status=500, path="day=")
    with pytest.raises(Exception, match="500"):
        hub.pull_delta("coarse_sales")
    till.recovers()
    clock.advance(1)
    hub.pull_delta("coarse_sales")
    assert statuses(hub) == {"A": "closed"}


def test_a_recheck_moves_no_watermark_and_deletes_nothing(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day("coarse_sales")
    hub.pull_delta("coarse_sales")
    clock.advance(601)
    till.removes("B")
    hub.pull_delta("coarse_sales")
    assert hub.gone("coarse_sales") == []


@pytest.mark.parametrize("step", RECHECK_STEPS)
def test_a_recheck_killed_at_any_step_is_made_good_by_the_next_one(
    hub: Hub, till: Till, loaders: Loaders, clock: GivenClock, step: str
) -> None:
    """Fault E7."""
    till.has_sales(sale("A"))
    hub.pull_day("coarse_sales")
    hub.pull_delta("coarse_sales")
    clock.advance(601)
    till.has_sales(sale("A", status="closed"))
    assert loaders.pull(hub, "delta", entity="coarse_sales", kill_at=step).how == "killed"
    hub.lets_leases_expire()
    clock.advance(1)
    hub.pull_delta("coarse_sales")
    assert statuses(hub) == {"A": "closed"}
    assert all(add_up(load) for load in hub.loads("coarse_sales"))
    assert hub.query("select count(*) as n from sync.change where applied_load_id is null") == [{"n": 0}]
