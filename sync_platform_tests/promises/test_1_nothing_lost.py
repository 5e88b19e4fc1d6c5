"""Promise 1: nothing acknowledged is lost; data, rejects, counts, watermark and audit rows commit together."""

from __future__ import annotations

from typing import Any

import pytest

from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import Till, sale


def stored(hub: Hub) -> dict[str, Any]:
    """What one capture stores: changes, watermark, requests for changes."""
    return {
        "changes": [row["record_key"] for row in hub.query("select record_key from sync.change order by change_id")],
        "watermark": hub.query("select changed_until from sync.watermark") != [],
        "requests": hub.query("select count(*) as n from sync.exchange where path like '%since=%'")[0]["n"] > 0,
    }


@pytest.mark.parametrize("step", ["capture_begun", "changes_stored", "watermark_moved"])
def test_a_capture_killed_before_its_commit_stores_nothing_at_all(
    hub: Hub, till: Till, loaders: Loaders, step: str
) -> None:
    till.has_sales(sale("A", at=-10))
    loaders.pull(hub, "delta", kill_at=step)
    assert stored(hub) == {"changes": [], "watermark": False, "requests": False}


def test_a_capture_killed_right_after_its_commit_stored_everything(hub: Hub, till: Till, loaders: Loaders) -> None:
    till.has_sales(sale("A", at=-10))
    loaders.pull(hub, "delta", kill_at="capture_committed")
    assert stored(hub) == {"changes": ['["A"]'], "watermark": True, "requests": True}


def test_what_was_captured_before_a_kill_is_applied_although_the_partner_never_tells_it_again(
    hub: Hub, till: Till, loaders: Loaders
) -> None:
    till.has_sales(sale("A", "1.00", at=-10))
    loaders.pull(hub, "delta", kill_at="capture_committed")
    till.has_sales()
    hub.lets_leases_expire()
    hub.pull_delta()
    assert hub.landed() == {"A": "1.00"}


def test_what_was_captured_is_applied_while_the_partner_is_down(hub: Hub, till: Till, loaders: Loaders) -> None:
    till.has_sales(sale("A", "1.00", at=-10))
    loaders.pull(hub, "delta", kill_at="capture_committed")
    hub.lets_leases_expire()
    till.fails(status=500)
    with pytest.raises(Exception, match="500"):
        hub.pull_delta()
    assert hub.landed() == {"A": "1.00"}


def test_what_was_captured_is_applied_although_the_recheck_fails(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A", "1.00"))
    hub.pull_day("coarse_sales")
    clock.advance(60)
    till.puts(sale("A", "2.00", at=40))
    till.fails(status=500, path="day=")
    with pytest.raises(Exception, match="500"):
        hub.pull_delta("coarse_sales")
    assert hub.landed("coarse_sales") == {"A": "2.00"}


def test_a_partner_so_slow_that_every_budget_is_used_up_does_not_keep_changes_waiting(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A", "1.00", at=-10))
    till.before_page = lambda *_: clock.advance(4)
    hub.pull_delta(budget_seconds=1)
    assert hub.landed() == {"A": "1.00"}


def test_the_requests_of_a_failed_load_are_in_the_ledger(hub: Hub, till: Till) -> None:
    till.fails(status=500, path="/sales")
    hub.pull_day()
    statuses = [row["status"] for row in hub.query("select status from sync.exchange order by requested_at")]
    assert statuses[-2:] == [500, 500]


def test_the_requests_of_a_failed_delta_are_in_the_ledger(hub: Hub, till: Till) -> None:
    hub.pull_delta()
    before = hub.query("select count(*) as n from sync.exchange")[0]["n"]
    till.fails(status=500)
    with pytest.raises(Exception, match="500"):
        hub.pull_delta()
    assert hub.query("select count(*) as n from sync.exchange")[0]["n"] == before + 2
