"""The pages on a real socket with a real database behind them, and browsers that visit them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from argon2 import PasswordHasher

from sync_platform.access.password import Passwords
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.settings import ConsoleSettings
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.landing.database import Database
from sync_platform_tests.pages.site import Site
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.reports.listening import listening


@pytest.fixture
def tools(database: Database, till_system: PartnerSystem, clock: GivenClock) -> ConsoleTools:
    """With hashes that cost next to nothing, and connections that are used again, as in the gateway."""
    return ConsoleTools(
        database=replace(database, keeps=True),
        systems=(till_system,),
        clock=clock,
        passwords=Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)),
        settings=ConsoleSettings(),
    )


@pytest.fixture
def site(tools: ConsoleTools) -> Iterator[Site]:
    """The pages for this machine's own browsers, without users."""
    with listening(console(tools)) as port:
        yield Site(tools, port)
