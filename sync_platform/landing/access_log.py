"""The log of every look at a page behind the login and of every action; it is only ever added to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from psycopg.rows import class_row

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

_LONGEST = 500


@dataclass(frozen=True)
class Access:
    """One look or action. `way` is session, token, cli or none; `path` has no query; `about` is what was acted on."""

    at: datetime
    name: str | None
    way: str
    method: str
    path: str
    about: str | None
    status: int
    peer: str | None


@dataclass(frozen=True)
class LoggedAccess(Access):
    """One as it is kept; a higher number is newer."""

    access_id: int


def log_access(connection: Connection, access: Access) -> None:
    """Add it, in the caller's transaction: what is not logged is not done."""
    row = {**vars(access), "path": _plain(access.path), "about": _plain(access.about) if access.about else None}
    connection.execute(queries("access_log")["record"], row)


def list_accesses(connection: Connection, *, name: str | None, before: int | None, limit: int) -> list[LoggedAccess]:
    """At most `limit`, the newest first; `before` is the `access_id` to go on from."""
    with connection.cursor(row_factory=class_row(LoggedAccess)) as cursor:
        return cursor.execute(
            queries("access_log")["listed"], {"name": name, "before": before, "limit": limit}
        ).fetchall()


def _plain(text: str) -> str:
    """What PostgreSQL takes and a reader can hold: hostile paths are logged too."""
    return text[:_LONGEST].encode("utf-8", errors="replace").decode("utf-8").replace("\0", "�")
