"""The rows that rules are run on: one business day of a landing table, or all of a stage table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from psycopg import sql

# Everything our tables are named with. Names travel through three SQL layers here (psycopg, SQLAlchemy, Great
# Expectations), each with characters of its own (`%`, `:`, `{`), so what is not plain is refused and not escaped.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,62}", re.ASCII)


@dataclass(frozen=True)
class Relation:
    """Rows of `schema.table` that are not tombstones. `day` None means the whole table, as of a stage.

    Raises ValueError for a name that could be more than a name.
    """

    schema: str
    table: str
    day: date | None

    def __post_init__(self) -> None:
        for name in (self.schema, self.table):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not the name of a schema or table of ours.")

    @property
    def system(self) -> str:
        """The partner system: landing tables and stages are named `system__entity`."""
        return self.table.partition("__")[0]

    def select(self, columns: Sequence[str]) -> sql.Composed:
        """The statement that reads the given columns of these rows."""
        day = sql.SQL(" and _business_day = {}").format(sql.Literal(self.day)) if self.day else sql.SQL("")
        return sql.SQL("select {} from {} where _deleted_at is null{}").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(self.schema, self.table), day
        )
