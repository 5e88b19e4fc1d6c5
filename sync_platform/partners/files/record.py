"""One record of a file: its JSON text as a contract reads it, where it stood, and what is wrong with its writing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import msgspec

from sync_platform.errors import RecordRejected

_ENCODE = msgspec.json.Encoder().encode


class FileRecord(NamedTuple):
    """`line` counts from 1, in XLSX and Parquet it is the row. `broken` is what a contract could not see in `raw`."""

    line: int
    raw: bytes
    broken: RecordRejected | None = None


def record_of(line: int, values: Mapping[str, Any], broken: RecordRejected | None = None) -> FileRecord:
    """The record of these cells."""
    return FileRecord(line, _ENCODE(values), broken)
