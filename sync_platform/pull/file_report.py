"""The report that goes back with a refused file: a line per rejected record, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from sync_platform.errors import RecordRejected

# Whoever corrects a file begins with its first mistakes.
MOST_LINES = 10_000
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def report_of(message: str, rejected: Iterable[tuple[int, RecordRejected]] = ()) -> bytes:
    """CSV in UTF-8: why the file was refused, then the line, field and reason of each rejected record."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("line", "field", "reason", "message"))
    writer.writerow(("", "", "file", neutral(message)))
    for number, (line, error) in enumerate(rejected, start=1):
        if number > MOST_LINES:
            writer.writerow(("", "", "more", f"only the first {MOST_LINES} are listed"))
            break
        writer.writerow((line, neutral(error.field), neutral(error.reason), neutral(error.message)))
    return text.getvalue().encode("utf-8", "replace")


def neutral(cell: str) -> str:
    """A cell that a spreadsheet shows and does not run: what looks like a formula gets an apostrophe in front."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
