"""Faults D1 and D8: the server itself stops in the middle of a load, or between its commit and the answer."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from signal import SIGKILL, SIGQUIT

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform_tests.database_faults.own_server import OwnServer
from sync_platform_tests.database_faults.way import AFTER, APPLY, CAPTURE, WHOLE_DAY, Way, ends_well, prepare, stored
from sync_platform_tests.operations.place import careless_server
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.promises.cut import cut_database
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, till_system: PartnerSystem) -> Iterator[OwnServer]:
    tables = [EntityTable(entity.system, entity.contract) for entity in till_system.entities]
    with careless_server():
        server = OwnServer(tmp_path_factory.mktemp("own") / "postgres", tables)
        yield server
        server.close()


@pytest.fixture
def database(server: OwnServer) -> Database:
    return server.new_database()


@pytest.mark.parametrize("how", [SIGQUIT, SIGKILL], ids=lambda how: how.name)
@pytest.mark.parametrize(
    ("way", "step"),
    [(WHOLE_DAY, "page_staged"), (WHOLE_DAY, "rows_merged"), (CAPTURE, "changes_stored"), (APPLY, "changes_merged")],
    ids=str,
)
def test_a_server_that_stops_in_the_middle_loses_that_load_and_the_next_one_is_right(
    hub: Hub, till: Till, clock: GivenClock, server: OwnServer, way: Way, step: str, how: signal.Signals
) -> None:
    """The platform's process lives on: it has no connection that could have gone stale meanwhile."""
    prepare(way, hub, till, clock)
    before = stored(hub)
    hub.reached = lambda passed: passed == step and server.breaks_down(how)
    with pytest.raises(LandingUnavailable, match=r"did not answer: .* Does its server run"):
        way.pull(hub)
    hub.reached = lambda _: None
    with pytest.raises(LandingUnavailable, match=r"did not answer: .* Does its server run"):
        way.pull(hub)
    server.starts()
    assert stored(hub) == before
    hub.lets_leases_expire()
    ends_well(way, hub)


@pytest.mark.parametrize("arrives", [True, False], ids=["committed", "not_committed"])
@pytest.mark.parametrize("way", [WHOLE_DAY, APPLY], ids=str)
def test_a_server_that_restarts_between_commit_and_answer_is_asked_what_became_of_the_load(
    hub: Hub, till: Till, clock: GivenClock, server: OwnServer, way: Way, arrives: bool
) -> None:
    prepare(way, hub, till, clock)
    before, straight = stored(hub), hub.database

    def restarts() -> None:
        server.breaks_down(SIGQUIT)
        server.starts()

    with cut_database(straight) as (cut, proxy):
        proxy.reaches, proxy.meanwhile = arrives, restarts

        def reached(passed: str) -> None:
            if passed == way.last:
                proxy.cuts_at = proxy.commits + 1

        hub.database, hub.reached = cut, reached
        if arrives:
            way.pull(hub)
        else:
            with pytest.raises(LandingUnavailable):
                way.pull(hub)
    hub.database, hub.reached = straight, lambda _: None
    assert hub.landed() == AFTER if arrives else stored(hub) == before
    loads = len(hub.loads())
    ends_well(way, hub)
    # What was committed is not done again: a whole read finds all of it unchanged, and nothing waits to be applied.
    last = hub.loads()[-1]
    assert (len(hub.loads()) - loads, last["unchanged"]) == (
        {WHOLE_DAY: 1, APPLY: 0 if arrives else 1}[way],
        2 if arrives and way is WHOLE_DAY else 0,
    )


def test_a_delta_whose_capture_was_committed_by_a_server_that_then_restarted_captures_nothing_twice(
    hub: Hub, till: Till, clock: GivenClock, server: OwnServer
) -> None:
    prepare(CAPTURE, hub, till, clock)
    straight = hub.database

    def restarts() -> None:
        server.breaks_down(SIGQUIT)
        server.starts()

    with cut_database(straight) as (cut, proxy):
        proxy.meanwhile = restarts

        def reached(passed: str) -> None:
            if passed == CAPTURE.last:
                proxy.cuts_at = proxy.commits + 1

        hub.database, hub.reached = cut, reached
        with pytest.raises(LandingUnavailable):
            CAPTURE.pull(hub)
    hub.database, hub.reached = straight, lambda _: None
    hub.lets_leases_expire()
    ends_well(CAPTURE, hub)
    assert [row["record_key"] for row in hub.query("select record_key from sync.change order by 1")] == [
        '["A"]',
        '["B"]',
    ]
