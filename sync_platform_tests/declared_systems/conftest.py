"""Fixtures of the suite that every declared system passes: an entity, its server and a database, put together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.landing.database import Database
from sync_platform_tests.declared_systems.connected import Connected, connect
from sync_platform_tests.declared_systems.partner_server import PartnerServer
from sync_platform_tests.declared_systems.served import Case

read_once = cache(read_partner_system)
DeclaredSystem = Callable[[Path, PartnerServer], dict[str, Connected]]


@pytest.fixture
def declared_system(database: Database) -> Iterator[DeclaredSystem]:
    """`declared_system(folder, server)`: the entities declared in the folder by name, each connected to the server."""
    opened: list[Connected] = []

    def connect_all(folder: Path, server: PartnerServer) -> dict[str, Connected]:
        system = read_once(folder)
        entities = {
            entity.name: connect(system, entity.name, server=server, database=database) for entity in system.entities
        }
        opened.extend(entities.values())
        return entities

    yield connect_all
    for connected in opened:
        connected.tools.client.close()


@pytest.fixture
def connected(request: pytest.FixtureRequest, declared_system: DeclaredSystem) -> Iterator[Connected]:
    """The entity that the test is run for, with a server and a database of the test's own."""
    case: Case = request.param
    with case.open_server(canaries(case.system)) as server:
        yield declared_system(case.system.folder, server)[case.entity.name]


def canaries(system: PartnerSystem) -> dict[str, str]:
    """Credentials that are recognised wherever they turn up, by environment variable."""
    api = system.declaration.api
    names = (name for name in api.variables if name != api.base_url_env)
    return {name: f"canary-{name.lower().replace('_', '-')}-4f2a" for name in names}
