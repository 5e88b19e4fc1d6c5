"""How often an entity is asked what changed: as its declaration says, beside others of its system that are quicker."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.landing.watermarks import move_watermark
from sync_platform.pull.poll import poll_is_due
from sync_platform.pull.tools import PullTools
from sync_platform_tests.partners.given import GivenClock

SYSTEMS = read_partner_systems()
PACE = timedelta(seconds=5)


@pytest.fixture
def tools(database: Database, clock: GivenClock) -> PullTools:
    nobody: Any = None
    return PullTools(database=database, client=nobody, clock=clock, check=nobody, holder="test", seal=NO_KEYS)


def is_due(tools: PullTools, address: str) -> bool:
    return poll_is_due(tools, find_entity(SYSTEMS, address)[1], pace=PACE)


def asked(tools: PullTools, address: str) -> None:
    """It was asked just now, and answered completely."""
    system, _, entity = address.partition("/")
    now = tools.clock.now()
    with tools.database.connect() as connection:
        move_watermark(connection, system, entity, changed_until=now, looked_at=now)


@pytest.mark.parametrize("address", ["pos/customers", "shop/customers"])
def test_customers_are_asked_for_once_a_minute(tools: PullTools, clock: GivenClock, address: str) -> None:
    assert is_due(tools, address), "never asked"
    asked(tools, address)
    due = []
    for _ in range(13):
        clock.sleep(5)
        due.append(is_due(tools, address))
    assert due == [False] * 11 + [True] * 2


def test_what_is_as_quick_as_the_sensor_is_asked_for_each_time(tools: PullTools) -> None:
    asked(tools, "pos/sales")
    assert is_due(tools, "pos/sales")
