"""Where contenders run: one embedded PostgreSQL with the platform's own settings, a fresh database and process each."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg

from benchmarks.ours import DECLARED
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate

ROOT = Path(__file__).parent.parent
STATE = ROOT / ".sync_platform" / "bench"
OTHERS = ROOT / ".venv-bench" / "bin" / "python"
TEMPLATE = "benchmark_template"


class Stand:
    """A running server, and processes that are measured against it."""

    def __init__(self, url: str) -> None:
        self.url = url

    def database(self, name: str) -> str:
        """A fresh migrated database of this name; an older one of it is dropped."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)')
            connection.execute(f'create database "{name}" template {TEMPLATE}')
        return self._of(name)

    def prepare(self) -> None:
        """Make the template of all databases."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(f"drop database if exists {TEMPLATE} with (force)")
            connection.execute(f"create database {TEMPLATE}")
        system = read_partner_system(DECLARED)
        migrate(Database(self._of(TEMPLATE)), [EntityTable(one.system, one.contract) for one in system.entities])

    def settle(self, url: str) -> None:
        """Write out what earlier work left to be written, so that the next one does not pay for it."""
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("vacuum analyze")
            connection.execute("checkpoint")

    def run(self, module: str, *arguments: str, python: str = sys.executable) -> dict[str, Any]:
        """Run a contender in a process of its own; its report."""
        done = subprocess.run([python, "-m", module, *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"{module} failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
        found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        return found

    def _of(self, name: str) -> str:
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))


@contextmanager
def stand(folder: Path) -> Iterator[Stand]:
    """A stand on an embedded PostgreSQL under `folder`."""
    server = start_embedded(folder, own=True)
    try:
        made = Stand(server.url)
        made.prepare()
        yield made
    finally:
        server.stop()


@contextmanager
def served(pages: Path) -> Iterator[str]:
    """The base URL of a server of rendered pages."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.server", str(pages)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        base_url = process.stdout.readline().strip()
        if not base_url:
            raise SystemExit(f"the server of {pages} did not start")
        yield base_url
    finally:
        process.terminate()
        process.wait()
