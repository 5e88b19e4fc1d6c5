"""How a file's records are written: text lines, JSON lines, Parquet, XLSX, a bank's statement."""

from __future__ import annotations

import codecs
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from sync_platform.declarations.model import Declared


def _encoding(value: str) -> str:
    try:
        return codecs.lookup(value).name
    except LookupError as error:
        raise ValueError(f"{value!r} is no encoding, like utf-8 or windows-1252") from error


def _span(value: Any) -> tuple[int, int]:
    if isinstance(value, tuple):
        return value
    first, _, last = str(value).partition("-")
    if not (first.isdecimal() and (last or first).isdecimal()):
        raise ValueError("a place is a column number, or characters like 12-20; both count from 1")
    span = int(first), int(last or first)
    if not 1 <= span[0] <= span[1]:
        raise ValueError(f"{value} ends before it begins; places count from 1")
    return span


Encoding = Annotated[str, AfterValidator(_encoding)]
Span = Annotated[
    tuple[int, int],
    BeforeValidator(_span),
    PlainSerializer(lambda span: f"{span[0]}-{span[1]}", return_type=str),
    WithJsonSchema({"type": ["string", "integer"], "examples": ["12-20"]}),
]
"""Characters of a fixed-width line, from first to last; of a delimited one the column, twice."""


class ControlLine(Declared):
    """A line that begins with `marker` and tells of the file: where in it stands which figure."""

    marker: str = Field(min_length=1)
    count: Span | None = None
    total: Span | None = None
    version: Span | None = None
    day: Span | None = None

    @property
    def places(self) -> dict[str, tuple[int, int]]:
        """Where each figure that it has stands."""
        named = {"count": self.count, "total": self.total, "version": self.version, "day": self.day}
        return {name: place for name, place in named.items() if place is not None}


class TextFormat(Declared):
    """What all text formats have. `dates` gives the strptime form of columns that are not written as ISO 8601.

    An empty cell is a missing value. A line before the records may be the `header`, the last one the `trailer`.
    """

    encoding: Encoding = "utf-8"
    decimal_mark: Literal[".", ","] = "."
    thousands_mark: Literal[".", ",", " ", "'"] | None = None
    dates: dict[str, str] = Field(default_factory=dict)
    header: ControlLine | None = None
    trailer: ControlLine | None = None
    day_format: str = "%Y%m%d"

    @model_validator(mode="after")
    def _marks_differ(self) -> TextFormat:
        if self.decimal_mark == self.thousands_mark:
            raise ValueError("decimal_mark and thousands_mark are the same character")
        return self

    @model_validator(mode="after")
    def _dates_are_columns(self) -> TextFormat:
        columns = getattr(self, "columns", ())
        unknown = [name for name in self.dates if name not in columns]
        if unknown:
            raise ValueError(f"dates names {unknown[0]!r}, which is no column: {', '.join(columns)}")
        return self


class Csv(TextFormat):
    """One record a line, cells apart by `delimiter`. `columns` in their order, as the line of names must have them."""

    kind: Literal["csv"]
    columns: tuple[str, ...] = Field(min_length=1)
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', min_length=1, max_length=1)
    names: bool = True


class FixedWidth(TextFormat):
    """One record a line, each column at its own characters; `line_length` without the line end."""

    kind: Literal["fixed_width"]
    columns: dict[str, Span] = Field(min_length=1)
    line_length: int = Field(gt=0)

    @model_validator(mode="after")
    def _columns_fit(self) -> FixedWidth:
        for name, (_, last) in self.columns.items():
            if last > self.line_length:
                raise ValueError(f"{name} ends at {last}, behind the line's {self.line_length} characters")
        return self


class JsonLines(Declared):
    """One JSON object a line, in UTF-8."""

    kind: Literal["json_lines"]


class Parquet(Declared):
    """Rows of a Parquet file; decimals stay decimals."""

    kind: Literal["parquet"]


class Xlsx(Declared):
    """Rows of one sheet, the first when none is named; `columns` in their order, as its first row must have them."""

    kind: Literal["xlsx"]
    columns: tuple[str, ...] = Field(min_length=1)
    sheet: str | None = None


class Mt940(Declared):
    """A bank's statement in SWIFT's MT940; its closing balance tells the day, and the entries must lead to it."""

    kind: Literal["mt940"]
    encoding: Encoding = "utf-8"


class Camt053(Declared):
    """A bank's statement in ISO 20022's CAMT.053, told apart and judged as an MT940 one."""

    kind: Literal["camt053"]


Statement = Mt940 | Camt053
"""What tells its business day itself, by its closing balance."""

FileFormat = Annotated[Csv | FixedWidth | JsonLines | Parquet | Xlsx | Statement, Field(discriminator="kind")]
