"""The whole-day way in, on quiet days."""

from __future__ import annotations

from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import YESTERDAY, Till, sale


def test_a_day_is_landed_as_the_partner_has_it(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A", "1.50"), sale("B", "2.50"), sale("Z", day=YESTERDAY))
    load = hub.pull_day()
    assert load.outcome == "published"
    assert hub.landed() == {"A": "1.50", "B": "2.50"}
    assert hub.state() == "complete"
    assert add_up(load)


def test_a_day_read_again_changes_nothing(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A", "1.50"), sale("B", "2.50"))
    hub.pull_day()
    before = hub.rows()
    load = hub.pull_day()
    assert (load.read, load.unchanged, load.inserted, load.updated) == (2, 2, 0, 0)
    assert hub.rows() == before
