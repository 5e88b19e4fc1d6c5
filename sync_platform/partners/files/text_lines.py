"""Text files as rows of cells, strictly by their declared encoding: nothing is guessed and nothing replaced."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from sync_platform.declarations.file_format import Csv, FixedWidth, TextFormat
from sync_platform.errors import FileRefused

_MARKS = {
    "utf-8": codecs.BOM_UTF8,
    "utf-16": codecs.BOM_UTF16_LE,
    "utf-16-be": codecs.BOM_UTF16_BE,
}
# What a longer cell holds is no value of a table; Python's csv has the same limit.
MOST_CELL_CHARACTERS = 131_072

Row = tuple[int, list[str], str]
"""Line number, cells, and the line as it stands where it is not cut at delimiters."""


def read_rows(path: Path, declared: Csv | FixedWidth) -> Iterator[Row]:
    """The rows, empty lines left out. Raises FileRefused for another encoding and for quotes that do not end."""
    with _opened(path, declared.encoding) as text:
        yield from _delimited(text, declared) if isinstance(declared, Csv) else _fixed(text, declared)


def ends_with_newline(path: Path, encoding: str) -> bool:
    """Whether the last line has its end; an empty file has no line."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - 4, 0))
        tail = file.read()
    endings = [character.encode(_without_mark(encoding)) for character in "\r\n"]
    return not tail or any(tail.endswith(ending) for ending in endings)


def cells_at(cells: Sequence[str], line: str, place: tuple[int, int], declared: TextFormat) -> str:
    """What stands at a place of a control line; empty where it is shorter."""
    if isinstance(declared, FixedWidth):
        return line[place[0] - 1 : place[1]].strip()
    return cells[place[0] - 1].strip() if place[0] <= len(cells) else ""


def _without_mark(encoding: str) -> str:
    return "utf-16-le" if encoding == "utf-16" else encoding


@contextmanager
def _opened(path: Path, encoding: str) -> Iterator[TextIO]:
    with path.open("rb") as file:
        head = file.read(4)
    for other, mark in _MARKS.items():
        if head.startswith(mark) and not encoding.startswith(other.partition("-be")[0]):
            raise FileRefused("encoding", f"begins with the mark of {other}, and {encoding} is declared.")
    try:
        with path.open(encoding="utf-8-sig" if encoding == "utf-8" else encoding, errors="strict", newline="") as text:
            yield text
    except UnicodeError as error:
        raise FileRefused("encoding", f"{_undecodable(path, encoding)} is not {encoding}.") from error


def _undecodable(path: Path, encoding: str) -> str:
    """Where the first byte stands that is none of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                decoder.decode(line)
            except UnicodeError:
                return f"line {number}"
    return "its end"


def _delimited(text: TextIO, declared: Csv) -> Iterator[Row]:
    reader = csv.reader(text, delimiter=declared.delimiter, quotechar=declared.quote, strict=True)
    try:
        for cells in reader:
            if cells:
                yield reader.line_num, cells, ""
    except csv.Error as error:
        raise FileRefused("quoting", f"line {reader.line_num} cannot be cut into cells: {error}.") from error


def _fixed(text: TextIO, declared: FixedWidth) -> Iterator[Row]:
    spans = list(declared.columns.values())
    for number, ended in enumerate(text, start=1):
        line = ended.rstrip("\r\n")
        if len(line) > MOST_CELL_CHARACTERS:
            raise FileRefused("line_length", f"line {number} has more than {MOST_CELL_CHARACTERS:,} characters.")
        if line:
            yield number, [line[first - 1 : last].strip() for first, last in spans], line
