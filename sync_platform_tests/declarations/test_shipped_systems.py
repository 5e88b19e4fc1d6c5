"""The shipped partner systems: what is declared, and that the records their documentation shows can be read."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync_platform.contracts.contract import FieldType, VersionKind
from sync_platform.contracts.record import Record, RecordReader
from sync_platform.declarations.partner_system import DEFS_FOLDER, Entity, find_entity, read_partner_systems
from sync_platform.errors import RecordRejected
from sync_platform_tests.declarations.shapes import ENTRY, ORDER, SHAPES

SYSTEMS = read_partner_systems()
ENTITIES = [entity for system in SYSTEMS for entity in system.entities]
ids = {"argvalues": ENTITIES, "ids": [entity.address for entity in ENTITIES]}
EIGHT = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""10:00 in Colombo on 2026-11-20, 1795149000 seconds after 1970."""


def entity(address: str) -> Entity:
    return find_entity(SYSTEMS, address)[1]


def reader(address: str) -> RecordReader:
    found = entity(address)
    return RecordReader(found.contract, picks=found.declaration.fields, calendar=found.calendar)


def read(address: str, **changes: Any) -> tuple[Record, dict[str, Any]]:
    """The record of the documented shape with some of its keys changed, and its values by name."""
    record = reader(address).read(json.dumps(SHAPES[address] | changes).encode())
    return record, dict(zip(entity(address).contract.columns, record.values, strict=True))


def rejected(address: str, **changes: Any) -> tuple[str, str]:
    with pytest.raises(RecordRejected) as caught:
        read(address, **changes)
    return caught.value.reason, caught.value.field


# --- what is declared -----------------------------------------------------------------------------------------------


def test_six_systems_with_eleven_entities_are_shipped() -> None:
    kinds = {entity.address: (entity.contract.kind.value, entity.contract.source_version.kind) for entity in ENTITIES}

    assert kinds == {
        "bank/statement_lines": ("event", VersionKind.NONE),
        "ledger/entries": ("event", VersionKind.COARSE),
        "legacy_erp/stock": ("state", VersionKind.NONE),
        "payments/payments": ("event", VersionKind.NONE),
        "payments/payouts": ("event", VersionKind.NONE),
        "pos/customers": ("state", VersionKind.STRICT),
        "pos/sales": ("event", VersionKind.STRICT),
        "pos/stock_levels": ("state", VersionKind.STRICT),
        "shop/customers": ("state", VersionKind.COARSE),
        "shop/orders": ("event", VersionKind.COARSE),
        "shop/listings": ("state", VersionKind.COARSE),
    }


def test_they_need_these_variables_and_no_others() -> None:
    assert {name for system in SYSTEMS for name in system.declaration.variables} == {
        "POS_BASE_URL",
        "POS_TOKEN",
        "SHOP_BASE_URL",
        "SHOP_CONSUMER_KEY",
        "SHOP_CONSUMER_SECRET",
        "LEDGER_BASE_URL",
        "LEDGER_CLIENT_ID",
        "LEDGER_CLIENT_SECRET",
        "PAYMENTS_BASE_URL",
        "PAYMENTS_API_KEY",
        "BANK_DROP_FOLDER",
        "LEGACY_ERP_DROP_FOLDER",
    }


def test_days_are_those_of_colombo_except_at_the_gateway() -> None:
    assert {system.name: system.declaration.time_zone for system in SYSTEMS} == {
        "bank": "Asia/Colombo",
        "legacy_erp": "Asia/Colombo",
        "ledger": "Asia/Colombo",
        "payments": "UTC",
        "pos": "Asia/Colombo",
        "shop": "Asia/Colombo",
    }


def test_exactly_these_fields_are_personal() -> None:
    personal = {
        f"{entity.address}.{field.name}" for entity in ENTITIES for field in entity.contract.fields if field.personal
    }

    assert personal == {
        "pos/customers.customer_no",
        "pos/customers.full_name",
        "pos/customers.mobile",
        "pos/customers.email",
        "pos/customers.town",
        "pos/sales.household",
        "shop/customers.customer_id",
        "shop/customers.first_name",
        "shop/customers.last_name",
        "shop/customers.email",
        "shop/customers.phone",
        "shop/customers.address",
        "shop/customers.address_2",
        "shop/customers.city",
        "shop/orders.customer_id",
        "shop/orders.customer_note",
        "shop/orders.billing_first_name",
        "shop/orders.billing_last_name",
        "shop/orders.billing_email",
        "shop/orders.billing_phone",
        "shop/orders.billing_address",
        "shop/orders.billing_city",
    }


@pytest.mark.parametrize("entity", **ids)
def test_every_field_tells_what_it_means(entity: Entity) -> None:
    assert [field.name for field in entity.contract.fields if len(field.description) < 15] == []


@pytest.mark.parametrize("entity", **ids)
def test_every_figure_tells_its_unit(entity: Entity) -> None:
    identifiers = {"receipt_no", "product_id", "sku", "order_id", "parent_id", "customer_id", "listing_id", "household"}
    figures = [field for field in entity.contract.fields if field.type in (FieldType.DECIMAL, FieldType.INTEGER)]

    assert [field.name for field in figures if field.unit is None and field.name not in identifiers] == []


@pytest.mark.parametrize("entity", **ids)
def test_decimals_have_a_declared_size(entity: Entity) -> None:
    decimals = [field for field in entity.contract.fields if field.type is FieldType.DECIMAL]

    assert [field.name for field in decimals if field.precision is None or field.scale is None] == []


@pytest.mark.parametrize("entity", **ids)
def test_everybody_promises_an_age_for_today_and_an_hour_for_yesterday_where_it_can_be_asked_for(
    entity: Entity,
) -> None:
    freshness = entity.contract.freshness

    assert freshness.max_age is not None
    assert timedelta(minutes=5) <= freshness.max_age <= timedelta(hours=4)
    assert freshness.closed_by == (None if entity.is_state else "09:00")


@pytest.mark.parametrize("entity", **ids)
def test_every_rule_that_a_contract_declares_says_what_it_means(entity: Entity) -> None:
    assert [rule.name for rule in entity.contract.rules if len(rule.description) < 15] == []


def test_every_contract_beside_a_declaration_is_declared() -> None:
    declared = {entity.contract.file.resolve() for entity in ENTITIES}

    assert {file.resolve() for file in DEFS_FOLDER.glob("*/contracts/*.yaml")} == declared


STOCK_SQL = (DEFS_FOLDER.parent / "reconciliation" / "sql" / "stock.sql").read_text(encoding="utf-8")
STOCK_INPUTS = {
    "pos/stock_levels": ("pos as (", {"branch", "sku", "on_hand", "uom", "units_per_case", "as_of"}),
    "shop/listings": ("shop as (", {"sku", "branch", "stock_quantity"}),
}


@pytest.mark.parametrize("address", STOCK_INPUTS)
def test_the_stock_comparison_is_named_as_a_consumer_of_what_its_query_reads(address: str) -> None:
    part, expected = STOCK_INPUTS[address]
    contract = next(entity.contract for entity in ENTITIES if entity.address == address)
    query = STOCK_SQL[STOCK_SQL.index(part) :].partition("),")[0]
    # A row's `_as_of` is the contract's own field where it has one.
    words = {word.removeprefix("_") for word in re.findall(r"[a-z_]+", query.partition("as (")[2])}

    (comparison,) = [one for one in contract.consumers if one.name == "Stock comparison"]

    assert set(comparison.fields or ()) == expected
    assert words & set(contract.columns) == expected


@pytest.mark.parametrize("entity", **ids)
def test_the_freshness_report_is_named_as_a_consumer_of_each_entity(entity: Entity) -> None:
    (report,) = [one for one in entity.contract.consumers if one.name == "Freshness report"]

    assert report.fields == tuple(filter(None, [entity.contract.as_of_field]))


@pytest.mark.parametrize("system", [system.name for system in SYSTEMS])
def test_a_declaration_opens_with_a_short_comment_and_lies_beside_a_readme(system: str) -> None:
    folder = DEFS_FOLDER / system
    lines = (folder / "defs.yaml").read_text(encoding="utf-8").splitlines()

    assert lines.index("type: sync_platform.components.PartnerSystem") <= 3
    readme = (folder / "README.md").read_text(encoding="utf-8")
    for name in (entity.name for entity in ENTITIES if entity.system == system):
        assert f"`{name}`" in readme


# --- what the documented records become -----------------------------------------------------------------------------


def test_a_sales_line_is_read() -> None:
    record, values = read("pos/sales")

    assert values == {
        "line_id": "31198570044-1095275-1",
        "receipt_no": 31198570044,
        "branch": "S0330",
        "product_id": 1095275,
        "department": "PASTRY",
        "category": "BREAD",
        "product_name": "BREAD:ITALIAN/FRENCH",
        "package_size": "22 LB",
        "household": 900,
        "quantity": 1,
        "amount": Decimal("0.50"),
        "retail_discount": Decimal("0.10"),
        "coupon_discount": Decimal("0.20"),
        "coupon_match_discount": Decimal("0.30"),
        "currency": "LKR",
        "sold_at": EIGHT,
        "business_date": date(2026, 11, 20),
        "as_of": EIGHT + timedelta(milliseconds=1),
        "modified_at": EIGHT + timedelta(milliseconds=2),
    }
    assert record.business_day == date(2026, 11, 20)
    assert record.source_version == 1795149000_002_000
    assert record.as_of == EIGHT + timedelta(milliseconds=1)


def test_a_sales_line_of_a_product_that_the_catalogue_does_not_list_is_read() -> None:
    nothing = dict.fromkeys(("department", "category", "name", "packageSize"))

    assert read("pos/sales", product={"id": 5, **nothing})[1]["department"] is None


def test_fuel_is_read_and_left_to_a_warning() -> None:
    assert read("pos/sales", quantity=89_638)[1]["quantity"] == 89_638


@pytest.mark.parametrize(
    ("changes", "rejection"),
    [
        ({"quantity": 0}, ("range", "quantity")),
        ({"quantity": -1}, ("range", "quantity")),
        ({"quantity": "1"}, ("type", "quantity")),
        ({"quantity": 1.5}, ("type", "quantity")),
        ({"currency": "USD"}, ("value_set", "currency")),
        ({"currency": None}, ("missing", "currency")),
        ({"amount": "0.505"}, ("scale", "amount")),
        ({"amount": "-0.50"}, ("range", "amount")),
        ({"amount": "10000000000.00"}, ("overflow", "amount")),
        ({"product": {"id": None}}, ("missing", "product_id")),
        ({"soldAt": "2026-11-20T10:00:00+05:30"}, ("time", "sold_at")),
        ({"modifiedAt": 1795149000}, ("time", "modified_at")),
        ({"lineId": ""}, ("constraint", "line_id")),
    ],
)
def test_a_sales_line_that_breaks_its_contract_is_rejected(changes: dict[str, Any], rejection: tuple[str, str]) -> None:
    assert rejected("pos/sales", **changes) == rejection


def test_a_stock_level_is_read_in_the_unit_it_is_counted_in() -> None:
    record, values = read("pos/stock_levels")

    assert values == {
        "branch": "S0330",
        "sku": 1095275,
        "on_hand": Decimal("2.625"),
        "uom": "CS",
        "units_per_case": 8,
        "as_of": EIGHT + timedelta(milliseconds=1),
        "modified_at": EIGHT + timedelta(milliseconds=2),
    }
    assert reader("pos/stock_levels").key_of(record) == '["S0330",1095275]'


def test_stock_may_be_below_zero_but_not_in_an_unknown_unit() -> None:
    """Faults M5, U1."""
    assert read("pos/stock_levels", onHand="-3")[1]["on_hand"] == -3
    assert rejected("pos/stock_levels", uom="PAL") == ("value_set", "uom")
    assert rejected("pos/stock_levels", unitsPerCase=0) == ("range", "units_per_case")
    assert rejected("pos/stock_levels", unitsPerCase=None) == ("missing", "units_per_case")
    assert rejected("pos/stock_levels", onHand="0.3333") == ("scale", "on_hand")


def test_an_order_is_read_with_its_branch_and_its_lines() -> None:
    record, values = read("shop/orders")

    assert {
        name: values[name] for name in ("order_id", "number", "total", "branch", "receipt_no", "date_paid_gmt")
    } == {
        "order_id": 10001,
        "number": "10001",
        "total": Decimal("123.45"),
        "branch": "S0330",
        "receipt_no": "31198570044",
        "date_paid_gmt": None,
    }
    assert values["billing_email"] == "nimali@example.com"
    assert values["date_created_gmt"] == EIGHT
    assert json.loads(values["line_items"]) == ORDER["line_items"]
    assert values["refunds"] == "[]"
    assert record.source_version == 1795149001_000_000
    assert record.business_day == date(2026, 11, 20)


def test_an_order_after_half_past_six_in_the_evening_utc_belongs_to_the_next_day_in_colombo() -> None:
    assert read("shop/orders", date_created_gmt="2026-11-20T18:30:00")[0].business_day == date(2026, 11, 21)


def test_an_order_of_any_woocommerce_is_read_without_our_meta_data() -> None:
    values = read("shop/orders", meta_data=[], currency="USD", status="on-a-quest", customer_id=0)[1]

    assert (values["branch"], values["receipt_no"], values["currency"]) == (None, None, "USD")


@pytest.mark.parametrize(
    ("changes", "rejection"),
    [
        ({"currency": ""}, ("constraint", "currency")),
        ({"currency": None}, ("missing", "currency")),
        ({"total": "12.345"}, ("scale", "total")),
        ({"total": ""}, ("constraint", "total")),
        ({"line_items": {}}, ("type", "line_items")),
        ({"line_items": None}, ("missing", "line_items")),
        ({"id": "10001"}, ("type", "order_id")),
        ({"date_modified_gmt": None}, ("missing", "date_modified_gmt")),
        ({"date_created_gmt": "2026-11-20T04:30:00Z"}, ("time", "date_created_gmt")),
    ],
)
def test_an_order_that_breaks_its_contract_is_rejected(changes: dict[str, Any], rejection: tuple[str, str]) -> None:
    assert rejected("shop/orders", **changes) == rejection


def test_a_listing_is_read_with_its_branch_and_a_text_sku() -> None:
    values = read("shop/listings")[1]

    assert (values["listing_id"], values["sku"], values["branch"]) == (500001, "1095275", "S0330")
    assert (values["price"], values["stock_quantity"]) == (Decimal("12.30"), 4)
    assert rejected("shop/listings", sku=1095275) == ("type", "sku")


def test_a_listing_without_price_or_count_is_read() -> None:
    values = read("shop/listings", price="", manage_stock=False, stock_quantity=None, meta_data=[])[1]

    assert (values["price"], values["stock_quantity"], values["branch"]) == (None, None, None)


def test_a_member_without_mobile_and_mail_is_read_and_one_without_a_name_is_not() -> None:
    record, values = read("pos/customers", mobile=None, email=None)

    assert (values["full_name"], values["mobile"], values["email"]) == ("PERERA NIMALI", None, None)
    assert values["joined_at"] == EIGHT
    assert record.source_version == 1795149000_002_000
    assert reader("pos/customers").key_of(record) == '["L0100001"]'
    assert rejected("pos/customers", fullName="") == ("constraint", "full_name")


def test_an_account_is_ordered_by_its_creation_until_it_is_edited() -> None:
    made, values = read("shop/customers")
    edited, _ = read("shop/customers", date_modified_gmt="2026-11-20T04:30:09")

    assert (values["phone"], values["city"], values["date_modified_gmt"]) == ("070-0000001", "Colombo", None)
    assert (made.source_version, edited.source_version) == (1795149000_000_000, 1795149009_000_000)


def test_an_entry_is_ordered_by_its_posting_until_it_is_updated() -> None:
    posted, values = read("ledger/entries")
    updated, _ = read("ledger/entries", updatedAt="2026-11-20T10:00:05+05:30", status="REVERSED")

    assert posted.source_version == 1795149000_000_000
    assert updated.source_version == 1795149005_000_000
    assert posted.business_day == date(2026, 11, 20)
    assert json.loads(values["lines"]) == ENTRY["lines"]
    assert rejected("ledger/entries", status="DRAFT") == ("value_set", "status")
    assert rejected("ledger/entries", postedAt="2026-11-20T10:00:00") == ("time", "posted_at")


def test_a_payment_is_read_in_minor_units_on_its_utc_day() -> None:
    record, values = read("payments/payments", created=1795199400)

    assert (values["amount"], values["fee"], values["net"], values["payout"]) == (123450, 6580, 116870, None)
    assert record.business_day == date(2026, 11, 20), "18:30 UTC, already the 21st in Colombo"
    assert record.source_version is None
    assert rejected("payments/payments", amount="123450") == ("type", "amount")
    assert rejected("payments/payments", amount=1234.5) == ("type", "amount")
    assert rejected("payments/payments", currency="jpy") == ("value_set", "currency")
    assert rejected("payments/payments", created=1795149000123) == ("time", "created_at")


def test_a_payout_is_read_and_may_take_money_back() -> None:
    record, values = read("payments/payouts")

    assert (values["amount"], values["arrival_date"]) == (-500, date(2026, 11, 22))
    assert record.business_day == date(2026, 11, 20)
    assert rejected("payments/payouts", status="lost") == ("value_set", "status")


def test_no_readme_and_no_declaration_holds_a_secret() -> None:
    for file in (*DEFS_FOLDER.glob("*/*.yaml"), *DEFS_FOLDER.glob("*/README.md")):
        text = file.read_text(encoding="utf-8").lower()
        assert "sandbox-" not in text, _shown(file)


def _shown(file: Path) -> str:
    return str(file.relative_to(DEFS_FOLDER))
