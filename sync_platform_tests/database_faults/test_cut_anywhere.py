"""Faults D1, D2, E7: the connection is cut at every single statement of a load, which arrives or does not."""

from __future__ import annotations

import contextlib
from itertools import count

import pytest

from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform_tests.database_faults.way import APPLY, WAYS, Way
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import cut_database
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import NOON, Till, sale

FEWEST_STATEMENTS = 15
"""That a load sends: if fewer were cut, the test would not be what it says."""


@pytest.mark.slow
@pytest.mark.parametrize("arrives", [True, False], ids=["arrives", "lost"])
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_connection_cut_at_any_statement_leaves_nothing_half_done_and_the_next_load_is_right(
    hub: Hub, till: Till, clock: GivenClock, way: Way, arrives: bool
) -> None:
    till.has_sales(sale("A", "0.00"))
    hub.pull_day()
    hub.pull_delta()
    straight = hub.database
    with cut_database(straight) as (cut, proxy):
        proxy.reaches = arrives
        for number in count(1):
            clock.advance(20)
            before, after = f"{number - 1}.00", f"{number}.00"
            till.puts(sale("A", after, at=(clock.now() - NOON).total_seconds() - 10))
            if way is APPLY:
                hub.lends_day()
                hub.pull_delta()
                hub.lets_leases_expire()
            hub.database, proxy.cuts_in = cut, number
            with contextlib.suppress(LandingUnavailable, LandingConflict):
                way.pull(hub)
            hub.database = straight
            assert hub.landed() in ({"A": before}, {"A": after})
            assert [load["load_id"] for load in hub.loads() if not add_up(load)] == []
            hub.lets_leases_expire()
            hub.pull_day()
            hub.pull_delta()
            assert hub.landed() == {"A": after}
            assert hub.query("select * from sync.change where applied_load_id is null") == []
            if proxy.cuts_in > 0:
                break
    assert number > FEWEST_STATEMENTS
