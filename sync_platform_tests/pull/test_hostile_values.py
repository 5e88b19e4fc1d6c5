"""Whatever a partner writes into a field lands equal, or becomes a dead letter that says why; it stops no load."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY, Till

MEGABYTE = 1_000_000
TEXTS = (
    "",
    "NULL",
    "\\N",
    "\\.",
    "tab\tline\nreturn\rback\\slash",
    "vertical\v form\f bell\a delete\x7f",
    "'; drop table sync.load; --",
    '"quoted"',
    "😀 👨\u200d👩\u200d👧 e\u0301 \u202e",
    "\ufeff\uffff",
    "x" * MEGABYTE,
    "%s %(x)s {x} $1 :x",
)


def pull(hub: Hub, till: Till, *records: str | bytes) -> Any:
    """One whole day of records written as they are."""
    texts = [record if isinstance(record, bytes) else record.encode() for record in records]
    till.fails(body=b'{"oddities": [%b], "total": %d}' % (b", ".join(texts), len(texts)), times=1, path="/oddities")
    return hub.pull_day("oddities")


def written(number: int, field: str, value: str) -> str:
    """A record with one odd field, its value as JSON text."""
    place = f'"nested": [{{"value": {value}}}]' if field == "picked" else f'"{field}": {value}'
    return f'{{"id": "R{number}", "day": "{TODAY}", {place}}}'


def landed(hub: Hub, field: str) -> list[Any]:
    return [row[field] for row in hub.rows("oddities")]


def reasons(hub: Hub) -> list[tuple[str, str]]:
    rows = hub.query("select reason, field from sync.dead_letter order by dead_letter_id")
    return [(row["reason"], row["field"]) for row in rows]


@pytest.mark.parametrize("field", ["words", "picked"])
def test_any_text_comes_back_equal(hub: Hub, till: Till, field: str) -> None:
    till.recovers()
    load = pull(hub, till, *(written(number, field, json.dumps(text)) for number, text in enumerate(TEXTS, start=10)))
    assert (load.outcome, landed(hub, field)) == ("published", list(TEXTS))


GOOD: dict[str, list[tuple[str, Any]]] = {
    "whole": [("0", 0), ("-9223372036854775808", -(2**63)), ("9223372036854775807", 2**63 - 1)],
    "amount": [
        ("0.1", Decimal("0.1")),
        ('"0.10"', Decimal("0.10")),
        ("1e3", Decimal(1000)),
        ("-0", Decimal(0)),
        ("12345678901234567890.123456789", Decimal("12345678901234567890.123456789")),
        (f'"{"9" * 100}"', Decimal("9" * 100)),
    ],
    "price": [("9999999999.99", Decimal("9999999999.99")), ("1.5", Decimal("1.50")), ('"1.500"', Decimal("1.5"))],
    "flag": [("true", True), ("false", False)],
    "date": [('"2024-02-29"', date(2024, 2, 29)), ('"1800-01-01"', date(1800, 1, 1))],
    "moment": [
        ('"2026-11-20T17:30:00.123456+05:30"', datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)),
        ('"2026-12-31T23:59:59Z"', datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
    "extra": [('{"a": [1, 2.50, null, {"b": "\\u00e9"}]}', {"a": [1, 2.5, None, {"b": "é"}]}), ("{}", {})],
}


@pytest.mark.parametrize("field", GOOD)
def test_a_good_value_comes_back_equal(hub: Hub, till: Till, field: str) -> None:
    load = pull(hub, till, *(written(number, field, text) for number, (text, _) in enumerate(GOOD[field], start=10)))
    assert (load.dead_lettered, landed(hub, field)) == (0, [value for _, value in GOOD[field]])


@pytest.mark.parametrize("field", [*GOOD, "words", "picked"])
def test_null_stays_null_and_is_not_empty(hub: Hub, till: Till, field: str) -> None:
    pull(hub, till, written(1, field, "null"), f'{{"id": "R2", "day": "{TODAY}"}}')
    assert landed(hub, field) == [None, None]


BAD: dict[str, list[str]] = {
    "words": ["1", "true", "[]", "{}", '"\\u0000"', f'"{"x" * (MEGABYTE + 1)}"'],
    "picked": ["1", "true", "[]", "{}", '"a\\u0000b"'],
    "whole": ["1.5", '"1"', "9223372036854775808", "1" * 5000, "1e400", "true", '""'],
    "amount": ['"NaN"', '"Infinity"', '"-inf"', '"sNaN"', '""', '"1,5"', "1" + "0" * 101, "true", "1e99999999", "[]"],
    "price": ["1.005", "10000000000", '"1e10"', '"NaN"'],
    "flag": ["0", '"true"', '"t"', "[]"],
    "date": ['"2026-02-30"', '"0000-00-00"', '"9999-12-31"', '"infinity"', "20261120", '"2026-11-20T00:00:00"', '""'],
    "moment": ['"2026-11-20T12:00:00"', '"0001-01-01T00:00:00Z"', '"9999-12-31T23:59:59Z"', "0", '"now"', '"infinity"'],
    "extra": ["[]", '"text"', '{"a": "\\u0000"}', '{"\\u0000": 1}'],
}


@pytest.mark.parametrize(
    ("field", "text"), [(field, text) for field, texts in BAD.items() for text in texts], ids=lambda v: str(v)[:40]
)
def test_a_bad_value_is_a_dead_letter_with_a_reason_beside_its_good_neighbour(
    hub: Hub, till: Till, field: str, text: str
) -> None:
    load = pull(hub, till, written(1, field, text), written(2, field, "null"))
    assert (load.outcome, load.read, load.inserted, load.dead_lettered) == ("published", 2, 1, 1)
    ((reason, _),) = reasons(hub)
    assert reason


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "\\ud800"}',
        '{"a": "\\udc00\\ud800"}',
        '{"\\ud800": 1}',
        '{"a": 1e400000}',
        '{"a": ' + "9" * 200_000 + "}",
    ],
    ids=lambda value: value[:24],
)
def test_json_that_postgresql_cannot_store_stops_no_load(hub: Hub, till: Till, text: str) -> None:
    load = pull(hub, till, written(1, "extra", text), written(2, "extra", '{"a": 1}'))
    assert (load.outcome, load.read) == ("published", 2)
    assert load.inserted + load.dead_lettered == 2
    assert landed(hub, "extra")[-1] == {"a": 1}


@pytest.mark.parametrize("field", ["words", "picked", "unknown_to_the_contract"])
@pytest.mark.parametrize("text", ['"\\ud800"', '"\\udfff a"', '"\\ud83d"'])
def test_half_a_surrogate_pair_stops_no_load(hub: Hub, till: Till, field: str, text: str) -> None:
    load = pull(hub, till, written(1, field, text), written(2, field, '"fine"'))
    assert (load.outcome, load.read, load.inserted + load.dead_lettered) == ("published", 2, 2)


@pytest.mark.parametrize(
    "key", ["x" * 3000, "😀" * 700, "".join(map(chr, range(0x4E00, 0x4E00 + 2000)))], ids=["ascii", "emoji", "chinese"]
)
def test_a_key_longer_than_an_index_can_hold_is_a_dead_letter(hub: Hub, till: Till, key: str) -> None:
    load = pull(hub, till, json.dumps({"id": key, "day": TODAY}), json.dumps({"id": "B", "day": TODAY}))
    assert (load.outcome, load.inserted, reasons(hub)) == ("published", 1, [("key_too_long", "id")])


@pytest.mark.parametrize("key", TEXTS[1:10])
def test_any_text_can_be_a_key(hub: Hub, till: Till, key: str) -> None:
    record = json.dumps({"id": key, "day": TODAY})
    pull(hub, till, record)
    again = pull(hub, till, record)
    assert (again.unchanged, [row["id"] for row in hub.rows("oddities")]) == (1, [key])


@pytest.mark.parametrize(
    "body", [b'{"oddities": [{"id": NaN}]}', b'{"oddities": [{"id": Infinity}]}', b'{"oddities": [{"id": "\xff"}]}']
)
def test_what_is_no_json_at_all_publishes_nothing(hub: Hub, till: Till, body: bytes) -> None:
    till.fails(body=body)
    assert hub.pull_day("oddities").outcome in ("misbehaved", "held")
    assert hub.rows("oddities") == []


surrogates = st.characters(categories=["Cs"])
texts = st.text(st.one_of(st.characters(codec=None), surrogates, st.sampled_from("\0\t\n\\\"'\ufeff😀")), max_size=20)
numbers = st.one_of(st.integers(), st.integers(-(10**120), 10**120), st.floats(allow_nan=False, allow_infinity=False))
scalars = st.one_of(
    st.none(), st.booleans(), texts, numbers, st.dates().map(str), st.datetimes().map(lambda m: m.isoformat() + "Z")
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=5,
)
FIELDS = ("words", "whole", "amount", "price", "flag", "date", "moment", "extra", "picked")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(st.tuples(st.sampled_from(FIELDS), values), min_size=1, max_size=8))
@example(records=[("picked", "\ud800")])
@example(records=[("extra", {"\udc00": 1})])
def test_any_json_value_in_any_field_lands_equal_or_is_a_dead_letter(
    hub: Hub, till: Till, records: list[tuple[str, Any]]
) -> None:
    hub.run("truncate landing.till__oddities, sync.dead_letter, sync.entity_day, sync.load")
    till.recovers()
    load = pull(
        hub, till, *(written(number, field, json.dumps(value)) for number, (field, value) in enumerate(records))
    )
    assert (load.outcome, load.read) == ("published", len(records))
    rows = {row["id"]: row for row in hub.rows("oddities")}
    assert len(rows) + load.dead_lettered == len(records)
    assert all(reason for reason, _ in reasons(hub))
    for number, (field, value) in enumerate(records):
        if f"R{number}" in rows:
            assert equal(rows[f"R{number}"][field], value), (field, value, rows[f"R{number}"][field])


def equal(found: Any, value: Any) -> bool:
    """Whether what landed is what was written, each in its own type."""
    if isinstance(found, Decimal):
        return found == Decimal(str(value))
    if isinstance(found, datetime):
        return isinstance(value, str) and found == datetime.fromisoformat(value)
    if isinstance(found, date):
        return str(found) == value
    if isinstance(found, dict):
        return exactly(found) == exactly(value)
    return bool(found == value) and type(found) is type(value)


def exactly(value: Any) -> Any:
    """With every number as the decimal that is written: a float of 17 digits and its whole number are equal so."""
    return json.loads(json.dumps(value), parse_float=Decimal, parse_int=Decimal)
