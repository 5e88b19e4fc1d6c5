"""A bank's MT940 statement as records, its balances as control total: opening and entries must make the closing one."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from sync_platform.declarations.file_format import Mt940
from sync_platform.errors import FileRefused
from sync_platform.partners.files.control import Control
from sync_platform.partners.files.record import FileRecord, record_of

# What the library raises for lines that are none of the format's.
_UNREADABLE = (ValueError, RuntimeError, LookupError, AttributeError, TypeError, InvalidOperation)
# A reversed credit takes money away, a reversed debit brings it back.
_TAKEN = ("D", "RC")
_TEXTS = (
    "customer_reference",
    "bank_reference",
    "currency",
    "transaction_code",
    "posting_text",
    "purpose",
    "applicant_name",
    "extra_details",
)


def read_mt940(path: Path, declared: Mt940, *, control: Control) -> Iterator[FileRecord]:
    """The entries in their order; `control` gets the day of the closing balance. Raises FileRefused."""
    # 0.1 s to import, for a format that few partners send.
    import mt940

    try:
        text = path.read_text(encoding=declared.encoding, errors="strict")
    except UnicodeError as error:
        raise FileRefused("encoding", f"it is not {declared.encoding}.") from error
    statements = text.count(":62F:")
    if statements != 1:
        reason = "it was cut, send it again" if statements == 0 else "one a file is expected"
        raise FileRefused("truncated" if statements == 0 else "format", f"it ends {statements} statements; {reason}.")
    try:
        statement = mt940.parse(text)
        entries = [_entry(number, entry.data) for number, entry in enumerate(statement, start=1)]
        opening, closing = (statement.data[f"final_{which}_balance"] for which in ("opening", "closing"))
        booked = opening.amount.amount + sum((Decimal(values["amount"]) for values in entries), Decimal(0))
        control.day = closing.date
    except _UNREADABLE as error:
        raise FileRefused("format", "it is no whole MT940 statement; send it again.") from error
    if booked != closing.amount.amount:
        raise FileRefused("total", f"its entries lead to {booked}, its closing balance is {closing.amount.amount}.")
    control.said["total"] = str(closing.amount.amount - opening.amount.amount)
    for values in entries:
        yield record_of(values["entry_no"], values)


def _entry(number: int, data: dict[str, Any]) -> dict[str, Any]:
    amount = abs(data["amount"].amount)
    return {
        "entry_no": number,
        "value_date": data["date"].isoformat(),
        "booking_date": (data.get("entry_date") or data["date"]).isoformat(),
        "kind": data.get("id"),
        "amount": format(-amount if data["status"] in _TAKEN else amount, "f"),
        **{name: data.get(name) or None for name in _TEXTS},
    }
