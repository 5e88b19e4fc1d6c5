"""Records read by the hundreds come out as they do one by one, good and bad ones side by side."""

from __future__ import annotations

import gc
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sync_platform.contracts.contract import Contract, FieldType
from sync_platform.contracts.record import RecordReader
from sync_platform.contracts.record_batch import BatchReader, RecordBatch
from sync_platform.errors import RecordRejected
from sync_platform_tests.contracts.given import COLOMBO, VALID, contract_of

# The valid contract's order, with a nested field and one of each kind that `VALID` lacks.
MORE = """\
      - {name: weight, logicalType: number}
      - {name: size, logicalType: integer, logicalTypeOptions: {minimum: 1, exclusiveMaximum: 10}}
      - {name: born, logicalType: date}
      - {name: seen, logicalType: timestamp, customProperties: [{property: timeFormat, value: naive_local}]}
      - {name: sent, logicalType: timestamp, customProperties: [{property: timeFormat, value: epoch_milliseconds}]}
      - {name: open, logicalType: boolean}
      - {name: cash, logicalType: number, customProperties: [{property: scale, value: 2}]}
      - name: part
        logicalType: number
        logicalTypeOptions: {minimum: -1, maximum: 12.30}
        customProperties: [{property: precision, value: 6}, {property: scale, value: 2}]
"""
NESTED = {"email": "customer.mail.address", "size": "customer.size"}


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contract_of(tmp_path_factory.mktemp("batch"), VALID + MORE)


def readers(contract: Contract, picks: dict[str, str]) -> tuple[RecordReader, BatchReader]:
    reader = RecordReader(contract, picks=picks, calendar=COLOMBO)
    return reader, BatchReader(contract, picks=picks, calendar=COLOMBO, reader=reader)


def one_by_one(reader: RecordReader, raws: list[bytes]) -> list[Any]:
    told: list[Any] = []
    for raw in raws:
        try:
            record = reader.read(raw)
            told.append((record.values, record.source_version, record.business_day, record.as_of))
        except RecordRejected as error:
            told.append((error.reason, error.field, error.message))
    return told


def together(batch: RecordBatch, contract: Contract) -> list[Any]:
    told: dict[int, Any] = {at: (error.reason, error.field, error.message) for at, error in batch.rejected}
    for index, position in enumerate(batch.positions):
        values = tuple(
            value_of(field.type, column[index]) for field, column in zip(contract.fields, batch.columns, strict=True)
        )
        told[position] = (values, batch.versions[index], batch.days[index], batch.as_of[index])
    return [told[position] for position in sorted(told)]


def value_of(type_: FieldType, value: Any) -> Any:
    """A decimal may come as the text that it is written as."""
    if type_ is not FieldType.DECIMAL or not isinstance(value, str):
        return value
    number = Decimal(value)
    assert value == format(number, "f")
    assert number or not value.startswith("-")
    return number


TEXTS = st.sampled_from(["S1", "S0330", "LKR", "USD", "", "x\ty", "\\N", "é", "\u0000", "😀"])
NUMBERS = st.one_of(
    st.integers(-3, 20),
    st.sampled_from(
        [
            2**63,
            10**12,
            1.005,
            0.1,
            -0.0,
            "12.30",
            "-0.00",
            "-12.30",
            "0.05",
            "-0.01",
            "00.10",
            "1e2",
            "NaN",
            "999999",
            "1000000.00",
            True,
        ]
    ),
)
MOMENTS = st.sampled_from(
    ["2026-11-21T00:10:00+05:30", "2026-11-21T00:10:00", "0001-01-01T00:00:00Z", 1763683200, 1763683200123, 0, "now"]
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": NUMBERS,
    "branch": TEXTS,
    "total": NUMBERS,
    "currency": TEXTS,
    "placed_at": MOMENTS,
    "updated_at": MOMENTS,
    "lines": st.sampled_from([[], [1.50], {}, "no"]),
    "weight": NUMBERS,
    "born": st.sampled_from(["2024-02-29", "2023-02-29", "1799-12-31", "2200-01-01"]),
    "seen": MOMENTS,
    "sent": MOMENTS,
    "open": st.sampled_from([True, False, 1]),
    "cash": NUMBERS,
    "part": NUMBERS,
    "customer": st.sampled_from(
        [{"mail": {"address": "a@b"}, "size": 9}, {"mail": None, "size": 10}, {"size": 0}, {"mail": {}}, "nobody"]
    ),
}
GOOD = {
    "id": 7,
    "branch": "S0330",
    "total": "12.30",
    "currency": "LKR",
    "placed_at": "2026-11-21T00:10:00+05:30",
    "lines": [{"sku": "1", "price": 0.10}],
}


@st.composite
def records(draw: st.DrawFn) -> bytes:
    """A good record with up to three fields made null, absent or strange."""
    record: dict[str, Any] = {**GOOD, "id": draw(st.integers(1, 9))}
    for name in draw(st.lists(st.sampled_from(sorted(VALUES)), max_size=3)):
        record[name] = draw(st.one_of(st.none(), VALUES[name]))
    for name in draw(st.lists(st.sampled_from(sorted(GOOD)), max_size=1)):
        if draw(st.booleans()):
            record.pop(name, None)
    return json.dumps(record).encode()


@pytest.mark.parametrize("picks", [{}, NESTED, {**NESTED, "weight": "customer.size || weight"}], ids=len)
@given(raws=st.lists(records(), max_size=12))
@example(raws=[])
@example(raws=[json.dumps({**GOOD, "total": "NaN"}).encode(), json.dumps(GOOD).encode()])
def test_a_batch_reads_as_its_records_do(contract: Contract, picks: dict[str, str], raws: list[bytes]) -> None:
    reader, batch_reader = readers(contract, picks)
    assert together(batch_reader.read(raws), contract) == one_by_one(reader, raws)


def test_what_is_refused_later_leaves_the_batch_in_order(contract: Contract) -> None:
    _, batch_reader = readers(contract, {})
    raws = [json.dumps({**GOOD, "id": number}).encode() for number in ("no", 1, 2, 3)]
    refused = RecordRejected("wrong_day", "placed_at", "another day")
    batch = batch_reader.read(raws).without({1: refused})
    assert (list(batch.positions), batch.columns[0]) == ([1, 3], [1, 3])
    assert [(position, error.reason) for position, error in batch.rejected] == [(0, "type"), (2, "wrong_day")]


@pytest.mark.parametrize("raw", [b"", b"{", b'{"id": 1}, {"id": 2}', b"[]", b"null", b'{"a": "\\ud800"}', b"\xff"])
def test_what_is_no_record_disturbs_no_other(contract: Contract, raw: bytes) -> None:
    reader, batch_reader = readers(contract, {})
    raws = [json.dumps(GOOD).encode(), raw, json.dumps({**GOOD, "id": 8}).encode()]
    assert together(batch_reader.read(raws), contract) == one_by_one(reader, raws)


def test_a_rejected_record_keeps_no_page_alive(contract: Contract) -> None:
    """Through its error's traceback it did: in a long load 50 MB waited for the collector of cycles."""
    _, reader = readers(contract, {})
    raws = [json.dumps(GOOD).encode(), b"{", json.dumps({**GOOD, "id": None}).encode()]
    reader.read(raws)
    gc.collect()
    gc.disable()
    try:
        batch = reader.read(raws)
        assert len(batch.rejected) == 2
        del batch
        assert gc.collect() == 0
    finally:
        gc.enable()
