"""What webhooks brought and no applier took in: the sensor's tick applies it and tells Dagster."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from dagster import AssetObservation, DagsterInstance, SensorEvaluationContext, build_sensor_context

from sync_platform.components import session
from sync_platform.components.system_sensor import _evaluate
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.landing.database import Database
from sync_platform.landing.webhook_deliveries import ReceivedDelivery, store_deliveries
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till
from sync_platform_tests.webhooks.telling import WEBHOOKS, told


@pytest.fixture
def telling_system(till_system: PartnerSystem) -> PartnerSystem:
    """The till, which tells of its sales."""
    told_of = {"webhooks": (Webhook.model_validate(WEBHOOKS[0]),)}
    return replace(till_system, declaration=till_system.declaration.model_copy(update=told_of))


@pytest.fixture
def tick(database: Database, till: Till, monkeypatch: pytest.MonkeyPatch) -> Iterator[SensorEvaluationContext]:
    """A tick of the sensor in this process, where the environment names the till and the test's database."""
    monkeypatch.setenv("TILL_BASE_URL", till.url)
    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", database.url)
    monkeypatch.setattr(session, "_clients", {})
    with DagsterInstance.ephemeral() as instance:
        yield build_sensor_context(instance=instance)
    for client in session._clients.values():
        client.close()


@pytest.mark.parametrize("is_away", [False, True], ids=["there", "away"])
def test_a_delivery_that_no_applier_took_in_is_applied_and_told_by_the_tick(
    database: Database,
    till: Till,
    hub: Hub,
    telling_system: PartnerSystem,
    tick: SensorEvaluationContext,
    is_away: bool,
) -> None:
    """Whether or not the partner itself can be asked."""
    delivery = ReceivedDelivery("till", "sales", "msg_1", b"h", None, {}, told("A"), None)
    with database.connect() as connection:
        store_deliveries(connection, [delivery])
    if is_away:
        till.fails(status=503)

    result = _evaluate(telling_system, tick)

    assert hub.landed() == {"A": "1.00"}
    events = [event for event in result.asset_events if event.asset_key.path == ["till", "sales"]]
    assert [type(event) for event in events] == [AssetObservation], "the day was never read whole"
