"""Fixtures: the till with webhooks, and gateways for it on real sockets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.landing.database import Database
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till
from sync_platform_tests.webhooks.gateway import Gateway
from sync_platform_tests.webhooks.telling import WEBHOOKS

NewGateway = Callable[..., Gateway]


@pytest.fixture(scope="session")
def telling_system(till_system: PartnerSystem) -> PartnerSystem:
    """The till, which also tells of its sales by webhooks."""
    webhooks = tuple(Webhook.model_validate(declared) for declared in WEBHOOKS)
    return replace(till_system, declaration=till_system.declaration.model_copy(update={"webhooks": webhooks}))


@pytest.fixture
def new_gateway(database: Database, telling_system: PartnerSystem, clock: GivenClock) -> Iterator[NewGateway]:
    """Starts gateways of the test's database, with what a test wants different."""
    with ExitStack() as stack:

        def start(**different: Any) -> Gateway:
            options = {"database": database, "system": telling_system, "clock": clock, **different}
            return stack.enter_context(Gateway(**options))

        yield start


@pytest.fixture
def gateway(new_gateway: NewGateway) -> Gateway:
    return new_gateway()


@pytest.fixture
def told_hub(database: Database, till: Till, telling_system: PartnerSystem, clock: GivenClock) -> Iterator[Hub]:
    """The platform that pulls from the till and takes in what it tells."""
    hub = Hub(database=database, system=telling_system, clock=clock, base_url=till.url)
    yield hub
    hub.close()
