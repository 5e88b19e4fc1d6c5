"""The command line run in this process, with a real sandbox and a real PostgreSQL behind it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sync_platform.cli.main import run
from sync_platform.declarations.partner_system import read_partner_systems
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform.sandbox import Sandbox
from sync_platform_tests.cli.said import Command, Said
from sync_platform_tests.fresh_database import FreshDatabases, create, drop, url_of
from sync_platform_tests.operations.place import careless_server, remove_place


@pytest.fixture
def command(capfd: pytest.CaptureFixture[str], environment: None) -> Command:
    """`command("status", "--json")`."""

    def call(*arguments: str) -> Said:
        capfd.readouterr()
        code = run(arguments, os.environ)
        captured = capfd.readouterr()
        return Said(code, captured.out, captured.err)

    return call


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment that names no database and no partner system."""
    systems = read_partner_systems()
    for name in {name for system in systems for name in system.declaration.variables}:
        monkeypatch.delenv(name, raising=False)
    for name in ("SYNC_PLATFORM_DATABASE_URL", "SYNC_PLATFORM_DAGSTER_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SYNC_PLATFORM_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    drops = tmp_path_factory.mktemp("drops")
    with Sandbox.generated(seed=7, now=datetime.now(UTC), running=True, drop_dir=drops) as sandbox:
        yield sandbox


@pytest.fixture
def sandbox(shared_sandbox: Sandbox, environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """The partner systems, without faults, named by the environment."""
    for name, value in shared_sandbox.environment.items():
        monkeypatch.setenv(name, value)
    yield shared_sandbox
    shared_sandbox.faults.clear()


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


@pytest.fixture(scope="session")
def databases(server_url: str) -> FreshDatabases:
    """Copies of the migrated database, emptied between tests."""
    return FreshDatabases(url_of(server_url, "postgres"), template="sync_platform")


@pytest.fixture
def empty_database(server_url: str, environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of the test's own without our tables, named by the environment."""
    name = create(url_of(server_url, "postgres"), template="template1")
    monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", url_of(server_url, name))
    yield Database(url_of(server_url, name))
    drop(url_of(server_url, "postgres"), name)


@pytest.fixture
def database(databases: FreshDatabases, environment: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A migrated database of the test's own, named by the environment."""
    with databases.one() as database:
        monkeypatch.setenv("SYNC_PLATFORM_DATABASE_URL", database.url)
        yield database


@pytest.fixture(scope="session")
def yesterday() -> str:
    """Yesterday in Colombo, where POS and shop are."""
    return (datetime.now(UTC) + timedelta(hours=5, minutes=30) - timedelta(days=1)).date().isoformat()
