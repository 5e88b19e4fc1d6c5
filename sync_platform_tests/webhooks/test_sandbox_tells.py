"""The sandbox's shop and payment gateway tell the real gateway, with duplicates, late ones and forgeries."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import PartnerSystem, find_system, read_partner_systems
from sync_platform.gateway.applier import open_tools
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform.pull.deliveries import apply_deliveries
from sync_platform.sandbox import Sandbox
from sync_platform.sandbox.credentials import Credentials
from sync_platform.sandbox.webhooks.sender import Mishaps
from sync_platform_tests.webhooks.gateway import Gateway


@pytest.fixture
def systems(database: Database) -> tuple[PartnerSystem, ...]:
    """Shop and payments as they are shipped, with their tables."""
    told = tuple(find_system(read_partner_systems(), name) for name in ("shop", "payments"))
    migrate(database, [EntityTable(system.name, entity.contract) for system in told for entity in system.entities])
    return told


@pytest.fixture
def gateway(database: Database, systems: tuple[PartnerSystem, ...]) -> Iterator[Gateway]:
    secrets = Credentials.from_environment({}).environment()
    with Gateway(database=database, system=systems, clock=SystemClock(), environment=secrets) as gateway:
        yield gateway


@pytest.fixture
def sandbox(gateway: Gateway) -> Iterator[Sandbox]:
    """Everything goes wrong: each delivery is sent twice and with a forged one."""
    mishaps = Mishaps(twice=1, late=0, forged=1)
    with Sandbox.generated(now=datetime.now(UTC), webhooks_url=gateway.url, mishaps=mishaps) as sandbox:
        yield sandbox


def test_what_is_touched_is_told_signed_and_lands(
    gateway: Gateway, systems: tuple[PartnerSystem, ...], sandbox: Sandbox, database: Database
) -> None:
    assert sandbox.sender is not None
    sandbox.sender.step()
    assert gateway.stored("event_id") == []
    sandbox.clock.advance(1)
    orders = sandbox.touch("shop", "orders", count=2).keys
    (payment,) = sandbox.touch("payments", "payments").keys

    sandbox.sender.step()

    told = sandbox.sender.state()
    assert (told["answered_202"], told["answered_401"], told["twice"], told["forged"]) == (6, 3, 3, 3)
    assert gateway.stored("system") == ["shop", "shop", "payments"]
    clock = SystemClock()
    for system, tools in open_tools(systems, database=database, environment=sandbox.environment, clock=clock):
        done = apply_deliveries(tools, system, deadline=clock.monotonic() + 10)
        assert (done.problems, done.settled) == ([], {"captured": 2 if system.name == "shop" else 1})
    with database.connect() as connection:
        noted = "select order_id::text, customer_note from landing.shop__orders order by 1"
        landed = connection.execute(noted).fetchall()
        paid = connection.execute("select payment_id from landing.payments__payments").fetchall()
    assert landed == [(order, "touched 1 times") for order in sorted(orders)]
    assert paid == [(payment,)]
