"""The ways into the database, each ready to be taken with one sale landed, one changed and one new at the till."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.capture import capture_delta
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import Till, sale

BEFORE, AFTER = {"A": "1.00"}, {"A": "2.00", "B": "3.00"}


@dataclass(frozen=True)
class Way:
    """`step` lies in the middle of its transaction, `last` right before its COMMIT; `table` is one that it writes."""

    name: str
    step: str
    last: str
    table: str
    pull: Callable[[Hub], Any]

    def __str__(self) -> str:
        return self.name


def _capture(hub: Hub) -> object:
    return capture_delta(hub.tools, hub.entity("sales"), deadline=hub.clock.monotonic() + 20)


def _apply(hub: Hub) -> object:
    return apply_waiting(hub.tools, hub.entity("sales"), deadline=hub.clock.monotonic() + 20)


WHOLE_DAY = Way("whole_day", "rows_merged", "load_stored", "landing.till__sales", Hub.pull_day)
CAPTURE = Way("capture", "changes_stored", "watermark_moved", "sync.change", _capture)
APPLY = Way("apply", "changes_merged", "changes_marked", "landing.till__sales", _apply)
WAYS = (WHOLE_DAY, CAPTURE, APPLY)


def prepare(way: Way, hub: Hub, till: Till, clock: GivenClock, *, status: str = "open") -> None:
    """Everything up to the point where the way is to be taken. `status` is a text of the sales that are to come."""
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", "2.00", at=30, status=status), sale("B", "3.00", at=31, status=status))
    if way is APPLY:
        _capture(hub)


def stored(hub: Hub) -> dict[str, Any]:
    """All that a load stores, but for the requests: those are kept of a failed one too."""
    ours = ("landing.till__sales", "sync.entity_day", "sync.load", "sync.dead_letter", "sync.change", "sync.watermark")
    return {table: hub.query(f"select * from {table} order by 1, 2, 3") for table in ours}  # noqa: S608


def ends_well(way: Way, hub: Hub) -> None:
    """The way is taken once more, and everything is as if nothing had happened."""
    way.pull(hub)
    if way is CAPTURE:
        _apply(hub)
    assert hub.landed() == AFTER
    assert [load["load_id"] for load in hub.loads() if not add_up(load)] == []
    assert hub.query("select * from sync.change where applied_load_id is null") == []
    assert hub.query("select tablename from pg_tables where schemaname = 'stage'") == []
