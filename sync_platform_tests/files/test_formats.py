"""Every format becomes the same records: plain decimals, ISO dates, missing for empty, the line where it stood."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.file_format import Csv
from sync_platform.declarations.file_name import FileNamePattern
from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import FileRefused
from sync_platform.partners.files.cell import number_reader
from sync_platform.partners.files.control import Control
from sync_platform.partners.files.reading import read_records

TYPES = {"id": FieldType.TEXT, "amount": FieldType.DECIMAL, "pieces": FieldType.INTEGER, "day": FieldType.DATE}
ROWS = [
    {"id": "A", "amount": "1234.50", "pieces": 3, "day": "2026-11-20"},
    {"id": "B", "amount": "-0.05", "pieces": None, "day": "2026-11-20"},
]


def declared(**format_: Any) -> FileDeclaration:
    return FileDeclaration.model_validate(
        {"contract": "c.yaml", "folder_env": "DROP", "name": "x_{day:%Y%m%d}.bin", "format": format_}
    )


def records(path: Path, **format_: Any) -> list[dict[str, Any]]:
    found = read_records(path, declared(**format_), types=TYPES, control=Control())
    return [json.loads(record.raw) for record in found]


def test_csv_with_a_decimal_comma(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("id;amount;pieces;day\nA;1.234,50;3;20.11.2026\nB;0,05-;;20.11.2026\n")
    marks = {"delimiter": ";", "decimal_mark": ",", "thousands_mark": "."}

    assert records(file, kind="csv", columns=list(TYPES), dates={"day": "%d.%m.%Y"}, **marks) == ROWS


def test_fixed_width(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_bytes(b"A   1234,50  320261120\r\nB     -0,05   20261120\r\n")
    columns = {"id": "1", "amount": "2-11", "pieces": "12-14", "day": "15-22"}
    width = {"line_length": 22, "decimal_mark": ",", "dates": {"day": "%Y%m%d"}}

    assert records(file, kind="fixed_width", columns=columns, **width) == ROWS


def test_json_lines_are_taken_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "x"
    file.write_text("\ufeff" + "".join(json.dumps(row) + "\n\n" for row in ROWS))

    found = list(read_records(file, declared(kind="json_lines"), types=TYPES, control=Control()))

    assert [json.loads(record.raw) for record in found] == ROWS
    assert [record.line for record in found] == [1, 3]


def test_parquet_keeps_its_decimals(tmp_path: Path) -> None:
    columns = {"id": ["A", "B"], "amount": [Decimal("1234.50"), Decimal("-0.05")], "pieces": [3, None]}
    parquet.write_table(pa.table(columns | {"day": [date(2026, 11, 20)] * 2}), tmp_path / "x")

    assert records(tmp_path / "x", kind="parquet") == ROWS


def test_xlsx_numbers_come_by_their_shortest_digits(tmp_path: Path) -> None:
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    sheet.append(list(TYPES))
    sheet.append(["A", 1234.5, 3.0, datetime(2026, 11, 20)])  # noqa: DTZ001 - as a sheet has it
    sheet.append(["B", -0.05, None, date(2026, 11, 20)])
    workbook.save(tmp_path / "x")

    found = records(tmp_path / "x", kind="xlsx", columns=list(TYPES))

    assert found == [ROWS[0] | {"amount": "1234.5"}, ROWS[1]]


STATEMENT = """:20:STATEMENT
:25:10010010/1111111111
:28C:00001/001
:60F:C261119LKR1000,00
:61:2611201120D35,00NCHGpo_1//B1
:86:Fee
:61:2611201120C848,13NTRFpo_1//B2
:86:Card payments
:61:2611201120RC8,13NTRFpo_1//B3
:86:Taken back
:62F:C261120LKR1805,00
-
"""


def test_an_mt940_statement_is_entries_and_a_day(tmp_path: Path) -> None:
    (tmp_path / "x").write_text(STATEMENT)
    control = Control()

    found = [
        json.loads(one.raw) for one in read_records(tmp_path / "x", declared(kind="mt940"), types={}, control=control)
    ]

    assert [(one["entry_no"], one["kind"], one["amount"], one["bank_reference"]) for one in found] == [
        (1, "NCHG", "-35.00", "B1"),
        (2, "NTRF", "848.13", "B2"),
        (3, "NTRF", "-8.13", "B3"),
    ]
    assert {one["customer_reference"] for one in found} == {"po_1"}
    assert {one["currency"] for one in found} == {"LKR"}
    assert (control.day, control.records) == (date(2026, 11, 20), 3)


@pytest.mark.parametrize(
    ("change", "to", "reason"),
    [
        ("848,13", "848,14", "total"),
        (":62F:C261120LKR1805,00\n-\n", "", "truncated"),
        ("-\n", STATEMENT, "format"),
        ("D35,00", "D3X,00", "total"),
        (":60F:", ":99F:", "format"),
    ],
)
def test_an_mt940_statement_that_cannot_be_right_is_refused(tmp_path: Path, change: str, to: str, reason: str) -> None:
    """Fault C3."""
    (tmp_path / "x").write_text(STATEMENT.replace(change, to))

    with pytest.raises(FileRefused) as refused:
        records(tmp_path / "x", kind="mt940")

    assert refused.value.reason == reason


@pytest.mark.parametrize("kind", ["parquet", "xlsx"])
def test_a_cut_table_file_is_refused(tmp_path: Path, kind: str) -> None:
    """Fault C3."""
    (tmp_path / "x").write_bytes(b"PAR1" + b"\0" * 100)

    with pytest.raises(FileRefused, match="no whole"):
        records(tmp_path / "x", kind=kind, **({"columns": ["id"]} if kind == "xlsx" else {}))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1.234.567,89", "1234567.89"),
        ("12,50-", "-12.50"),
        ("+7", "7"),
        ("007,10", "7.10"),
        ("1.5", None),
        ("1,234.50", None),
        ("1.23,4", None),
        ("--1", None),
        ("-1-", None),
        ("1e5", None),
        ("١٢", None),
        ("NaN", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_declared_or_not_at_all(text: str, plain: str | None) -> None:
    """Fault M1."""
    read = number_reader(Csv(kind="csv", columns=("a",), decimal_mark=",", thousands_mark="."))

    assert read(text) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**12), max_value=10**12))
def test_every_amount_comes_back_as_it_was_written(amount: Decimal) -> None:
    """Fault M1: never through a float."""
    read = number_reader(Csv(kind="csv", columns=("a",), decimal_mark=",", thousands_mark="."))
    written = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))

    assert Decimal(read(written) or "x") == amount


@pytest.mark.parametrize(
    ("pattern", "name", "day"),
    [
        ("a_{day:%Y%m%d}.csv", "a_20261120.csv", date(2026, 11, 20)),
        ("a_{day:%d.%m.%y}_v{version}.csv", "a_20.11.26_v3.csv", date(2026, 11, 20)),
        ("a_{day:%Y%j}.csv", "a_2026324.csv", date(2026, 11, 20)),
        ("a_{day:%Y%m%d}.csv", "a_20261320.csv", None),
        ("a_{day:%Y%m%d}.csv", "a_20261120.csv.part", None),
        ("a_{day:%Y%m%d}.csv", "a_20261120xcsv", None),
    ],
)
def test_a_name_tells_its_day(pattern: str, name: str, day: date | None) -> None:
    found = FileNamePattern(pattern)

    assert (found.day(name) if found.read(name) is not None else None) == day


@pytest.mark.parametrize("pattern", ["", "../x", "a/b", ".hidden", "{day}", "{day:%Q}", "{a}{a}"])
def test_a_pattern_that_cannot_be_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        FileNamePattern(pattern)


WRONG = {
    "no day": ({"name": "x.csv"}, "the business day is told nowhere"),
    "a version told nowhere": ({"version": "3"}, "version is told nowhere"),
    "a total of nothing": ({"total_of": "amount"}, "belong together"),
    "a date that is no column": (
        {"format": {"kind": "csv", "columns": ["id"], "dates": {"day": "%Y"}}},
        "which is no column",
    ),
    "one mark for both": (
        {"format": {"kind": "csv", "columns": ["id"], "decimal_mark": ",", "thousands_mark": ","}},
        "the same character",
    ),
    "a column behind the line": (
        {"format": {"kind": "fixed_width", "columns": {"id": "3-9"}, "line_length": 8}},
        "behind the line's 8",
    ),
    "an encoding nobody knows": ({"format": {"kind": "csv", "columns": ["id"], "encoding": "utf-9"}}, "no encoding"),
    "two places of a digest": ({"checksum": {"sidecar": ".md5", "manifest": "all.md5"}}, "give sidecar"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_declaration_that_cannot_work_is_refused(case: str) -> None:
    changes, words = WRONG[case]
    good = declared(kind="csv", columns=["id", "amount"]).model_dump(mode="json", exclude_none=True)

    with pytest.raises(ValueError, match=words):
        FileDeclaration.model_validate(good | changes)
