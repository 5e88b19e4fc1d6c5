"""CSV that a spreadsheet cannot mistake for a program, and files that are replaced whole or not at all."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync_platform.freshness.table_file import replacing, safe_cell, write_csv

COLOMBO = ZoneInfo("Asia/Colombo")


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("=HYPERLINK(A1)", "'=HYPERLINK(A1)"),
        ("+1", "'+1"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("\n=1", "'\n=1"),
        ("  =1", "'  =1"),
        ("＝1", "'＝1"),  # noqa: RUF001
        ("S0330", "S0330"),
        ("a=b", "a=b"),
        ("", ""),
        (-5, -5),
        (Decimal("-5.50"), Decimal("-5.50")),
        (None, None),
        (date(2026, 11, 20), date(2026, 11, 20)),
        (datetime(2026, 11, 20, 20, 0, tzinfo=UTC), "2026-11-21T01:30:00+05:30"),
    ],
)
def test_text_that_would_run_is_neutralised_and_numbers_stay_numbers(value: Any, written: Any) -> None:
    """Fault C7."""
    assert safe_cell(value, COLOMBO) == written
    assert type(safe_cell(value, COLOMBO)) is type(written)


@given(st.text())
def test_no_text_begins_like_a_formula(text: str) -> None:
    written = safe_cell(text, UTC)

    assert isinstance(written, str)
    assert not written.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
    assert written in (text, f"'{text}")


def test_separators_quotes_and_line_ends_stay_inside_their_cell(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    hostile = 'a,"b"\r\n=1;c'

    written = write_csv(file, columns=("=name", "units"), rows=[(hostile, Decimal("-2.5"))], zone=UTC)

    assert written == 1
    with file.open(encoding="utf-8", newline="") as stream:
        assert list(csv.reader(stream)) == [["'=name", "units"], [hostile, "-2.5"]]


def test_a_failure_in_the_middle_leaves_the_old_file_and_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    file.write_text("old")

    def rows() -> Any:
        yield ("one",)
        raise RuntimeError("the database went away")

    with pytest.raises(RuntimeError, match="went away"):
        write_csv(file, columns=("name",), rows=rows(), zone=UTC)

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_the_old_file_is_served_until_the_new_one_is_whole(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text("old")

    with replacing(file) as stream:
        stream.write("new, half of it")
        stream.flush()
        during = file.read_text()

    assert (during, file.read_text()) == ("old", "new, half of it")
