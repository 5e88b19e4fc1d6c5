"""Rows as COPY text: the same content gives the same text and hash, whichever release of a library writes it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any

import pytest

from sync_platform.contracts.contract import FieldType
from sync_platform.landing.row import RowWriter
from sync_platform_tests.landing.odd import contract, field

FIELDS = (
    field("word", FieldType.TEXT),
    field("count", FieldType.INTEGER),
    field("price", FieldType.DECIMAL, scale=2),
    field("weight", FieldType.DECIMAL),
    field("open", FieldType.BOOLEAN),
    field("day", FieldType.DATE),
    field("at", FieldType.TIMESTAMP),
    field("extra", FieldType.JSON),
)
GOOD: list[Any] = [
    "tab\there",
    7,
    Decimal("1.50"),
    Decimal("0.250"),
    True,
    date(2026, 11, 20),
    datetime(2026, 11, 20, 4, 30, 0, 5000, tzinfo=UTC),
    '{"a": 1}',
]


def hashes(*rows: list[Any]) -> list[str]:
    columns = list(zip(*rows, strict=True))
    return [one.hex() for one in RowWriter(contract(*FIELDS)).content_hashes(columns)]


def test_the_hash_of_landed_content_stays_what_it_is() -> None:
    """Another text would make every landed record of a strict version look like a conflict."""
    text = r"""tab\there	7	1.50	0.25	t	2026-11-20	2026-11-20T04:30:00.005000Z	{"a":1}"""
    assert hashes(GOOD) == [blake2b(text.encode(), digest_size=16).hexdigest()]


@pytest.mark.parametrize("beside", [GOOD, [None] * len(FIELDS)], ids=["alike", "nothing"])
def test_a_record_hashes_alike_whatever_stands_beside_it(beside: list[Any]) -> None:
    assert hashes(GOOD, beside)[0] == hashes(GOOD)[0]


@pytest.mark.parametrize("price", [Decimal("1.5"), Decimal("15E-1"), "1.50"])
def test_equal_numbers_hash_alike_however_they_were_written(price: Any) -> None:
    written = [*GOOD[:2], price, *GOOD[3:]]
    assert hashes(written) == hashes(GOOD)
    assert hashes(written, [None] * len(FIELDS))[0] == hashes(GOOD)[0]


def test_zero_has_no_sign() -> None:
    zeros = [[*GOOD[:2], Decimal(zero), *GOOD[3:]] for zero in ("0.00", "-0.00", "-0", "0E+2")]
    assert len(set(hashes(*zeros))) == 1
