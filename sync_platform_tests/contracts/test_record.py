"""A partner's record is read by its contract exactly, or becomes a rejection that names reason and field."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_platform.contracts.record import RecordReader
from sync_platform.errors import RecordRejected
from sync_platform_tests.contracts.given import COLOMBO, contract_of, reader_with

DECIMAL = "{name: amount, logicalType: number, customProperties: [%s]}"
MONEY = DECIMAL % "{property: precision, value: 12}, {property: scale, value: 2}"
CURRENCY = (
    "{name: currency, logicalType: string, required: true, criticalDataElement: true, "
    "quality: [{metric: invalidValues, arguments: {validValues: [LKR, USD]}, mustBe: 0, severity: critical}]}"
)
WHEN = "{name: at, logicalType: timestamp, customProperties: [{property: timeFormat, value: %s}]}"

ORDER = {
    "id": 7,
    "branch": "S0330",
    "total": "12.30",
    "currency": "LKR",
    "email": "nimali@example.com",
    "placed_at": "2026-11-21T00:10:00+05:30",
    "updated_at": None,
    "lines": [{"sku": "1", "price": 0.10}],
}


def value_of(reader: RecordReader, field_at: int, **fields: Any) -> Any:
    """The value read from a record of id 1 and these fields."""
    return reader.read(json.dumps({"id": 1, **fields}).encode()).values[field_at]


def rejection(reader: RecordReader, raw: str | bytes) -> tuple[str, str]:
    """Reason and field of the rejection of `raw`."""
    with pytest.raises(RecordRejected) as caught:
        reader.read(raw.encode() if isinstance(raw, str) else raw)
    return caught.value.reason, caught.value.field


@pytest.fixture
def orders(tmp_path: Path) -> RecordReader:
    return RecordReader(contract_of(tmp_path), picks={}, calendar=COLOMBO)


@pytest.fixture(scope="module")
def money(tmp_path_factory: pytest.TempPathFactory) -> RecordReader:
    return reader_with(tmp_path_factory.mktemp("money"), MONEY)


@pytest.fixture(scope="module")
def queried(tmp_path_factory: pytest.TempPathFactory) -> RecordReader:
    contract = contract_of(tmp_path_factory.mktemp("orders"))
    return RecordReader(contract, picks={"email": "contact.email || email"}, calendar=COLOMBO)


def test_a_record_is_read_into_values_in_the_contracts_order(orders: RecordReader) -> None:
    record = orders.read(json.dumps(ORDER).encode())

    placed = datetime(2026, 11, 20, 18, 40, tzinfo=UTC)
    lines = '[{"sku": "1", "price": 0.1}]'
    assert record.values == (7, "S0330", Decimal("12.30"), "LKR", "nimali@example.com", placed, None, lines)
    assert record.business_day == date(2026, 11, 21), "the day in Colombo"
    assert record.source_version == 1795200000_000_000, "updated_at is null, so placed_at orders it"
    assert record.as_of is None
    assert orders.key_of(record) == '["S0330",7]'


def test_the_first_version_field_that_is_not_null_counts(orders: RecordReader) -> None:
    record = orders.read(json.dumps(ORDER | {"updated_at": 1795300000}).encode())

    assert record.source_version == 1795300000_000_000


def test_the_business_day_of_a_moment_is_that_of_the_partners_calendar(orders: RecordReader) -> None:
    record = orders.read(json.dumps(ORDER | {"placed_at": "2026-11-20T18:29:59Z"}).encode())

    assert record.business_day == date(2026, 11, 20)


def test_fields_a_contract_does_not_know_are_passed_over(orders: RecordReader) -> None:
    with_more = ORDER | {"colour": {"deep": [1, 2]}, "Total": 5}

    assert orders.read(json.dumps(with_more).encode()) == orders.read(json.dumps(ORDER).encode())


# --- picking -------------------------------------------------------------------------------------------------------


def test_fields_are_picked_by_dotted_paths_from_any_depth(tmp_path: Path) -> None:
    picks = {"name": "product.labels.en", "size": "product.class"}
    reader = reader_with(tmp_path, "{name: name, logicalType: string}\n{name: size, logicalType: string}", picks=picks)

    nested = {"labels": {"en": "Bread"}, "class": "22 LB"}
    assert reader.read(json.dumps({"id": 1, "product": nested}).encode()).values == (1, "Bread", "22 LB")


@pytest.mark.parametrize("product", [None, {}, {"labels": None}, {"labels": {}}, {"labels": {"en": None}}])
def test_a_missing_parent_makes_an_optional_field_null(tmp_path: Path, product: Any) -> None:
    reader = reader_with(tmp_path, "{name: name, logicalType: string}", picks={"name": "product.labels.en"})

    assert value_of(reader, 1, product=product) is None


@pytest.mark.parametrize("product", [None, {}, {"labels": None}, {"labels": {"en": None}}])
def test_a_missing_parent_of_a_required_field_rejects_the_record(tmp_path: Path, product: Any) -> None:
    reader = reader_with(
        tmp_path, "{name: name, logicalType: string, required: true}", picks={"name": "product.labels.en"}
    )

    reason, field = rejection(reader, json.dumps({"id": 1, "product": product}))

    assert reason == "missing"
    assert field in ("name", "product", "product.labels"), "the field, or the parent that is missing"


def test_a_query_picks_a_value_out_of_a_list(tmp_path: Path) -> None:
    reader = reader_with(
        tmp_path, "{name: branch, logicalType: string}", picks={"branch": "meta[?key=='branch'].value | [0]"}
    )

    assert value_of(reader, 1, meta=[{"key": "x", "value": "1"}, {"key": "branch", "value": "S0330"}]) == "S0330"
    assert value_of(reader, 1, meta=[]) is None
    assert value_of(reader, 1) is None


@pytest.mark.parametrize(
    ("property_", "value", "read"),
    [
        (MONEY, "12.30", Decimal("12.30")),
        (MONEY, 12.3, Decimal("12.3")),
        (MONEY, 12, Decimal(12)),
        ("{name: count, logicalType: integer}", 12, 12),
        ("{name: open, logicalType: boolean}", True, True),
        ("{name: day, logicalType: date}", "2026-11-20", date(2026, 11, 20)),
        (WHEN % "naive_local", "2026-11-20T10:00:00", datetime(2026, 11, 20, 4, 30, tzinfo=UTC)),
        (WHEN % "epoch_seconds", 1795149000, datetime(2026, 11, 20, 4, 30, tzinfo=UTC)),
        ("{name: lines, logicalType: array}", [{"price": 0.1}], '[{"price":0.1}]'),
    ],
    ids=lambda case: case if isinstance(case, str) and case.startswith("{") else "",
)
def test_what_a_query_picks_is_read_like_what_a_path_picks(
    tmp_path: Path, property_: str, value: Any, read: Any
) -> None:
    name = property_.split(",")[0].removeprefix("{name: ")
    by_query = reader_with(tmp_path, property_, picks={name: "list[0]"})
    by_path = reader_with(tmp_path, property_)

    assert value_of(by_query, 1, list=[value]) == read
    if not isinstance(value, list):  # a path keeps JSON as it was written, blanks included
        assert value_of(by_path, 1, **{name: value}) == read


def test_two_fields_may_read_the_same_place_in_two_ways(tmp_path: Path) -> None:
    properties = (
        "{name: whole, logicalType: object}\n{name: name, logicalType: string}\n{name: again, logicalType: string}"
    )
    picks = {"whole": "product", "name": "product.name", "again": "product.name"}
    reader = reader_with(tmp_path, properties, picks=picks)

    record = reader.read(b'{"id":1,"product":{"name":"Bread"}}')

    assert record.values == (1, '{"name":"Bread"}', "Bread", "Bread")


def test_an_expression_that_fails_on_a_record_rejects_that_record(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, "{name: total, logicalType: number}", picks={"total": "sum(lines[].amount)"})

    assert value_of(reader, 1, lines=[{"amount": 1}, {"amount": 2}]) == Decimal(3)
    assert rejection(reader, '{"id":1,"lines":[{"amount":"one"}]}') == ("expression", "total")


# --- A17: JSON that is not quite JSON -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "{",
        "null",
        "[]",
        '{"id":1,"amount":NaN}',
        '{"id":1,"amount":Infinity}',
        '{"id":1,"amount":-Infinity}',
        '{"id":1,"other":NaN}',
        '{"id":1,}',
        "{'id':1}",
        '{"id":1}{"id":2}',
        b'{"id":1,"other":"\x01"}',
        '{"id":1,"amount":"NaN"}',
        '{"id":1,"amount":"Infinity"}',
        '{"id":1,"amount":"sNaN"}',
        '{"id":1,"amount":1e400}',
        '{"id":1,"amount":1e999999999}',
        '{"id":99999999999999999999}',
        '{"id":-99999999999999999999}',
        '{"id":1.0}',
        '{"id":1,"other":' + "[" * 100_000 + "]" * 100_000 + "}",
    ],
    ids=lambda raw: str(raw)[:40],
)
def test_a17_s3_what_is_no_finite_json_record_is_rejected(tmp_path: Path, raw: str | bytes) -> None:
    reader = reader_with(tmp_path, MONEY)

    reason, _ = rejection(reader, raw)

    assert reason in ("not_json", "type", "not_finite", "overflow", "constraint")


@pytest.mark.parametrize(
    ("raw", "reason", "field"),
    [
        ('{"id":1,"amount":"NaN"}', "not_finite", "amount"),
        ('{"id":1,"amount":"-Infinity"}', "not_finite", "amount"),
        ('{"id":1,"amount":1e400}', "overflow", "amount"),
        ('{"id":99999999999999999999}', "constraint", "id"),
        ('{"id":1,"amount":NaN}', "not_json", ""),
    ],
)
def test_a17_the_rejection_says_which_field_and_why(tmp_path: Path, raw: str, reason: str, field: str) -> None:
    assert rejection(reader_with(tmp_path, MONEY), raw) == (reason, field)


@pytest.mark.parametrize(
    "inner",
    ['{"n":1e999999}', '"\\ud800"', "[" * 5000 + "]" * 5000, b'"\xff"', "NaN"],
    ids=["a number beyond jsonb", "half a character", "a nesting bomb", "no UTF-8", "NaN"],
)
def test_a17_a_json_field_that_postgresql_would_refuse_is_rejected(tmp_path: Path, inner: str | bytes) -> None:
    reader = reader_with(tmp_path, "{name: lines, logicalType: array}")
    raw = b'{"id":1,"lines":[' + (inner.encode() if isinstance(inner, str) else inner) + b"]}"

    reason, field = rejection(reader, raw)

    assert (reason, field) in (("not_json", "lines"), ("not_json", ""))


def test_a17_a_query_does_not_let_a_huge_integer_or_nesting_escape(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, "{name: x, logicalType: integer}", picks={"x": "list[0]"})

    assert rejection(reader, '{"id":1,"list":[' + "9" * 5000 + "]}")[0] in ("not_json", "constraint", "expression")
    assert rejection(reader, '{"id":1,"list":' + "[" * 990 + "]" * 990 + "}")[0] in ("not_json", "type")
    assert rejection(reader, '{"id":1,"list":[99999999999999999999]}')[1] == "x"


# --- A32: unknown values --------------------------------------------------------------------------------------------


def test_a32_an_unknown_value_of_a_critical_field_is_rejected_and_named(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, CURRENCY)

    with pytest.raises(RecordRejected, match="currency: 'EUR' is not one of LKR, USD") as caught:
        reader.read(b'{"id":1,"currency":"EUR"}')

    assert caught.value.reason == "value_set"
    assert value_of(reader, 1, currency="USD") == "USD"


@pytest.mark.parametrize("value", ["lkr", "LKR ", "", "LKR\u200b"])
def test_a32_a_value_that_only_looks_like_a_known_one_is_rejected(tmp_path: Path, value: str) -> None:
    assert rejection(reader_with(tmp_path, CURRENCY), json.dumps({"id": 1, "currency": value})) == (
        "value_set",
        "currency",
    )


def test_a32_a_critical_value_set_of_integers_is_held_too(tmp_path: Path) -> None:
    reader = reader_with(
        tmp_path,
        "{name: level, logicalType: integer, criticalDataElement: true, "
        "quality: [{metric: invalidValues, arguments: {validValues: [1, 2]}, mustBe: 0}]}",
    )

    assert value_of(reader, 1, level=2) == 2
    assert rejection(reader, '{"id":1,"level":3}') == ("value_set", "level")


def test_a_rejection_never_shows_a_personal_value(tmp_path: Path) -> None:
    reader = reader_with(
        tmp_path,
        "{name: household, logicalType: integer, classification: personal, logicalTypeOptions: {maximum: 10}}\n"
        "{name: title, logicalType: string, classification: personal, criticalDataElement: true, "
        "quality: [{metric: invalidValues, arguments: {validValues: [Ms]}, mustBe: 0}]}",
    )

    with pytest.raises(RecordRejected) as caught:
        reader.read(b'{"id":1,"household":4711}')
    assert "4711" not in str(caught.value)
    with pytest.raises(RecordRejected) as caught:
        reader.read(b'{"id":1,"title":"Countess"}')
    assert "Countess" not in str(caught.value)


# --- A33: another type than yesterday -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("property_", "value"),
    [
        ("{name: x, logicalType: integer}", "12"),
        ("{name: x, logicalType: integer}", 12.5),
        ("{name: x, logicalType: integer}", True),
        ("{name: x, logicalType: string}", 12),
        ("{name: x, logicalType: string}", ["a"]),
        ("{name: x, logicalType: number}", True),
        ("{name: x, logicalType: number}", {"value": 1}),
        ("{name: x, logicalType: number}", ""),
        ("{name: x, logicalType: number}", "12,50"),
        ("{name: x, logicalType: boolean}", 1),
        ("{name: x, logicalType: boolean}", "true"),
        ("{name: x, logicalType: date}", "2026-11-20T00:00:00"),
        ("{name: x, logicalType: date}", "20.11.2026"),
        ("{name: x, logicalType: date}", 20261120),
        ("{name: x, logicalType: array}", {"a": 1}),
        ("{name: x, logicalType: array}", "[]"),
        ("{name: x, logicalType: object}", [1]),
        ("{name: x, logicalType: object}", "{}"),
        (WHEN.replace("name: at", "name: x") % "epoch_seconds", "1795149000"),
        (WHEN.replace("name: at", "name: x") % "epoch_seconds", 1795149000.5),
        (WHEN.replace("name: at", "name: x") % "offset", 1795149000),
        (WHEN.replace("name: at", "name: x") % "http_date", 1795149000),
    ],
)
def test_a33_a_value_of_another_type_is_rejected_by_path_and_by_query(
    tmp_path: Path, property_: str, value: Any
) -> None:
    by_path = rejection(reader_with(tmp_path, property_), json.dumps({"id": 1, "x": value}))
    by_query = rejection(reader_with(tmp_path, property_, picks={"x": "l[0]"}), json.dumps({"id": 1, "l": [value]}))

    assert by_path == by_query
    assert by_path[0] in ("type", "constraint", "time")
    assert by_path[1] == "x"


def test_a33_an_id_that_turned_into_text_is_rejected_and_its_key_is_still_known(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, MONEY)

    assert rejection(reader, '{"id":"7"}') == ("type", "id")
    assert reader.key_in(b'{"id":"7"}') == '["7"]'


# --- S4, S5: NUL characters; null, missing and empty ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "ok"),
    [
        (rb'{"id":1,"x":"a\u0000b"}', False),
        (rb'{"id":1,"other":"a\u0000b"}', False),
        (rb'{"id":1,"a\u0000b":1}', False),
        (rb'{"id":1,"x":"\\\u0000"}', False),
        (b'{"id":1,"x":"a\x00b"}', False),
        (rb'{"id":1,"x":"C:\\u0000"}', True),
        (rb'{"id":1,"x":"u0000"}', True),
    ],
)
def test_s4_a_nul_character_rejects_the_record_and_what_only_looks_like_one_does_not(
    tmp_path: Path, raw: bytes, ok: bool
) -> None:
    reader = reader_with(tmp_path, "{name: x, logicalType: string}")

    if ok:
        assert reader.read(raw).values[0] == 1
    else:
        assert rejection(reader, raw)[0] in ("nul_character", "not_json")


def test_s5_null_missing_and_empty_are_kept_apart(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, "{name: note, logicalType: string}\n{name: lines, logicalType: array}")

    assert reader.read(b'{"id":1,"note":"","lines":[]}').values == (1, "", "[]")
    assert reader.read(b'{"id":1,"note":null,"lines":null}').values == (1, None, None)
    assert reader.read(b'{"id":1}').values == (1, None, None)


@pytest.mark.parametrize("type_", ["string", "integer", "number", "boolean", "date", "array", "object"])
def test_s5_a_required_field_is_neither_null_nor_missing(tmp_path: Path, type_: str) -> None:
    property_ = f"{{name: x, logicalType: {type_}, required: true}}"

    for reader, null, missing in (
        (reader_with(tmp_path, property_), '{"id":1,"x":null}', '{"id":1}'),
        (reader_with(tmp_path, property_, picks={"x": "l[0]"}), '{"id":1,"l":[null]}', '{"id":1,"l":[]}'),
    ):
        assert rejection(reader, null) == ("missing", "x")
        assert rejection(reader, missing) == ("missing", "x")


def test_s5_a_required_text_may_be_empty_unless_the_contract_says_more(tmp_path: Path) -> None:
    may = reader_with(tmp_path, "{name: x, logicalType: string, required: true}")
    must = reader_with(tmp_path, "{name: x, logicalType: string, required: true, logicalTypeOptions: {minLength: 1}}")

    assert value_of(may, 1, x="") == ""
    assert rejection(must, '{"id":1,"x":""}') == ("constraint", "x")


# --- M1, M3, M4: money ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ('"0.10"', "0.10"),
        ("0.10", "0.10"),
        ("0.3", "0.3"),
        ('"1e2"', "1E+2"),
        ("9999999999.99", "9999999999.99"),
        ("-9999999999.99", "-9999999999.99"),
        ('"12.300"', "12.300"),
        ("0", "0"),
        ('"-0.00"', "-0.00"),
    ],
)
def test_m1_money_is_read_digit_by_digit_never_through_a_float(tmp_path: Path, raw: str, value: str) -> None:
    reader = reader_with(tmp_path, MONEY)

    assert reader.read(f'{{"id":1,"amount":{raw}}}'.encode()).values[1] == Decimal(value)


@settings(deadline=None)  # the machine may be busy
@given(cents=st.integers(min_value=-(10**12) + 1, max_value=10**12 - 1), as_text=st.booleans())
def test_m1_every_amount_of_cents_is_read_exactly(money: RecordReader, cents: int, as_text: bool) -> None:
    written = f"{'-' if cents < 0 else ''}{abs(cents) // 100}.{abs(cents) % 100:02d}"

    value = money.read(f'{{"id":1,"amount":{json.dumps(written) if as_text else written}}}'.encode()).values[1]

    assert value * 100 == cents
    assert isinstance(value, Decimal)


def test_m1_more_decimals_than_the_contract_has_are_refused_not_rounded(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, MONEY)

    assert rejection(reader, '{"id":1,"amount":"2.675"}') == ("scale", "amount")
    assert rejection(reader, '{"id":1,"amount":0.30000000000000004}') == ("scale", "amount")
    assert value_of(reader, 1, amount="2.6700") == Decimal("2.67"), "zeros are not decimals"


@pytest.mark.parametrize(
    "record", ['{"id":1}', '{"id":1,"currency":null}', '{"id":1,"currency":""}', '{"id":1,"currency":"JPY"}']
)
def test_m3_money_without_its_currency_or_in_another_is_rejected(tmp_path: Path, record: str) -> None:
    reason, field = rejection(reader_with(tmp_path, CURRENCY), record)

    assert field == "currency"
    assert reason in ("missing", "value_set")


@pytest.mark.parametrize("amount", ["10000000000", "-10000000000.00", '"10000000000.00"', "1e10", '"1e300"'])
def test_m4_more_digits_than_the_column_has_are_rejected(tmp_path: Path, amount: str) -> None:
    assert rejection(reader_with(tmp_path, MONEY), f'{{"id":1,"amount":{amount}}}') == ("overflow", "amount")


def test_m4_an_amount_without_declared_size_is_limited_too(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, "{name: amount, logicalType: number}")

    assert value_of(reader, 1, amount="1e99") == Decimal("1e99")
    assert rejection(reader, '{"id":1,"amount":1e100}') == ("overflow", "amount")
    assert rejection(reader, '{"id":1,"amount":1e-101}') == ("scale", "amount")


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [
        ("minimum: 0", "0.00", "-0.01"),
        ("exclusiveMinimum: 0", "0.01", "0.00"),
        ("maximum: 5.5", "5.50", "5.51"),
        ("exclusiveMaximum: 5.5", "5.49", "5.50"),
    ],
)
def test_limits_hold_to_the_cent(tmp_path: Path, limit: str, good: str, bad: str) -> None:
    """Fault M5."""
    reader = reader_with(tmp_path, MONEY[:-1] + f", logicalTypeOptions: {{{limit}}}}}")

    assert value_of(reader, 1, amount=good) == Decimal(good)
    assert rejection(reader, f'{{"id":1,"amount":{bad}}}') == ("range", "amount")
    assert rejection(reader, f'{{"id":1,"amount":"{bad}0"}}') == ("range", "amount"), "however it is written"


@pytest.mark.parametrize(
    ("limit", "good", "bad"),
    [("minimum: 1", 1, 0), ("exclusiveMinimum: 0", 1, 0), ("maximum: 9", 9, 10), ("exclusiveMaximum: 9.5", 9, 10)],
)
def test_limits_of_whole_numbers_hold(tmp_path: Path, limit: str, good: int, bad: int) -> None:
    reader = reader_with(tmp_path, f"{{name: x, logicalType: integer, logicalTypeOptions: {{{limit}}}}}")

    assert value_of(reader, 1, x=good) == good
    assert rejection(reader, f'{{"id":1,"x":{bad}}}') == ("range", "x")


# --- time in records, texts, keys -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time_format", "value"),
    [
        ("offset", "2026-11-20T10:00:00"),
        ("naive_local", "2026-11-20T10:00:00Z"),
        ("naive_utc", "2026-11-20T10:00:00+05:30"),
        ("epoch_seconds", 1795149000123),
        ("epoch_milliseconds", 1795149000),
        ("offset", "0001-01-01T00:00:00Z"),
        ("offset", "9999-12-31T23:59:59-12:00"),
        ("offset", "10000-01-01T00:00:00Z"),
        ("offset", "infinity"),
        ("http_date", "soon"),
        ("naive_local", "0001-01-01T00:00:00"),
    ],
)
def test_t4_t6_a_moment_that_cannot_be_meant_rejects_the_record(tmp_path: Path, time_format: str, value: Any) -> None:
    reader = reader_with(tmp_path, WHEN % time_format)

    assert rejection(reader, json.dumps({"id": 1, "at": value})) == ("time", "at")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "10000-01-01", "2026-02-29", "infinity"])
def test_t6_a_date_that_cannot_be_meant_rejects_the_record(tmp_path: Path, day: str) -> None:
    assert rejection(reader_with(tmp_path, "{name: x, logicalType: date}"), json.dumps({"id": 1, "x": day})) == (
        "time",
        "x",
    )


def test_a_date_of_birth_is_a_date(tmp_path: Path) -> None:
    assert value_of(reader_with(tmp_path, "{name: x, logicalType: date}"), 1, x="1948-02-04") == date(1948, 2, 4)


def test_a_record_without_any_version_is_rejected(tmp_path: Path) -> None:
    reader = reader_with(tmp_path, WHEN % "epoch_seconds", version="{kind: coarse, fields: [at]}")

    assert rejection(reader, '{"id":1,"at":null}') == ("version_missing", "at")


def test_an_integer_may_be_the_version_itself(tmp_path: Path) -> None:
    reader = reader_with(
        tmp_path, "{name: revision, logicalType: integer}", version="{kind: strict, fields: [revision]}"
    )

    assert reader.read(b'{"id":1,"revision":42}').source_version == 42


def test_a_megabyte_of_text_is_too_much_unless_allowed(tmp_path: Path) -> None:
    """Fault S2."""
    usual = reader_with(tmp_path, "{name: x, logicalType: string}")
    allowed = reader_with(tmp_path, "{name: x, logicalType: string, logicalTypeOptions: {maxLength: 2000000}}")
    text = "x" * 1_000_001

    assert rejection(usual, json.dumps({"id": 1, "x": text})) == ("constraint", "x")
    assert value_of(allowed, 1, x=text) == text


@pytest.mark.parametrize(
    ("raw", "key"),
    [
        (b'{"id":7,"branch":"S0330","total":"x"}', '["S0330",7]'),
        (b'{"id":7,"branch":null}', None),
        (b'{"id":7}', None),
        (b"{", None),
        (b"[]", None),
        (b'{"id":7,"branch":"S\xff"}', None),
    ],
)
def test_the_key_of_a_broken_record_is_known_where_it_can_be_read(
    orders: RecordReader, raw: bytes, key: str | None
) -> None:
    assert orders.key_in(raw) == key


def test_the_key_of_a_broken_record_is_that_of_the_good_one(orders: RecordReader) -> None:
    good = json.dumps(ORDER).encode()

    assert orders.key_in(good) == orders.key_of(orders.read(good))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["NaN", "2026-11-20", "12.30"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None)  # the machine may be busy
@given(record=st.fixed_dictionaries({}, optional=dict.fromkeys(ORDER, json_values)))
def test_whatever_json_comes_is_read_or_rejected_and_nothing_else(
    queried: RecordReader, record: dict[str, Any]
) -> None:
    for document in (record, ORDER | record):
        with contextlib.suppress(RecordRejected):
            queried.read(json.dumps(document).encode("utf-8", "surrogatepass"))


@settings(deadline=None)  # the machine may be busy
@given(raw=st.binary(max_size=200))
def test_whatever_bytes_come_are_read_or_rejected_and_nothing_else(queried: RecordReader, raw: bytes) -> None:
    with pytest.raises(RecordRejected):
        queried.read(raw)
