"""Reads one file as declared: its records one after another, and what it says of itself beside them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.file_format import Camt053, Csv, FixedWidth, JsonLines, Mt940, Parquet, TextFormat, Xlsx
from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import FileRefused, RecordRejected
from sync_platform.partners.files.bank_statement import read_mt940
from sync_platform.partners.files.camt_statement import read_camt053
from sync_platform.partners.files.cell import CellReaders, number_reader
from sync_platform.partners.files.columns import refuse_other_names
from sync_platform.partners.files.control import Control, is_control, take_in
from sync_platform.partners.files.record import FileRecord, record_of
from sync_platform.partners.files.table_file import read_parquet, read_xlsx
from sync_platform.partners.files.text_lines import Row, ends_with_newline, read_rows

_MOST_LINE_BYTES = 16_000_000


def read_records(
    path: Path, file: FileDeclaration, *, types: Mapping[str, FieldType], control: Control
) -> Iterator[FileRecord]:
    """Every record; `control` is filled on the way and complete at the end. Raises FileRefused."""
    match file.format:
        case Csv() | FixedWidth() as declared:
            _refuse_cut(path, declared, encoding=declared.encoding)
            records = _text_records(path, declared, file.total_of, types=types, control=control)
        case JsonLines():
            _refuse_cut(path, None, encoding="utf-8")
            records = _json_lines(path)
        case Parquet():
            records = read_parquet(path, most_bytes=file.limits.unpacked_bytes)
        case Xlsx() as declared:
            records = read_xlsx(path, declared, types=types, most_bytes=file.limits.unpacked_bytes)
        case Mt940() as declared:
            records = read_mt940(path, declared, control=control)
        case Camt053():
            records = read_camt053(path, control=control)
    for record in records:
        control.records += 1
        yield record


def _refuse_cut(path: Path, declared: TextFormat | None, *, encoding: str) -> None:
    """A trailer proves more than a last line's end, which some senders leave out behind it."""
    if (declared is None or declared.trailer is None) and not ends_with_newline(path, encoding):
        raise FileRefused("truncated", "its last line has no end; it was cut, send it again.")


def _text_records(
    path: Path,
    declared: Csv | FixedWidth,
    total_of: str | None,
    *,
    types: Mapping[str, FieldType],
    control: Control,
) -> Iterator[FileRecord]:
    columns = list(declared.columns)
    readers = CellReaders(columns, declared, types)
    number = number_reader(declared)
    summed = columns.index(total_of) if total_of else None
    for line, cells, text in _records_only(read_rows(path, declared), declared, control):
        if summed is not None:
            plain = number(cells[summed]) if summed < len(cells) else None
            control.total += Decimal(plain or 0)
            control.uncounted += plain is None
        values, broken = readers.read(cells)
        if isinstance(declared, FixedWidth) and len(text) != declared.line_length:
            message = f"the line has {len(text)} characters, not {declared.line_length}"
            broken = RecordRejected("line_length", "", message)
        yield record_of(line, values, broken)


def _records_only(rows: Iterator[Row], declared: Csv | FixedWidth, control: Control) -> Iterator[Row]:
    """The rows without header, names and trailer, each of which must stand in its place."""
    header = declared.header
    names = list(declared.columns) if isinstance(declared, Csv) and declared.names else None
    for line, cells, text in rows:
        if control.ended:
            raise FileRefused("trailer", f"line {line} stands behind the trailer.")
        if header is not None:
            if not is_control(header, cells, text):
                raise FileRefused("header", f"line {line} is not the header, which begins with {header.marker!r}.")
            take_in(control, header, cells, text, declared=declared)
            header = None
        elif names is not None:
            refuse_other_names(cells, names)
            names = None
        elif declared.trailer is not None and is_control(declared.trailer, cells, text):
            take_in(control, declared.trailer, cells, text, declared=declared)
            control.ended = True
        else:
            yield line, cells, text
    if header is not None or names is not None:
        raise FileRefused("truncated", "it ends before its first record could stand; it was cut, send it again.")


def _json_lines(path: Path) -> Iterator[FileRecord]:
    with path.open("rb") as file:
        number = 0
        while line := file.readline(_MOST_LINE_BYTES):
            number += 1
            if len(line) == _MOST_LINE_BYTES:
                raise FileRefused("line_length", f"line {number} has more than {_MOST_LINE_BYTES:,} bytes.")
            record = line.removeprefix(b"\xef\xbb\xbf").strip() if number == 1 else line.strip()
            if record:
                yield FileRecord(number, record)
