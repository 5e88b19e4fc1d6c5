"""Rows of the queries of a trace, by their columns' names."""

from __future__ import annotations

from typing import Any

from psycopg.rows import dict_row

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

Row = dict[str, Any]


def select(connection: Connection, name: str, values: dict[str, Any]) -> list[Row]:
    """The rows of a named query of this package."""
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(queries("trace", package="sync_platform.trace")[name], values).fetchall()
