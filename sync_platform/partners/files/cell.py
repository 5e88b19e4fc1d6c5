"""What a text cell says: numbers with a decimal comma become plain ones, never floats; dates become ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

from sync_platform.contracts.contract import FieldType
from sync_platform.declarations.file_format import TextFormat
from sync_platform.errors import RecordRejected

CellReader = Callable[[str], Any]
BROKEN_LINE = "cells"
"""The reason of a line with another number of cells than its file's columns."""
_TRUTHS = {"true": True, "false": False}


class CellReaders:
    """Reads the cells of one format's lines, each column by what the contract expects of it."""

    def __init__(self, columns: Sequence[str], declared: TextFormat, types: Mapping[str, FieldType]) -> None:
        self._columns = [
            (name, _cell_reader(name, declared, types.get(name), date_form=declared.dates.get(name)))
            for name in columns
        ]

    def read(self, cells: Sequence[str]) -> tuple[dict[str, Any], RecordRejected | None]:
        """The values by column, an empty cell as null; and the first cell that is not written as declared."""
        broken = None
        values: dict[str, Any] = {}
        for (name, read), cell in zip(self._columns, cells, strict=False):
            if cell == "":
                values[name] = None
                continue
            try:
                values[name] = read(cell)
            except RecordRejected as error:
                values[name] = cell
                broken = broken or error
        if len(cells) != len(self._columns):
            message = f"the line has {len(cells)} cells, not {len(self._columns)}"
            broken = RecordRejected(BROKEN_LINE, "", message)
        return values, broken


def number_reader(declared: TextFormat) -> Callable[[str], str | None]:
    """Reads a number as declared into a plain one like -1234.50; None for what is not written so.

    A sign may stand behind, as some ledgers print it. A thousands mark stands between groups of three or nowhere: that
    1,234 is a thousand here and 1.234 there is why nothing is guessed.
    """
    point, mark = re.escape(declared.decimal_mark), declared.thousands_mark
    whole = rf"\d{{1,3}}(?:{re.escape(mark)}\d{{3}})+|\d+" if mark else r"\d+"
    written = re.compile(rf"(?P<sign>[+-]?)(?P<whole>{whole})(?:{point}(?P<decimals>\d+))?(?P<behind>-?)", re.ASCII)

    @lru_cache(maxsize=4096)
    def read(text: str) -> str | None:
        found = written.fullmatch(text.strip())
        if found is None or (found["sign"] and found["behind"]):
            return None
        digits = found["whole"].replace(mark, "") if mark else found["whole"]
        sign = "-" if "-" in (found["sign"], found["behind"]) else ""
        decimals = f".{found['decimals']}" if found["decimals"] else ""
        return f"{sign}{digits.lstrip('0') or '0'}{decimals}"

    return read


def _cell_reader(name: str, declared: TextFormat, type_: FieldType | None, *, date_form: str | None) -> CellReader:
    if date_form is not None:
        return _date_reader(name, date_form)
    match type_:
        case FieldType.DECIMAL:
            return _decimal_reader(name, declared)
        case FieldType.INTEGER:
            return _integer_reader(name, declared)
        case FieldType.BOOLEAN:
            return lambda cell: _TRUTHS.get(cell.strip().lower(), cell)
        case _:
            return str


def _decimal_reader(name: str, declared: TextFormat) -> CellReader:
    number = number_reader(declared)

    def read(cell: str) -> str:
        plain = number(cell)
        if plain is None:
            raise RecordRejected("number", name, f"is no number with {declared.decimal_mark!r} before its decimals")
        return plain

    return read


def _integer_reader(name: str, declared: TextFormat) -> CellReader:
    number = number_reader(declared)

    def read(cell: str) -> int:
        plain = number(cell)
        # Longer ones are none that a contract takes; reading them takes quadratic time.
        if plain is None or "." in plain or len(plain) > 30:
            raise RecordRejected("number", name, "is no whole number")
        return int(plain)

    return read


def _date_reader(name: str, form: str) -> CellReader:
    is_moment = any(directive in form for directive in ("%H", "%I", "%M", "%S"))

    @lru_cache(maxsize=1024)
    def read(cell: str) -> str:
        try:
            moment = datetime.strptime(cell.strip(), form)  # noqa: DTZ007 - the contract says whose clock it is
        except ValueError as error:
            raise RecordRejected("time", name, f"is not written as {form}") from error
        return moment.isoformat() if is_moment else moment.date().isoformat()

    return read
