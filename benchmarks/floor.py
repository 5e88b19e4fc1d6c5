"""The bare floor: requests, msgspec, COPY, one INSERT … ON CONFLICT; no check, no ledger, no clock.

`python -m benchmarks.floor BASE_URL DATABASE_URL`
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any

import msgspec
import psycopg
import requests

from benchmarks.measured import measured

COLUMNS = (
    "id text primary key, basket bigint, store text, region text, product_id bigint, department text, category text,"
    " product_name text, package_size text, household bigint, quantity bigint, amount numeric, retail_discount numeric,"
    " coupon_discount numeric, coupon_match_discount numeric, sold_at timestamptz, modified_at timestamptz"
)
NAMES = [column.split()[0] for column in COLUMNS.split(", ")]


class Store(msgspec.Struct, gc=False):
    id: str
    region: str


class Product(msgspec.Struct, gc=False, rename="camel"):
    id: int
    department: str | None = None
    category: str | None = None
    name: str | None = None
    package_size: str | None = None


class Discounts(msgspec.Struct, gc=False, rename="camel"):
    retail: str
    coupon: str
    coupon_match: str


class Sale(msgspec.Struct, gc=False, rename="camel"):
    id: str
    basket: int
    store: Store
    product: Product
    household: int | None
    quantity: int
    amount: str
    discounts: Discounts
    sold_at: int
    modified_at: int


class Answer(msgspec.Struct, gc=False):
    sales: list[Sale]
    total: int = 0


def row(sale: Sale) -> tuple[Any, ...]:
    store, product, discounts = sale.store, sale.product, sale.discounts
    return (
        sale.id,
        sale.basket,
        store.id,
        store.region,
        product.id,
        product.department,
        product.category,
        product.name,
        product.package_size,
        sale.household,
        sale.quantity,
        sale.amount,
        discounts.retail,
        discounts.coupon,
        discounts.coupon_match,
        datetime.fromtimestamp(sale.sold_at / 1000, UTC),
        datetime.fromtimestamp(sale.modified_at / 1000, UTC),
    )


def main(base_url: str, database_url: str) -> None:
    decoder = msgspec.json.Decoder(Answer)
    updates = ", ".join(f"{name} = excluded.{name}" for name in NAMES[1:])
    with psycopg.connect(database_url) as connection, requests.Session() as session:
        connection.execute(f"create table if not exists floor ({COLUMNS})")
        connection.commit()
        with measured() as found:
            connection.execute("create temporary table incoming (like floor) on commit drop")
            page, rows = 1, 0
            while True:
                answer = decoder.decode(session.get(f"{base_url}/sales", params={"page": page}).content)
                if not answer.sales:
                    break
                with connection.cursor() as cursor, cursor.copy("copy incoming from stdin") as copy:
                    for sale in answer.sales:
                        copy.write_row(row(sale))
                rows += len(answer.sales)
                if rows >= answer.total:
                    break
                page += 1
            connection.execute(
                f"insert into floor select * from incoming on conflict (id) do update set {updates}"  # noqa: S608
                " where floor.modified_at < excluded.modified_at"
            )
            connection.commit()
            found["read"] = rows


if __name__ == "__main__":
    main(*sys.argv[1:])
