"""A row on its way into a stage, and how it is written as PostgreSQL COPY text."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from hashlib import blake2b
from typing import Any
from uuid import UUID

import msgspec

from sync_platform.contracts.contract import Contract, Field, FieldType

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\b": "\\b", "\f": "\\f", "\v": "\\v"})
NULL = "\\N"


@dataclass(frozen=True, slots=True)
class StagedRow:
    """One record version. `values` follow the contract's fields; moments are UTC; `observed_at`: partner's clock."""

    values: tuple[Any, ...]
    business_day: date
    source_version: int | None
    observed_at: datetime
    as_of: datetime
    exchange_id: UUID | None


class RowWriter:
    """Writes rows of one contract as COPY text lines; decided once per contract, run per row."""

    def __init__(self, contract: Contract) -> None:
        self._encoders = [_encoder(field) for field in contract.fields]

    def content(self, values: Sequence[Any]) -> str:
        """The contract's fields as COPY text: equal content gives equal text."""
        return "\t".join(
            [NULL if value is None else encode(value) for encode, value in zip(self._encoders, values, strict=True)]
        )

    def content_hash(self, values: Sequence[Any]) -> bytes:
        """16 bytes that are equal exactly when the content is."""
        return _hash(self.content(values))

    def line(self, row: StagedRow) -> str:
        """The row as one COPY line, its content hash included."""
        content = self.content(row.values)
        version = NULL if row.source_version is None else str(row.source_version)
        exchange = NULL if row.exchange_id is None else str(row.exchange_id)
        return (
            f"{content}\t{row.business_day}\t{version}\t\\\\x{_hash(content).hex()}"
            f"\t{row.observed_at.isoformat()}\t{row.as_of.isoformat()}\t{exchange}\n"
        )


def _hash(content: str) -> bytes:
    return blake2b(content.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _text(value: str) -> str:
    return value.translate(_ESCAPES)


def _encoder(field: Field) -> Callable[[Any], str]:
    if field.type is FieldType.DECIMAL:
        return _plain_decimal if field.scale is None else _scaled_decimal(field.scale)
    return _ENCODERS[field.type]


def _scaled_decimal(scale: int) -> Callable[[Decimal], str]:
    """1.5, 1.50 and 15E-1 are one number, so they are written as one text; most come written with all decimals."""
    point, whole = slice(-scale - 1, -scale or None), f".{scale}f"

    def encode(value: Decimal) -> str:
        text = str(value)
        if text[point] == "." and (text[0] != "-" or value):
            return text
        return format(value or abs(value), whole)

    return encode


def _plain_decimal(value: Decimal) -> str:
    text = format(value or abs(value), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _json(value: str) -> str:
    """Blanks between the tokens are no content."""
    return _text(msgspec.json.format(value, indent=-1))


def _moment(value: datetime) -> str:
    return value.isoformat()


def _boolean(value: bool) -> str:
    return "t" if value else "f"


_ENCODERS: dict[FieldType, Callable[[Any], str]] = {
    FieldType.TEXT: _text,
    FieldType.INTEGER: str,
    FieldType.BOOLEAN: _boolean,
    FieldType.DATE: date.isoformat,
    FieldType.TIMESTAMP: _moment,
    FieldType.JSON: _json,
}
