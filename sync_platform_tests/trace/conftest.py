"""A day of the sandbox's shop, payments, ledger and POS in one database, and a web order that all four know."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from psycopg.rows import dict_row

from sync_platform.declarations.partner_system import PartnerSystem, read_partner_systems
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import NO_KEYS, LetterSeal
from sync_platform.sandbox import Sandbox
from sync_platform.trace.event import Trace
from sync_platform.trace.trace import trace
from sync_platform_tests.declared_systems.connected import Connected, connect
from sync_platform_tests.declared_systems.partner_server import NOW
from sync_platform_tests.declared_systems.sandbox_server import SandboxServer
from sync_platform_tests.fresh_database import FreshDatabases

_ORDER = """
select o.order_id, o.transaction_id, o.receipt_no, o.billing_email, o.billing_last_name, o.customer_id, p.payout,
    s.product_id, s.branch, s._business_day as sold_on
from landing.shop__orders o
join landing.payments__payments p on p.payment_id = o.transaction_id
join landing.ledger__entries e on e.reference = o.receipt_no
join landing.pos__sales s on s.receipt_no = o.receipt_no::bigint
where o.billing_email is not null and o.customer_id > 0
order by o.order_id, s.line_id limit 1
"""


@dataclass(frozen=True)
class Disputed:
    """A paid web order, and everything it was loaded from."""

    systems: tuple[PartnerSystem, ...]
    database: Database
    sandbox: Sandbox
    orders: Connected
    order: dict[str, Any]

    @property
    def number(self) -> str:
        return str(self.order["order_id"])

    def trace(self, asked: str, *, personal: bool = False, seal: LetterSeal = NO_KEYS) -> Trace:
        now = self.sandbox.clock.now()
        with self.database.connect() as connection:
            return trace(connection, self.systems, asked, personal=personal, now=now, seal=seal)

    def execute(self, statement: str, **values: object) -> None:
        with self.database.connect() as connection:
            connection.execute(statement, values)  # type: ignore[call-overload]


@pytest.fixture(scope="module")
def disputed(databases: FreshDatabases) -> Iterator[Disputed]:
    """Loaded once for the tests of a module; then the customer wrote a note twice, which came as changes."""
    systems = read_partner_systems()
    with ExitStack() as opened, databases.one() as database:
        sandbox = opened.enter_context(Sandbox.generated(now=NOW, environment={}))
        server = SandboxServer(sandbox)
        with database.connect() as connection:
            _make_tables(connection, systems)
        entities = {}
        for system, entity in (
            ("shop", "orders"),
            ("payments", "payments"),
            ("payments", "payouts"),
            ("ledger", "entries"),
            ("pos", "sales"),
        ):
            declared = next(one for one in systems if one.name == system)
            connected = connect(declared, entity, server=server, database=database)
            opened.callback(connected.tools.client.close)
            connected.tolerating_rejects()
            entities[entity] = connected
        for connected in entities.values():
            connected.pull()
        orders = entities["orders"]
        # Payments of a Colombo day lie in two UTC days.
        entities["payments"].pull(entities["payments"].today)
        with database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            order = cursor.execute(_ORDER).fetchone()
        assert order is not None, "the generated day has a paid web order that all four systems know"
        orders.delta()
        for _ in range(2):
            sandbox.touch("shop", "orders", key=str(order["order_id"]))
            sandbox.clock.advance(60)
            orders.delta()
        yield Disputed(systems, database, sandbox, orders, order)


def _make_tables(connection: Connection, systems: tuple[PartnerSystem, ...]) -> None:
    for system in systems:
        for entity in system.entities:
            ensure_entity_table(connection, EntityTable(entity.system, entity.contract))
