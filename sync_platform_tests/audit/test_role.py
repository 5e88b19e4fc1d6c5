"""The platform in a role of its own that is no superuser: it can do its work, and cannot change what it wrote."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import InsufficientPrivilege

from sync_platform.audit.archive import ARCHIVE, archive
from sync_platform.audit.detail_key import erase_key
from sync_platform.landing.access_log import Access, log_access
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.migrate import migrate
from sync_platform_tests.audit.conftest import NOW, Log
from sync_platform_tests.landing.planted import KEPT_SINCE, Planted

ROLE = f"platform_{uuid4().hex[:8]}"
REFUSED = (
    "update audit.entry set who = 'somebody else'",
    "delete from audit.entry",
    "truncate audit.entry",
    "update audit.batch set hash = ''",
    "delete from audit.batch",
    "delete from audit.key",
    "update audit.archive set file = ''",
    "delete from audit.archive",
    "update access.access_log set name = 'somebody else'",
    "delete from access.access_log",
    "truncate access.access_log",
    "set session_replication_role = replica",
)


@pytest.fixture
def own(empty_database: Database) -> Iterator[Connection]:
    """A connection of the platform's own role, which owns the database and migrated it."""
    with empty_database.connect() as connection:
        name = sql.Identifier(connection.info.dbname)
        connection.execute(sql.SQL("create role {} login").format(sql.Identifier(ROLE)))
        connection.execute(sql.SQL("alter database {} owner to {}").format(name, sql.Identifier(ROLE)))
    own = Database(empty_database.url.replace("//postgres", f"//{ROLE}"))
    migrate(own, [])
    with own.connect() as connection:
        yield connection
    with empty_database.connect() as connection:
        connection.execute(sql.SQL("reassign owned by {} to current_user").format(sql.Identifier(ROLE)))
        connection.execute(sql.SQL("drop owned by {}").format(sql.Identifier(ROLE)))
        connection.execute(sql.SQL("drop role {}").format(sql.Identifier(ROLE)))


def looked(at: datetime) -> Access:
    return Access(at, "nimali", "session", "GET", "/users", None, 200, "127.0.0.1")


def test_the_role_of_the_platform_can_do_its_work_and_change_nothing_that_it_wrote(
    own: Connection, tmp_path: Path
) -> None:
    assert own.execute("select rolsuper from pg_roles where rolname = current_user").fetchone() == (False,)
    log = Log(own, tmp_path)
    log.add("1001", "1002")
    log.seal()
    log.add("1003")
    log_access(own, looked(datetime.now(UTC)))

    for statement in REFUSED:
        with pytest.raises(InsufficientPrivilege):
            own.execute(statement)  # type: ignore[call-overload]

    assert erase_key(own, "shop/orders/1001", now=NOW)
    assert archive(own, tmp_path / ARCHIVE, kept_since=NOW + timedelta(1), now=NOW, dry_run=False) == 2
    assert log.found() == []
    with psycopg.connect(own.info.dsn) as other:
        assert other.execute("select count(*) from access.access_log").fetchone() == (1,)


def test_old_lines_of_the_access_log_are_pruned_and_young_ones_cannot_be(connection: Connection) -> None:
    young, old = KEPT_SINCE["accesses"] + timedelta(days=1), KEPT_SINCE["accesses"] - timedelta(days=1)
    for at in (old, young, datetime.now(UTC)):
        log_access(connection, looked(at))

    assert Planted(connection).prune()["access.access_log"].gone == 1

    left = [at for (at,) in connection.execute("select at from access.access_log order by at")]
    assert left[0] == young
    with pytest.raises(InsufficientPrivilege, match="append-only: delete is refused"):
        connection.execute("delete from access.access_log where at > now() - interval '29 days'")
