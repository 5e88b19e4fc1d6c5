"""A few landed rows of a day, for people to look at: personal fields masked, long values cut."""

from __future__ import annotations

from datetime import date
from typing import Any

from psycopg import sql

from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.redact import mask_value

_CELL_CHARACTERS = 40


def preview_rows(connection: Connection, table: EntityTable, *, day: date, rows: int = 5) -> list[dict[str, str]]:
    """Up to `rows` live rows of the day as text by column, newest change first."""
    fields = table.contract.fields
    cursor = connection.execute(
        sql.SQL(
            "select {} from {} where _business_day = %s and _deleted_at is null order by _last_changed_at desc limit %s"
        ).format(sql.SQL(", ").join(sql.Identifier(field.name) for field in fields), table.identifier),
        [day, rows],
    )
    return [
        {field.name: _cell(value, personal=field.personal) for field, value in zip(fields, row, strict=True)}
        for row in cursor
    ]


def _cell(value: Any, *, personal: bool) -> str:
    if value is None:
        return ""
    if personal:
        return mask_value(value)
    text = str(value)
    return text if len(text) <= _CELL_CHARACTERS else text[: _CELL_CHARACTERS - 1] + "…"
