"""Every commit and every request of a pull lies between two named steps, at which tests kill, cut and stop it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from sync_platform.pull.steps import APPLY_STEPS, DELTA_STEPS, WHOLE_DAY_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import cut_database
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

Gap = tuple[str, tuple[str, ...], str]
"""What happened between two steps."""

_STATEMENT = re.compile(rb"(?:Q....|P....[^\0]*\0)(?P<text>[^\0]+)\0", re.DOTALL)
"""PostgreSQL's messages Query and Parse: a byte, a length, for Parse the statement's name, the statement."""
_CHANGES = re.compile(
    r"^(?:--.*\n|\s)*(insert|update|delete|create|drop|copy)\s+(?:into |from |(?:unlogged )?table |if exists )*\"?(\w+)"
)
"""A statement that writes, after the comments that describe it: what it does, and to which schema."""
_TO_PARTNER = "request"


@dataclass
class Trace:
    """Steps, requests to the till and what PostgreSQL was told to keep, in their order."""

    events: list[str] = field(default_factory=list)
    _open: set[int] = field(default_factory=set)

    def sees(self, connection: int, data: bytes) -> None:
        """What changes something is committed by itself, unless a transaction is open."""
        found = _STATEMENT.match(data)
        text = found["text"].decode().strip() if found else ""
        if text == "BEGIN":
            self._open.add(connection)
        elif text == "COMMIT":
            self._open.discard(connection)
            self.events.append("commit")
        elif connection not in self._open and (changes := _CHANGES.match(text)):
            self.events.append(" ".join(changes.groups()))

    def gaps(self, steps: tuple[str, ...]) -> list[Gap]:
        """The stretches between steps in which something happened."""
        found: list[Gap] = []
        before, between = "begin", list[str]()
        for event in [*self.events, "end"]:
            if event not in (*steps, "end"):
                between.append(event)
                continue
            if between:
                found.append((before, tuple(between), event))
            before, between = event, []
        return found


def traced(hub: Hub, till: Till, pull: Callable[[], object]) -> Trace:
    """One pull through a proxy that reads what is sent to PostgreSQL."""
    trace = Trace()
    straight = hub.database
    with cut_database(straight) as (database, proxy):
        proxy.sees = trace.sees
        hub.database, hub.reached = database, trace.events.append
        till.before_page = lambda *_: trace.events.append(_TO_PARTNER)
        pull()
    hub.database = straight
    return trace


def test_every_commit_and_request_of_a_whole_day_lies_between_two_steps(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"), sale("B"))
    trace = traced(hub, till, hub.pull_day)
    assert trace.gaps(WHOLE_DAY_STEPS) == [
        # Before it there is nothing to lose: the till's clock is asked, and the lease taken.
        ("begin", ("request", "insert sync"), "day_leased"),
        ("day_leased", ("create stage",), "stage_created"),
        ("page_asked", ("request", "copy stage"), "page_staged"),
        ("day_read", ("update sync",), "day_checked"),
        ("load_stored", ("commit",), "publish_committed"),
        ("publish_committed", ("drop stage",), "stage_dropped"),
        # After it neither: a lease that is not given back expires.
        ("stage_dropped", ("update sync",), "end"),
    ]
    assert [event for event in trace.events if event in WHOLE_DAY_STEPS] == list(WHOLE_DAY_STEPS)


def test_every_commit_and_request_of_a_delta_lies_between_two_steps(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", at=30))
    trace = traced(hub, till, hub.pull_delta)
    steps = (*DELTA_STEPS, *APPLY_STEPS)
    assert trace.gaps(steps) == [
        ("begin", ("insert sync",), "capture_leased"),
        ("capture_leased", ("request",), "changes_read"),
        ("watermark_moved", ("commit",), "capture_committed"),
        # One lease is given back and another one taken.
        ("capture_committed", ("update sync", "insert sync"), "apply_leased"),
        ("changes_marked", ("commit",), "apply_committed"),
        ("apply_committed", ("update sync",), "end"),
    ]
    assert [event for event in trace.events if event in steps] == list(steps)


def test_a_day_of_many_pages_has_a_step_after_each(hub: Hub, till: Till) -> None:
    till.has_sales(*(sale(id_) for id_ in "ABCDEFGH"))
    trace = traced(hub, till, hub.pull_day)
    pages = trace.events[trace.events.index("page_asked") : trace.events.index("day_read")]
    # The next page may be asked for before or after this one is staged: it is read ahead.
    assert [event for event in pages if event != "request"] == ["page_asked", *["copy stage", "page_staged"] * 3]
    assert pages.count("request") == 3
