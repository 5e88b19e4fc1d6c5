"""The wanted texts of an XML file, part by part as it is read; what a statement never holds is refused unread.

The standard library's expat, not its trees: memory is bounded by the wanted paths, whatever the file repeats or nests.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from xml.parsers import expat

from sync_platform.errors import FileRefused

MOST_DEPTH = 64
MOST_TEXT_CHARACTERS = 100_000
# One tag or comment. Expat before 2.6 reads a long one again with every piece of it (CVE-2023-52425).
MOST_TAG_BYTES = 1_000_000
_PIECE_BYTES = 65_536

Part = tuple[str, dict[str, str]]
"""The path of a part below the root, and its wanted texts by their paths within it, attributes as `path@name`."""


def read_parts(
    path: Path, wanted: Mapping[str, Collection[str]], *, judge_root: Callable[[str, str], None]
) -> Iterator[Part]:
    """Each part as it ends. `wanted` has the paths of the parts, and what is wanted of each.

    A text that repeats is kept line by line, up to the length of one; how often an element begins stands under `path#`.
    What is of another namespace than the root is passed over. `judge_root` is told the root's namespace and name before
    anything else is read. Raises FileRefused: `bomb` for a document type (entities need one), and for what is too deep
    or too long; `truncated` for a document that does not end; `format` for one that is none.
    """
    reading = _Reading(wanted, judge_root)
    fed = 0
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            fed += len(piece)
            yield from reading.feed(piece)
            if fed - reading.read_bytes > MOST_TAG_BYTES:
                raise FileRefused("bomb", f"a tag of it has more than {MOST_TAG_BYTES:,} bytes.")
    yield from reading.end()


class _Reading:
    """Where the parser stands, and the parts that ended since they were last taken."""

    def __init__(self, wanted: Mapping[str, Collection[str]], judge_root: Callable[[str, str], None]) -> None:
        self._wanted, self._judge_root = wanted, judge_root
        self._path: list[str] = []
        self._part: tuple[int, str, dict[str, str]] | None = None
        self._text: list[str] = []
        self._text_characters = 0
        self._namespace = ""
        self._ended: list[Part] = []
        self._parser = expat.ParserCreate(namespace_separator="}")
        self._parser.StartDoctypeDeclHandler = self._refuse_document_type
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    @property
    def read_bytes(self) -> int:
        return self._parser.CurrentByteIndex

    def feed(self, piece: bytes) -> list[Part]:
        """The parts that end in the next piece of the file."""
        try:
            self._parser.Parse(piece, False)
        except (expat.ExpatError, LookupError, UnicodeError) as error:
            raise FileRefused("format", f"it is no XML from line {self._parser.CurrentLineNumber} on.") from error
        ended, self._ended = self._ended, []
        return ended

    def end(self) -> list[Part]:
        """What ended with the file."""
        try:
            self._parser.Parse(b"", True)
        except (expat.ExpatError, LookupError, UnicodeError) as error:
            raise FileRefused("truncated", "its XML does not end; it was cut, send it again.") from error
        return self._ended

    def _refuse_document_type(self, *_: object) -> None:
        raise FileRefused("bomb", "it declares a document type, by which entities are made; no statement has one.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        namespace, _, name = tag.rpartition("}")
        if not self._path:
            self._namespace = namespace
            self._judge_root(namespace, name)
        # No path that is wanted has an empty step.
        self._path.append(name if namespace == self._namespace else "")
        if len(self._path) > MOST_DEPTH:
            raise FileRefused("bomb", f"its elements are nested deeper than {MOST_DEPTH}.")
        self._text, self._text_characters = [], 0
        if self._part is None:
            below_root = "/".join(self._path[1:])
            self._part = (len(self._path), below_root, {}) if below_root in self._wanted else None
            return
        depth, part, texts = self._part
        within = "/".join(self._path[depth:])
        wanted = self._wanted[part]
        if f"{within}#" in wanted:
            texts[f"{within}#"] = str(int(texts.get(f"{within}#", "0")) + 1)
        for attribute, value in attributes.items():
            if f"{within}@{attribute}" in wanted:
                texts.setdefault(f"{within}@{attribute}", value)

    def _end(self, _: str) -> None:
        if self._part is not None:
            depth, part, texts = self._part
            within = "/".join(self._path[depth:])
            text = "".join(self._text).strip()
            if text and within in self._wanted[part] and len(texts.get(within, "")) < MOST_TEXT_CHARACTERS:
                texts[within] = f"{texts[within]}\n{text}" if within in texts else text
            if len(self._path) == depth:
                self._ended.append((part, texts))
                self._part = None
        self._path.pop()
        self._text, self._text_characters = [], 0

    def _characters(self, text: str) -> None:
        self._text_characters += len(text)
        if self._text_characters > MOST_TEXT_CHARACTERS:
            raise FileRefused("bomb", f"a text of it has more than {MOST_TEXT_CHARACTERS:,} characters.")
        self._text.append(text)
