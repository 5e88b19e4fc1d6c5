"""What header and trailer say of a file, held against what came: count, total, schema version, day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sync_platform.declarations.file_format import ControlLine, TextFormat
from sync_platform.declarations.files import FileDeclaration
from sync_platform.errors import FileRefused
from sync_platform.partners.files.cell import number_reader
from sync_platform.partners.files.text_lines import cells_at


@dataclass
class Control:
    """What a file says of itself, as it is written there, and what was counted while its records were read.

    `day` is what a format itself tells of it. `uncounted` are records whose summed cell is no number, so that no total
    can agree.
    """

    said: dict[str, str] = field(default_factory=dict)
    ended: bool = False
    records: int = 0
    total: Decimal = Decimal(0)
    uncounted: int = 0
    day: date | None = None


def is_control(line: ControlLine | None, cells: Sequence[str], text: str) -> bool:
    """Whether a row is this control line."""
    if line is None:
        return False
    return text.startswith(line.marker) if text else bool(cells) and cells[0] == line.marker


def take_in(control: Control, line: ControlLine, cells: Sequence[str], text: str, *, declared: TextFormat) -> None:
    """Note what a control line says. Raises FileRefused when header and trailer contradict each other."""
    for name, place in line.places.items():
        value = cells_at(cells, text, place, declared)
        if control.said.setdefault(name, value) != value:
            raise FileRefused(name, f"its header says {name} {control.said[name]!r}, its trailer {value!r}.")


def judge_control(control: Control, file: FileDeclaration, *, named: Mapping[str, str]) -> None:
    """Raise FileRefused when what the file says of itself is not what came. `named` are the parts of its name."""
    declared = file.format
    version = control.said.get("version", named.get("version"))
    if file.version is not None and version != file.version:
        raise FileRefused("version", f"its schema version is {version!r}, known is {file.version!r}.")
    if not isinstance(declared, TextFormat):
        return
    if declared.trailer is not None and not control.ended:
        raise FileRefused("truncated", f"{control.records} records came and no trailer; it was cut, send it again.")
    number = number_reader(declared)
    count = control.said.get("count")
    if count is not None and number(count) != str(control.records):
        raise FileRefused("truncated", f"it says that it has {count!r} records, {control.records} came.")
    said = control.said.get("total")
    if said is not None:
        total = number(said)
        if total is None or Decimal(total) != control.total or control.uncounted:
            beside = f", and {control.uncounted} of them are no numbers" if control.uncounted else ""
            raise FileRefused("total", f"it says that {file.total_of} sums to {said!r}, it is {control.total}{beside}.")


def day_of_file(control: Control, file: FileDeclaration, *, name: str) -> date | None:
    """The business day that name or control lines tell; None where they tell none.

    Raises FileRefused when they disagree or tell no day that exists.
    """
    in_name = file.name.day(name)
    written = control.said.get("day")
    inside = control.day
    if written is not None and isinstance(file.format, TextFormat):
        try:
            inside = datetime.strptime(written, file.format.day_format).date()  # noqa: DTZ007 - a label, no moment
        except ValueError as error:
            raise FileRefused("day", f"its day {written!r} is not written as {file.format.day_format}.") from error
    if inside is None:
        return in_name
    if in_name is not None and in_name != inside:
        raise FileRefused("day", f"its name says {in_name}, inside it says {inside}.")
    return inside
