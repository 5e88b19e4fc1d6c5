"""Looks for secrets and personal data where none may be: Dagster's database, our own, logs and compute logs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from psycopg import sql

from sync_platform.landing.database import Database

# Partners' data belong here and nowhere else: landed rows, stages, captured changes, dead letters' payloads.
HOLD_DATA = {"landing", "stage"}
PAYLOADS = {("sync", "change"): ("payload",), ("sync", "dead_letter"): ("payload", "record_key")}
_MOST_SHOWN = 200


def found_in_database(database: Database, canaries: Iterable[str]) -> list[str]:
    """Each row that shows one, as `schema.table: … the text around it …`; views show what their tables do."""
    wanted = sorted(set(canaries))
    return [
        f"{place}: {_around(text, canary)}" for place, text in _rows(database) for canary in wanted if canary in text
    ]


def found_in_files(folder: Path, canaries: Iterable[str]) -> list[str]:
    """Each file below a folder that shows one."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.is_file():
            text = file.read_text(encoding="utf-8", errors="replace")
            found += [f"{file.name}: {_around(text, canary)}" for canary in canaries if canary in text]
    return found


def personal_values(database: Database) -> list[str]:
    """E-mails, phones and addresses of landed orders: too long to turn up by chance."""
    with database.connect() as connection:
        rows = connection.execute(
            "select billing_email, billing_phone, billing_address from landing.shop__orders"
            " where billing_email is not null order by order_id desc limit 60"
        ).fetchall()
    return sorted({value for row in rows for value in row if value})


def _rows(database: Database) -> Iterator[tuple[str, str]]:
    with database.connect() as connection:
        tables = connection.execute(
            "select table_schema, table_name from information_schema.tables where table_type = 'BASE TABLE'"
            " and table_schema not in ('pg_catalog', 'information_schema')"
        ).fetchall()
        for schema, table in tables:
            if schema in HOLD_DATA:
                continue
            taken_out = sql.SQL("").join(
                sql.SQL(" - {}").format(sql.Literal(column)) for column in PAYLOADS.get((schema, table), ())
            )
            query = sql.SQL("select (to_jsonb(t){})::text from {} t").format(taken_out, sql.Identifier(schema, table))
            for (text,) in connection.execute(query):
                yield f"{schema}.{table}", text


def _around(text: str, canary: str) -> str:
    at = text.index(canary)
    return text[max(at - _MOST_SHOWN, 0) : at + len(canary) + _MOST_SHOWN]
