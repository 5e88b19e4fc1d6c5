"""A file's name as declared, `statement_{day:%Y%m%d}.csv`: which names are meant, and what their parts say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

# 255 bytes is what most file systems take; what we put in front of an archived name needs its own place.
MOST_NAME_BYTES = 200
_PART = re.compile(r"\{(?P<name>[a-z_]+)(?::(?P<format>[^{}]+))?\}")
_DIRECTIVES = {"%Y": r"\d{4}", "%y": r"\d{2}", "%m": r"\d{2}", "%d": r"\d{2}", "%j": r"\d{3}"}
_DIRECTIVES |= {"%H": r"\d{2}", "%M": r"\d{2}", "%S": r"\d{2}"}
_DIRECTIVE = re.compile("%.|[^%]+")


@dataclass(frozen=True)
class FileNamePattern:
    """Built from its text; ValueError says what is wrong with it. `{day:…}` takes strptime's directives of a day."""

    text: str
    day_format: str | None = field(init=False)
    _matching: re.Pattern[str] = field(init=False)

    def __post_init__(self) -> None:
        if not self.text or "/" in self.text or "\\" in self.text or self.text.startswith("."):
            raise ValueError("a name pattern is a plain name without folders, like statement_{day:%Y%m%d}.csv")
        formats = [part["format"] for part in _PART.finditer(self.text) if part["name"] == "day"]
        if formats and formats[0] is None:
            raise ValueError("{day} needs its form, like {day:%Y%m%d}")
        object.__setattr__(self, "day_format", formats[0] if formats else None)
        try:
            object.__setattr__(self, "_matching", re.compile("".join(_expressions(self.text))))
        except re.error as error:
            raise ValueError(f"{self.text!r} names a part twice") from error

    @property
    def parts(self) -> frozenset[str]:
        """The names of its parts."""
        return frozenset(self._matching.groupindex)

    def read(self, name: str) -> dict[str, str] | None:
        """What the parts say of a name; None where another file is meant."""
        found = self._matching.fullmatch(name)
        if found is None or (self.day_format and self._day(found["day"]) is None):
            return None
        return found.groupdict()

    def day(self, name: str) -> date | None:
        """The business day that a name tells."""
        found = self._matching.fullmatch(name)
        return self._day(found["day"]) if found and self.day_format else None

    def _day(self, text: str) -> date | None:
        try:
            return datetime.strptime(text, self.day_format or "").date()  # noqa: DTZ007 - a label, no moment
        except ValueError:
            return None


def _expressions(text: str) -> Iterator[str]:
    end = 0
    for part in _PART.finditer(text):
        yield re.escape(text[end : part.start()])
        inner = "[A-Za-z0-9-]+" if part["format"] is None else "".join(_of_directives(part["format"]))
        yield f"(?P<{part['name']}>{inner})"
        end = part.end()
    yield re.escape(text[end:])


def _of_directives(form: str) -> Iterator[str]:
    for piece in _DIRECTIVE.findall(form):
        if piece.startswith("%") and piece not in _DIRECTIVES:
            raise ValueError(f"{piece} is no directive of a file's name; known: {', '.join(_DIRECTIVES)}")
        yield _DIRECTIVES.get(piece, re.escape(piece))


def _pattern(value: Any) -> FileNamePattern:
    if isinstance(value, FileNamePattern):
        return value
    if not isinstance(value, str):
        raise ValueError("a name pattern is a text, like statement_{day:%Y%m%d}.csv")
    return FileNamePattern(value)


FileName = Annotated[
    FileNamePattern,
    BeforeValidator(_pattern),
    PlainSerializer(lambda pattern: pattern.text, return_type=str),
    WithJsonSchema({"type": "string", "minLength": 1, "examples": ["statement_{day:%Y%m%d}.csv"]}),
]
