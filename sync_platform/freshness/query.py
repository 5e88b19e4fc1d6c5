"""The freshness report's queries, one file each."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import LiteralString


@cache
def query(name: str) -> LiteralString:
    """The query of `sql/<name>.sql`; it is part of the program, so it counts as literal text."""
    return resources.files("sync_platform.freshness").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")
