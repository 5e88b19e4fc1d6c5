"""Parquet files and XLSX sheets as records: decimals as their plain digits, times in ISO 8601, never a float."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.file_format import Xlsx
from sync_platform.errors import FileRefused, RecordRejected
from sync_platform.partners.files.columns import refuse_other_names
from sync_platform.partners.files.record import FileRecord, record_of

_BATCH_ROWS = 10_000


def read_parquet(path: Path, *, most_bytes: int) -> Iterator[FileRecord]:
    """The rows. Raises FileRefused for what is no Parquet file, or would become larger than `most_bytes`."""
    # 0.3 s and 60 MB to import, for a format that few partners send.
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    try:
        with ParquetFile(path) as table:
            metadata = table.metadata
            groups = (metadata.row_group(index).total_byte_size for index in range(metadata.num_row_groups))
            if sum(groups) > most_bytes:
                raise FileRefused("bomb", f"it unpacks to more than {most_bytes:,} bytes.")
            row = 0
            for batch in table.iter_batches(batch_size=_BATCH_ROWS):
                for values in batch.to_pylist():
                    row += 1
                    yield _plain_record(row, values)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        raise FileRefused("format", "it is no whole Parquet file; send it again.") from error


def read_xlsx(path: Path, declared: Xlsx, *, types: Mapping[str, FieldType], most_bytes: int) -> Iterator[FileRecord]:
    """The rows below the names. Raises FileRefused for what is no workbook, lacks the sheet or has other columns."""
    # 0.2 s to import, for a format that few partners send.
    from openpyxl import load_workbook

    _refuse_bomb(path, most_bytes=most_bytes)
    # By the open file: of a path openpyxl wants to see a known ending.
    with path.open("rb") as source:
        try:
            workbook = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        except (zipfile.BadZipFile, KeyError, ValueError) as error:
            raise FileRefused("format", "it is no whole XLSX workbook; send it again.") from error
        name = declared.sheet or workbook.sheetnames[0]
        if name not in workbook.sheetnames:
            raise FileRefused("sheet", f"it has no sheet {name!r}.")
        rows = workbook[name].iter_rows(values_only=True)
        refuse_other_names([str(cell) for cell in next(rows, ()) if cell is not None], declared.columns)
        for number, cells in enumerate(rows, start=2):
            if any(cell is not None for cell in cells):
                values = dict(zip(declared.columns, cells, strict=False))
                yield _plain_record(number, {name: _typed(values[name], types.get(name)) for name in values})


def _refuse_bomb(path: Path, *, most_bytes: int) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise FileRefused("format", "it is no whole XLSX workbook; send it again.") from error
    if unpacked > most_bytes:
        raise FileRefused("bomb", f"it unpacks to more than {most_bytes:,} bytes.")


def _typed(value: Any, type_: FieldType | None) -> Any:
    """A sheet has only one kind of number: 12 and 12.0 are a whole one where that is expected."""
    if type_ is FieldType.TEXT and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if type_ is FieldType.INTEGER and isinstance(value, float) and value.is_integer():
        return int(value)
    if type_ is FieldType.DATE and isinstance(value, datetime) and value.time() == time(0):
        return value.date()
    return value


def _plain_record(row: int, values: Mapping[str, Any]) -> FileRecord:
    broken: RecordRejected | None = None
    plain: dict[str, Any] = {}
    for name, value in values.items():
        try:
            plain[name] = _plain(value)
        except ValueError:
            plain[name] = None
            broken = RecordRejected("type", name, f"{type(value).__name__} is no value of a record")
    return record_of(row, plain, broken)


def _plain(value: Any) -> Any:
    """A value as JSON has it; a binary floating point number by its shortest digits."""
    match value:
        case None | bool() | int() | str():
            return value
        case float() | Decimal():
            return format(Decimal(repr(value)) if isinstance(value, float) else value, "f")
        case datetime() | date():
            return value.isoformat()
        case list():
            return [_plain(item) for item in value]
        case dict():
            return {str(name): _plain(item) for name, item in value.items()}
    raise ValueError
