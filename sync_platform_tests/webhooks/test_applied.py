"""What was delivered lands: in any order, however often, by the one write path (B11-B13, B15, B18-B20)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.landing.webhook_deliveries import MOST_ATTEMPTS, WaitingDelivery
from sync_platform.pull import deliveries
from sync_platform.pull.delivered_records import Fetches, read_delivery
from sync_platform.pull.deliveries import AppliedDeliveries, apply_deliveries
from sync_platform.pull.steps import DELIVERY_STEPS
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import Till, sale
from sync_platform_tests.webhooks.gateway import Gateway
from sync_platform_tests.webhooks.telling import delivery, hinted, told


def deliver(gateway: Gateway, *bodies: bytes, webhook: str = "sales", first: int = 1) -> None:
    """Each body as a delivery of its own."""
    for number, body in enumerate(bodies, start=first):
        assert gateway.status(delivery(body, f"msg_{number}"), webhook) == 202


def apply(hub: Hub, **tools: Any) -> AppliedDeliveries:
    return apply_deliveries(hub.tools, hub.system, deadline=hub.clock.monotonic() + 10)


def states(hub: Hub) -> list[tuple[str, int]]:
    """State and attempts of each delivery."""
    rows = hub.query("select state, attempts from sync.webhook_delivery order by delivery_id")
    return [(row["state"], row["attempts"]) for row in rows]


def reasons(hub: Hub) -> list[str]:
    return [row["error"] or "" for row in hub.query("select error from sync.webhook_delivery order by delivery_id")]


def retry_now(hub: Hub) -> None:
    """As if the wait were over."""
    hub.run("update sync.webhook_delivery set retry_at = now() where retry_at is not null")


def test_what_a_delivery_carries_lands_and_says_who_brought_it(gateway: Gateway, told_hub: Hub) -> None:
    deliver(gateway, told("A", "1.00"), told("B", "2.00"), told(type_="drawer.opened"))

    (load,) = apply(told_hub).loads

    assert told_hub.landed() == {"A": "1.00", "B": "2.00"}
    assert states(told_hub) == [("captured", 1), ("captured", 1), ("ignored", 1)]
    assert add_up(load)
    brought = told_hub.query("select record_key, delivery_id from sync.change order by change_id")
    assert [(row["record_key"], row["delivery_id"]) for row in brought] == [('["A"]', 1), ('["B"]', 2)]


def test_deliveries_in_any_order_and_twice_end_in_the_same_table(gateway: Gateway, told_hub: Hub) -> None:
    """Fault B12: the newest version wins, and what comes late never overwrites."""
    newest_first = [told("A", f"{at + 60}.00", at=at) for at in (-10, -30, -20)]
    deliver(gateway, *newest_first)
    apply(told_hub)
    deliver(gateway, *reversed(newest_first), first=4)
    apply(told_hub)

    assert told_hub.landed() == {"A": "50.00"}
    assert told_hub.letters() == []


def test_a_late_delivery_of_a_coarse_version_does_not_look_newer_than_what_was_polled(
    gateway: Gateway, told_hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault B19: the same second, told before and polled after."""
    till.has_sales(sale("A", "2.00", at=-1.2))
    told_hub.pull_day("coarse_sales")
    deliver(gateway, told("A", "1.00", at=-1.9, type_="coarse.changed"))
    apply(told_hub)
    assert told_hub.landed("coarse_sales") == {"A": "2.00"}


def test_webhook_and_poll_of_one_change_are_one_row_and_the_newer_of_two_wins(
    gateway: Gateway, told_hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault B19."""
    till.has_sales(sale("A", "1.00", at=-10), sale("B", "1.00", at=-10))
    deliver(gateway, told("A", "1.00", at=-10), told("B", "3.00", at=-5))
    apply(told_hub)
    told_hub.pull_delta()

    assert told_hub.landed() == {"A": "1.00", "B": "3.00"}
    assert len(told_hub.query("select from sync.change")) == 2


def test_what_was_not_told_is_found_by_the_poll(gateway: Gateway, told_hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault B20."""
    deliver(gateway, told("A", "1.00", at=-10))
    apply(told_hub)
    told_hub.pull_delta()
    clock.advance(3600)
    till.puts(sale("A", "2.00", at=100), sale("B", "1.00", at=200))

    told_hub.pull_delta()

    assert told_hub.landed() == {"A": "2.00", "B": "1.00"}
    (gap,) = told_hub.query("select count(*) as n from sync.change where delivery_id is null")
    assert gap["n"] == 2


def test_a_webhook_moves_neither_the_days_as_of_nor_when_we_looked(
    gateway: Gateway, told_hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A"))
    told_hub.pull_day()
    before = told_hub.day()
    clock.advance(60)
    deliver(gateway, told("B", at=30))
    apply(told_hub)
    after = told_hub.day()

    assert before is not None
    assert after is not None
    assert told_hub.landed().keys() == {"A", "B"}
    assert (after.as_of, after.looked_at, after.rows, after.state) == (before.as_of, before.looked_at, 2, "complete")
    assert after.dirty_since is not None


class Killed(BaseException):
    """Stands for SIGKILL: nothing of ours handles it."""


@pytest.mark.parametrize("step", DELIVERY_STEPS)
def test_what_was_acknowledged_before_a_kill_is_applied_by_the_next_who_looks(
    gateway: Gateway, told_hub: Hub, step: str
) -> None:
    """Fault B11: the gateway died after its answer, or whoever took the delivery in died at it."""
    deliver(gateway, told("A"))

    def die(reached: str) -> None:
        if reached == step:
            raise Killed

    told_hub.reached = die
    with pytest.raises(Killed):
        apply(told_hub)
    assert (told_hub.landed(), states(told_hub)) == ({}, [("waiting", 1)])
    second = told_hub.another()
    apply(second)
    second.close()
    assert (told_hub.landed(), states(told_hub)) == ({"A": "1.00"}, [("captured", 2)])


def test_a_delivery_stored_but_not_answered_is_taken_in_once(gateway: Gateway, told_hub: Hub) -> None:
    """Fault B10: killed between commit and answer, so the partner sends it again."""
    deliver(gateway, told("A"))
    apply(told_hub)
    assert gateway.status(delivery(told("A"))) == 202
    assert apply(told_hub).settled == {}
    assert len(told_hub.query("select from sync.change")) == 1


def test_an_unknown_type_is_kept_and_stops_nobody(gateway: Gateway, told_hub: Hub) -> None:
    """Fault B15."""
    deliver(gateway, told("A", type_="refund.created"), told("B"))
    apply(told_hub)
    assert states(told_hub) == [("dead", 1), ("captured", 1)]
    assert "unknown type 'refund.created'" in reasons(told_hub)[0]
    assert told_hub.landed() == {"B": "1.00"}


BROKEN = {
    b'{"type": "sale.changed", "at": "soon", "data": {"sale": {}}}': "no time that can be read",
    b'{"type": "sale.changed", "at": 1795176000000, "data": {"sale": 7}}': "has no object",
    b'{"type": {}, "at": 1}': "unknown type",
    b"[1]": "unknown type",
}


@pytest.mark.parametrize("body", BROKEN)
def test_an_event_that_is_not_understood_is_kept_with_its_reason(gateway: Gateway, told_hub: Hub, body: bytes) -> None:
    deliver(gateway, body, told("B"))
    apply(told_hub)
    assert BROKEN[body] in reasons(told_hub)[0]
    assert told_hub.landed() == {"B": "1.00"}


def test_a_record_that_breaks_its_contract_becomes_a_dead_letter(gateway: Gateway, told_hub: Hub) -> None:
    deliver(gateway, told("A", "much"))
    apply(told_hub)
    assert told_hub.letters() == [('["A"]', "constraint")]
    assert states(told_hub) == [("captured", 1)]


def test_a_day_that_another_writer_has_is_applied_when_it_is_free(gateway: Gateway, told_hub: Hub) -> None:
    deliver(gateway, told("A"))
    told_hub.lends_day()
    apply(told_hub)
    assert (told_hub.landed(), states(told_hub)) == ({}, [("captured", 1)])
    told_hub.lets_leases_expire()
    apply(told_hub)
    assert told_hub.landed() == {"A": "1.00"}


def test_an_event_that_kills_its_handler_is_given_up_and_the_rest_goes_on(
    gateway: Gateway, told_hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fault B18: the attempt counts before it is made."""
    deliver(gateway, told("A"), told("poison"), told("B"))

    def read_or_die(system: PartnerSystem, webhook: Webhook, one: WaitingDelivery, *, fetches: Fetches) -> Any:
        if b"poison" in one.body:
            raise Killed
        return read_delivery(system, webhook, one, fetches=fetches)

    monkeypatch.setattr(deliveries, "read_delivery", read_or_die)
    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(Killed):
            apply(told_hub)
    apply(told_hub)

    assert told_hub.landed() == {"A": "1.00", "B": "1.00"}
    assert states(told_hub) == [("captured", 2), ("dead", MOST_ATTEMPTS + 1), ("captured", 2)]
    assert reasons(told_hub)[1] == f"given up after {MOST_ATTEMPTS} attempts."


@pytest.mark.parametrize("ids", [("A",), ("A", "B")])
def test_an_event_that_carries_an_id_alone_is_followed_by_a_look_at_the_record(
    gateway: Gateway, told_hub: Hub, till: Till, ids: tuple[str, ...]
) -> None:
    till.has_sales(sale("A", "1.00"), sale("B", "2.00"))
    deliver(gateway, hinted(*ids), hinted(*ids), webhook="thin")
    apply(told_hub)
    assert told_hub.landed().keys() == set(ids)
    assert [path for path in till.asked if "/sale/" in path] == [f"/sale/{id_}" for id_ in ids]
    exchanges = told_hub.query("select count(*) as n from sync.exchange where path like '%/sale/%'")
    assert exchanges[0]["n"] == len(ids)


def test_a_partner_that_is_away_when_its_record_is_fetched_is_asked_later_and_nothing_is_given_up(
    gateway: Gateway, told_hub: Hub, till: Till
) -> None:
    """Fault B13."""
    till.has_sales(sale("A"))
    deliver(gateway, hinted("A"), webhook="thin")
    till.fails(status=503, path="/sale/")
    for _ in range(MOST_ATTEMPTS + 2):
        assert "503" in apply(told_hub).problems[0]
        retry_now(told_hub)
    assert states(told_hub) == [("waiting", 0)]
    till.recovers()
    apply(told_hub)
    assert told_hub.landed() == {"A": "1.00"}


def test_a_record_that_the_partner_does_not_have_is_no_deletion_and_is_given_up_after_some_tries(
    gateway: Gateway, told_hub: Hub, till: Till
) -> None:
    """Fault B13: a complete read of the day confirms a deletion, not one 404."""
    till.has_sales(sale("A"))
    told_hub.pull_day()
    deliver(gateway, hinted("A"), webhook="thin")
    till.fails(status=404, path="/sale/")
    for _ in range(MOST_ATTEMPTS):
        assert states(told_hub)[0][0] == "waiting"
        apply(told_hub)
        retry_now(told_hub)
    assert states(told_hub) == [("dead", MOST_ATTEMPTS)]
    assert "404" in reasons(told_hub)[0]
    assert told_hub.landed() == {"A": "1.00"}


def test_an_id_goes_into_the_path_as_one_part_of_it(gateway: Gateway, told_hub: Hub, till: Till) -> None:
    deliver(gateway, hinted("../shelf?x=1"), webhook="thin")
    apply(told_hub)
    assert [path for path in till.asked if "shelf" in path] == ["/sale/..%2Fshelf%3Fx%3D1"]


def test_a_frozen_entity_is_captured_and_not_changed(gateway: Gateway, told_hub: Hub) -> None:
    deliver(gateway, told("A"))
    until = told_hub.clock.now() + timedelta(hours=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync_platform.declarations.partner_system.Entity.freeze_at", lambda _, moment: moment < until)
        apply(told_hub)
    assert (told_hub.landed(), states(told_hub)) == ({}, [("captured", 1)])
    apply(told_hub)
    assert told_hub.landed() == {"A": "1.00"}


def test_two_at_work_at_once_take_each_delivery_in_once(gateway: Gateway, told_hub: Hub) -> None:
    deliver(gateway, told("A"))
    second = told_hub.another()
    told_hub.reached = lambda step: apply(second) if step == "deliveries_begun" else None  # type: ignore[assignment,return-value]
    apply(told_hub)
    second.close()
    assert states(told_hub) == [("captured", 1)]
    assert len(told_hub.query("select from sync.change")) == 1
