"""A replay reads a day's dead deliveries again: what nobody understood when it came may be declared now."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.landing.day_snapshot import RowDifference
from sync_platform.landing.webhook_deliveries import ReceivedDelivery, store_deliveries
from sync_platform.pull.deliveries import apply_deliveries
from sync_platform.replay.day import DayReplay, replay_day
from sync_platform.replay.day_plan import plan_day
from sync_platform.replay.replaying import Only, Replaying
from sync_platform_tests.replay.given import NIMALI
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY
from sync_platform_tests.webhooks.telling import WEBHOOKS, told

DAY = date.fromisoformat(TODAY)
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def telling(system: PartnerSystem, *types: str) -> PartnerSystem:
    """The till with one webhook, of which these types of events are declared."""
    route = {**WEBHOOKS[0]["events"][0], "types": list(types)}
    webhook = Webhook.model_validate({**WEBHOOKS[0], "events": [route]})
    return replace(system, declaration=system.declaration.model_copy(update={"webhooks": (webhook,)}))


@pytest.fixture
def deaf(hub: Hub) -> Hub:
    """Sales were told of as `sale.changed` and as `sold`, which nobody had declared; and one the day before."""
    hub.system = telling(hub.system, "sale.*")
    bodies = [told("A", "1.00"), told("B", "2.00", type_="sold"), told("C", "3.00", type_="sold")]
    received = [
        ReceivedDelivery("till", "sales", f"msg_{number}", json.dumps(number).encode(), None, {}, body, None)
        for number, body in enumerate(bodies)
    ]
    with hub.database.connect() as connection:
        store_deliveries(connection, received)
    hub.run("update sync.webhook_delivery set received_at = %s", [NOON])
    hub.run("update sync.webhook_delivery set received_at = %s where event_id = 'msg_2'", [NOON - timedelta(days=1)])
    apply_deliveries(hub.tools, hub.system, deadline=hub.clock.monotonic() + 10)
    return hub


def replaying(hub: Hub, only: Only | None) -> Replaying:
    return Replaying(tools=hub.tools, system=hub.system, decision=NIMALI, only=only)


def replay(hub: Hub, *, only: Only | None = Only.EVENTS) -> DayReplay:
    return replay_day(replaying(hub, only), hub.entity("sales"), day=DAY)


def states(hub: Hub) -> list[str]:
    return [row["state"] for row in hub.query("select state from sync.webhook_delivery order by delivery_id")]


def test_dead_deliveries_of_the_day_are_taken_in_once_their_type_is_declared(deaf: Hub) -> None:
    assert (states(deaf), deaf.landed()) == (["captured", "dead", "dead"], {"A": "1.00"})
    deaf.system = telling(deaf.system, "sale.*", "sold")
    plan = plan_day(replaying(deaf, Only.EVENTS), deaf.entity("sales"), day=DAY)
    assert (plan.dead, plan.stored, states(deaf)) == (1, 1, ["captured", "dead", "dead"])

    done = replay(deaf)

    assert (done.deliveries, done.rows) == ({"captured": 1}, RowDifference(added=1, changed=0, gone=0))
    assert (states(deaf), deaf.landed()) == (["captured", "captured", "dead"], {"A": "1.00", "B": "2.00"})
    assert replay(deaf).rows.is_nothing


def test_what_is_still_not_understood_is_dead_again_and_is_no_failure(deaf: Hub) -> None:
    for _ in range(2):
        done = replay(deaf)
        assert (done.deliveries, done.problems, done.rows.is_nothing) == ({"dead": 1}, (), True)
        assert states(deaf) == ["captured", "dead", "dead"]


def test_what_a_webhook_told_is_applied_again_to_rows_that_were_lost(deaf: Hub) -> None:
    deaf.run("delete from landing.till__sales")
    assert replay(deaf).rows == RowDifference(added=1, changed=0, gone=0)
    assert deaf.landed() == {"A": "1.00"}


def test_only_dead_letters_leaves_deliveries_alone(deaf: Hub) -> None:
    deaf.system = telling(deaf.system, "sale.*", "sold")
    assert replay(deaf, only=Only.DEAD_LETTERS).deliveries == {}
    assert states(deaf) == ["captured", "dead", "dead"]
