"""Loads named queries from the `.sql` files of a package: `-- name: insert_load`, then a sentence, then SQL."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import LiteralString, cast

_NAME = re.compile(r"^-- name: (\w+)\s*$", re.MULTILINE)


@cache
def queries(file: str, *, package: str = "sync_platform.landing") -> dict[str, LiteralString]:
    """The queries of `sql/<file>.sql` by name; they are part of the program, so they count as literal text."""
    text = resources.files(package).joinpath("sql", f"{file}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return {name: cast("LiteralString", body.strip()) for name, body in zip(parts[1::2], parts[2::2], strict=True)}
