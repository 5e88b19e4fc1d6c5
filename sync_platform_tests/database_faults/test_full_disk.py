"""Fault D4: the disk is full in the middle of a load; the load ends with a remedy, leaves nothing, and can tidy up.

The disk is a tablespace on a file system of one megabyte, which only root can mount; elsewhere
the tests are skipped, in CI they fail.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database
from sync_platform_tests.database_faults.way import APPLY, CAPTURE, WHOLE_DAY, Way, ends_well, prepare, stored
from sync_platform_tests.lacking import lacking
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till

LONG = "".join(f"{number * 7919 % 1_000_003:x}" for number in range(10_000))
"""50,000 characters that do not compress well, so that two sales need more room than any page has left."""


class TinyDisk:
    """A tablespace that can be filled and freed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._connection = psycopg.connect(database.url, autocommit=True)
        self._name = self._connection.execute("select current_database()").fetchone()[0]  # type: ignore[index]

    def holds(self, table: str) -> None:
        """From now on the table lies there; `stage` are all tables that are made from now on."""
        if table == "stage":
            self._run("alter database {} set default_tablespace = tiny", self._name)
        else:
            self._run("alter table {} set tablespace tiny", *[table.split(".")])

    def fills_up(self) -> None:
        self._run("create table stage.filler (bytes text) tablespace tiny")
        with suppress(psycopg.errors.DiskFull):
            while True:
                self._run("insert into stage.filler select repeat(md5(random()::text), 60) from generate_series(1, 20)")

    def is_freed(self) -> None:
        self._run("drop table stage.filler")

    def comes_to_its_end(self) -> None:
        self._run("alter database {} reset default_tablespace", self._name)
        for schema, name in self._connection.execute(
            "select schemaname, tablename from pg_tables where tablespace = 'tiny'"
        ).fetchall():
            self._run("alter table {} set tablespace pg_default", [schema, name])
        self._connection.execute("drop tablespace tiny")
        self._connection.close()

    def _run(self, statement: str, *names: str | list[str]) -> None:
        identifiers = [sql.Identifier(*([name] if isinstance(name, str) else name)) for name in names]
        self._connection.execute(sql.SQL(statement).format(*identifiers))  # type: ignore[arg-type]


@pytest.fixture
def tiny_disk(database: Database) -> Iterator[TinyDisk]:
    folder = Path(tempfile.mkdtemp(prefix="tiny"))
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, text=True, check=False
    )
    if mounted.returncode:
        shutil.rmtree(folder)
        lacking(f"a disk of one megabyte cannot be mounted here: {mounted.stderr.strip()}")
    try:
        with psycopg.connect(database.url, autocommit=True) as connection:
            (data,) = connection.execute("show data_directory").fetchone() or ("",)
            owner = Path(data).stat()
            os.chown(folder, owner.st_uid, owner.st_gid)
            connection.execute(sql.SQL("create tablespace tiny location {}").format(sql.Literal(str(folder))))
        disk = TinyDisk(database)
        yield disk
        disk.comes_to_its_end()
    finally:
        subprocess.run(["umount", str(folder)], check=True)
        shutil.rmtree(folder)


@pytest.mark.parametrize(
    ("way", "table"),
    [
        (WHOLE_DAY, "stage"),
        (WHOLE_DAY, "landing.till__sales"),
        (CAPTURE, "sync.change"),
        (APPLY, "landing.till__sales"),
    ],
    ids=str,
)
def test_a_full_disk_ends_the_load_with_a_remedy_and_the_next_one_is_right_when_there_is_room(
    hub: Hub, till: Till, clock: GivenClock, tiny_disk: TinyDisk, way: Way, table: str
) -> None:
    prepare(way, hub, till, clock, status=LONG)
    before = stored(hub)
    tiny_disk.holds(table)
    tiny_disk.fills_up()
    full = r"disk is full: could not extend file .* nothing was changed\. Free space there, then try again"
    with pytest.raises(LandingUnavailable, match=full):
        way.pull(hub)
    assert stored(hub) == before
    # It tidied up on the full disk: neither a stage nor a lease is left.
    assert hub.query("select tablename from pg_tables where schemaname = 'stage' and tablename <> 'filler'") == []
    assert hub.query("select scope from sync.lease where holder is not null") == []
    tiny_disk.is_freed()
    ends_well(way, hub)
