"""Fixtures of the suite that every declared system passes: an entity, its server and a database, put together."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import psycopg
import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.landing.database import Database
from sync_platform_tests.conftest import url_of
from sync_platform_tests.declared_systems.connected import Connected, connect
from sync_platform_tests.declared_systems.partner_server import PartnerServer
from sync_platform_tests.declared_systems.served import Case

read_once = cache(read_partner_system)
DeclaredSystem = Callable[[Path, PartnerServer], dict[str, Connected]]


@pytest.fixture(scope="module")
def suite_database(postgres_url: str, migrated_template: str) -> Iterator[Database]:
    """One database for the tests of a module: a copy for each of the suite's hundreds took most of its time."""
    name = f"suite_{uuid.uuid4().hex}"
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {name} template {migrated_template}")
        yield Database(url_of(postgres_url, name))
        connection.execute(f"drop database {name} with (force)")


@pytest.fixture
def database(suite_database: Database) -> Database:
    """That database with nothing in its tables."""
    with suite_database.connect() as connection:
        tables = connection.execute(
            "select format('delete from %I.%I', schemaname, tablename) from pg_tables"
            " where schemaname in ('sync', 'landing', 'stage') and tablename <> 'alembic_version'"
        ).fetchall()
        for (statement,) in tables:
            connection.execute(statement)
    return suite_database


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
