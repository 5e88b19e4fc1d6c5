"""A PostgreSQL server that a test may stop as hard as it likes, and start again."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg

from sync_platform.landing.database import Database
from sync_platform.landing.embedded import start_embedded
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform_tests.operations.place import remove_place


class OwnServer:
    """The embedded server of a folder, with migrated databases."""

    def __init__(self, folder: Path, tables: Sequence[EntityTable]) -> None:
        self._folder = folder
        # A server ends with the thread that started it; this one lives until `close`, whoever asks for a start.
        self._starter = ThreadPoolExecutor(max_workers=1)
        self.starts()
        self._databases = 0
        migrate(Database(self._server.url), tables)

    def new_database(self) -> Database:
        """A copy of the migrated one."""
        self._databases += 1
        name = f"copy_{self._databases}"
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(f"create database {name} template sync_platform")
        return Database(self._url(name))

    def breaks_down(self, how: signal.Signals) -> None:
        """SIGQUIT is PostgreSQL's immediate shutdown; after SIGKILL its other processes end when they notice."""
        os.kill(self._server.pid, how)
        self._server.stop()

    def starts(self) -> None:
        """It recovers from its log, as after a power cut."""
        self._server = self._starter.submit(start_embedded, self._folder, own=True).result()

    def close(self) -> None:
        self._server.stop()
        self._starter.shutdown()
        remove_place(self._folder)

    def _url(self, name: str) -> str:
        return self._server.url.replace("/sync_platform?", f"/{name}?")
