"""Landed customers of two systems in a real PostgreSQL, planted by hand, and the comparison over them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sync_platform.declarations.duplicates import DeclaredCustomers, customer_sources, read_duplicates
from sync_platform.declarations.partner_system import PartnerSystem, find_entity, read_partner_systems
from sync_platform.duplicates.comparison import DuplicateReport, compare_customers
from sync_platform.duplicates.products import ProductReport, compare_products
from sync_platform.duplicates.proposals import Decision, Proposal, decide, list_proposals
from sync_platform.landing.database import Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
POS, SHOP = "pos/customers", "shop/customers"
COUNTRY = "LK"


class Landed:
    """What stands in the landing tables; `compare` is one comparison, each a minute after the one before."""

    def __init__(self, database: Database, connection: psycopg.Connection[Any]) -> None:
        self.database, self.connection = database, connection
        self.systems = read_partner_systems()
        self.sources: tuple[DeclaredCustomers, ...] = customer_sources(read_duplicates(), self.systems)
        self.now = NOON
        self.number = 0

    def member(self, key: str, name: str, mobile: str | None = None, email: str | None = None, **values: Any) -> None:
        """A customer of the POS."""
        stamps = {"joined_at": NOON, "modified_at": NOON, "points": 0, "active": True, "town": "GALLE"}
        self.row(POS, {**stamps, "customer_no": key, "full_name": name, "mobile": mobile, "email": email, **values})

    def account(self, key: int, first: str, last: str, phone: str = "", email: str = "", **values: Any) -> None:
        """A customer of the shop."""
        names = {"first_name": first, "last_name": last, "phone": phone, "email": email or f"{key}@mail.example"}
        self.row(SHOP, {"customer_id": key, "city": "Galle", "date_created_gmt": NOON, **names, **values})

    def row(self, address: str, values: dict[str, Any], *, day: date = DAY) -> None:
        self.number += 1
        own = {
            "_business_day": day,
            "_content_hash": str(self.number).encode(),
            "_load_id": "00000000-0000-0000-0000-000000000000",
            **dict.fromkeys(("_observed_at", "_as_of", "_first_seen_at", "_last_changed_at"), NOON),
        }
        row = {**values, **own}
        self.connection.execute(
            sql.SQL("insert into landing.{} ({}) values ({})").format(
                sql.Identifier(address.replace("/", "__")),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() for _ in row),
            ),
            list(row.values()),
        )

    def gone(self, address: str, key: str) -> None:
        """The record vanished at its partner."""
        table, column = address.replace("/", "__"), find_entity(self.systems, address)[1].contract.key[0]
        self.connection.execute(
            sql.SQL("update landing.{} set _deleted_at = now() where {}::text = %s").format(
                sql.Identifier(table), sql.Identifier(column)
            ),
            [key],
        )

    def day(self, address: str, *, as_of: datetime = NOON, state: str = "complete", day: date = DAY) -> None:
        """The entity's day stands so."""
        system, _, entity = address.partition("/")
        self.connection.execute(
            "insert into sync.entity_day (system, entity, business_day, state, as_of, loaded_at, complete_at)"
            " values (%s, %s, %s, %s, %s, %s, %s)"
            " on conflict (system, entity, business_day) do update set state = excluded.state, as_of = excluded.as_of",
            [system, entity, day, state, as_of, as_of, as_of],
        )

    def compare(self, *, day: date = DAY) -> DuplicateReport:
        self.now += timedelta(minutes=1)
        return compare_customers(self.database, self.sources, day=day, country=COUNTRY, now=self.now)

    def compare_products(self) -> ProductReport:
        self.now += timedelta(minutes=1)
        return compare_products(self.database, day=DAY, now=self.now)

    def queue(self, state: str | None = None) -> list[Proposal]:
        return list_proposals(self.connection, state=state, kind=None, limit=1000)

    def couples(self, state: str) -> set[tuple[str, str]]:
        """Keys of the proposals in a state."""
        return {(each.left_key, each.right_key) for each in self.queue(state)}

    def decide(self, decision: Decision, *keys: str, by: str = "ann") -> None:
        """Decide about the proposal of these two keys."""
        chosen = [each.proposal_id for each in self.queue() if {each.left_key, each.right_key} == set(keys)]
        assert len(chosen) == 1
        decide(self.connection, chosen, decision, by=by, now=self.now, dry_run=False)

    def select(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()  # type: ignore[call-overload,no-any-return]


@pytest.fixture(scope="session")
def systems() -> tuple[PartnerSystem, ...]:
    return read_partner_systems()


@pytest.fixture
def landed(database: Database, systems: tuple[PartnerSystem, ...]) -> Iterator[Landed]:
    """Empty landing tables of POS and shop, their day complete."""
    with database.connect() as connection:
        for address in (POS, SHOP, "pos/sales", "pos/stock_levels", "shop/listings"):
            entity = find_entity(systems, address)[1]
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
        landed = Landed(database, connection)
        landed.day(POS)
        landed.day(SHOP)
        yield landed
