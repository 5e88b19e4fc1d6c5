"""The `report` schema's views, which analysts and BI tools read: one file each, `sql/views/<view>.sql`."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import LiteralString

import psycopg
from psycopg import sql

from sync_platform.landing.database import Connection

REPORT = "report"


def create_views(connection: Connection) -> None:
    """Create the views, or replace them in place, in one transaction; the schema exists already.

    In place keeps what others granted and built on a view. Only where PostgreSQL refuses that, because a column went or
    changed its type, is the view dropped and made anew; it refuses that too while another view stands on it.
    """
    with connection.transaction():
        # Two that replace one view at once would fail with "tuple concurrently updated".
        connection.execute("select pg_advisory_xact_lock(hashtext('report.views'))")
        for name, definition in _definitions().items():
            try:
                with connection.transaction():
                    connection.execute(definition)
            except psycopg.errors.InvalidTableDefinition:
                connection.execute(sql.SQL("drop view {}").format(sql.Identifier(REPORT, name)))
                connection.execute(definition)


@cache
def _definitions() -> dict[str, LiteralString]:
    """What creates each view, by its name: no view stands on another, so their order says nothing."""
    files = resources.files("sync_platform.landing").joinpath("sql", "views").iterdir()
    return {
        file.name.removesuffix(".sql"): file.read_text(encoding="utf-8")
        for file in sorted(files, key=lambda file: file.name)
    }
