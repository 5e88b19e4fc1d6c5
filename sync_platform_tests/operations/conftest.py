"""State folders, processes and a real PostgreSQL for the tests of operations."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.landing import embedded
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.embedded_place import find_place
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform_tests.operations.place import careless_server, copy_cluster, remove_place


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A cluster that was set up and never started: to copy one takes a tenth of setting one up."""
    folder = tmp_path_factory.mktemp("cluster") / "postgres"
    place = find_place(folder)
    embedded._initialise(place)
    yield place.data
    remove_place(folder)


@pytest.fixture
def empty_folder(tmp_path: Path) -> Iterator[Path]:
    """Where no PostgreSQL was ever set up."""
    yield tmp_path / "postgres"
    remove_place(tmp_path / "postgres")


@pytest.fixture
def folder(empty_folder: Path, cluster: Path) -> Path:
    """Where a PostgreSQL is set up."""
    copy_cluster(cluster, empty_folder)
    return empty_folder


@pytest.fixture(scope="session")
def systems() -> tuple[PartnerSystem, ...]:
    return read_partner_systems()


@pytest.fixture(scope="session", autouse=True)
def careless() -> Iterator[None]:
    with careless_server():
        yield


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """One PostgreSQL for this worker, with a migrated database to copy from."""
    place = tmp_path_factory.mktemp("server") / "postgres"
    server = start_embedded(place, own=True)
    tables = [EntityTable(one.system, one.contract) for system in read_partner_systems() for one in system.entities]
    migrate(Database(server.url), tables)
    yield server.url
    server.stop()
    remove_place(place)


@pytest.fixture
def database(server_url: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A migrated database of the test's own."""
    name = f"test_{abs(hash(request.node.nodeid)) % 10**12}"
    admin = server_url.replace("/sync_platform?", "/postgres?")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"create database {name} template sync_platform")
        yield Database(server_url.replace("/sync_platform?", f"/{name}?"))
        connection.execute(f"drop database {name} with (force)")
