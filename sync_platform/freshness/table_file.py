"""Tables and pages as files: written whole or not at all, and CSV that a spreadsheet cannot mistake for a program."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, tzinfo
from pathlib import Path
from typing import TextIO
from uuid import uuid4

# What makes Excel, LibreOffice and Google Sheets read a cell as a formula, after OWASP's "CSV Injection" (read
# 2026-11-21); the full-width forms are what some of them turn into the plain ones.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001


@contextmanager
def replacing(file: Path) -> Iterator[TextIO]:
    """A text file to write that takes the place of `file` at the end, at once; after an error the old one stays."""
    draft = file.with_name(f".{file.name}.{uuid4().hex}.draft")
    try:
        with draft.open("x", encoding="utf-8", newline="") as stream:
            yield stream
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def write_csv(file: Path, *, columns: Sequence[str], rows: Iterable[Sequence[object]], zone: tzinfo) -> int:
    """Write the rows and return how many they were. Moments are in `zone` with the offset, None is an empty cell."""
    written = 0
    with replacing(file) as stream:
        writer = csv.writer(stream)
        writer.writerow([safe_cell(column, zone) for column in columns])
        for row in rows:
            writer.writerow([safe_cell(value, zone) for value in row])
            written += 1
    return written


def safe_cell(value: object, zone: tzinfo) -> object:
    """Numbers stay numbers; text that a spreadsheet would run gets an apostrophe before it, as OWASP advises."""
    if isinstance(value, datetime):
        return value.astimezone(zone).isoformat(timespec="seconds")
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA):
        return f"'{value}"
    return value
