"""The reports' queries, each in a file of its own."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import LiteralString

from sync_platform.landing.database import Connection


@cache
def query(name: str) -> LiteralString:
    """The query of `sql/<name>.sql`; it is part of the program, so it counts as literal text."""
    return resources.files("sync_platform.reports").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


def exists(connection: Connection, relation: str) -> bool:
    """Whether a table or view (`schema.name`) is there: another version's database may not have it."""
    row = connection.execute("select to_regclass(%s) is not null", [relation]).fetchone()
    return row is not None and bool(row[0])
