"""Which fields records have, of which JSON types: looked at in a few records of each page, without keeping any value.

One record of a page (the middle one, which no envelope treats specially) and five of a load's first page: 40 us each on
two busy cores, where reading a page of 1,000 takes 11 ms (2026-11-21).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

FIRST_PAGE_SAMPLES = 5
MOST_PATHS = 300
_DEEPEST = 6
_ITEMS_LOOKED_AT = 3
# A key that is no name is data, like an e-mail address by which something is kept: it stands as *.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]{0,59}", re.ASCII)
_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", dict: "object", list: "array"}
_NULL = "null"


class RecordShape:
    """Paths and types seen so far. `samples` counts the records looked at; `cut` says that some paths were left out."""

    def __init__(self) -> None:
        self.samples = 0
        self.paths: dict[str, dict[str, int]] = {}
        self.cut = False

    def look_at_page(self, raws: Sequence[bytes]) -> None:
        """Look at a few of the page's records; one that is no JSON object is left to who reads it."""
        for position in self._positions(len(raws)):
            try:
                record = msgspec.json.decode(raws[position])
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
            if isinstance(record, dict):
                self.samples += 1
                for path, type_ in _walk(record, "", 1):
                    self._count(path, type_)

    def _positions(self, records: int) -> list[int]:
        if not records:
            return []
        if self.samples:
            return [records // 2]
        return sorted({records * step // FIRST_PAGE_SAMPLES for step in range(FIRST_PAGE_SAMPLES)})

    def _count(self, path: str, type_: str) -> None:
        types = self.paths.get(path)
        if types is None:
            if len(self.paths) >= MOST_PATHS:
                self.cut = True
                return
            types = self.paths[path] = {}
        types[type_] = types.get(type_, 0) + 1


def merged(one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    """The counts of both."""
    together = {path: dict(types) for path, types in one.items()}
    for path, types in other.items():
        counts = together.setdefault(path, {})
        for type_, times in types.items():
            counts[type_] = counts.get(type_, 0) + times
    return together


def _walk(value: dict[str, Any], prefix: str, depth: int) -> Iterator[tuple[str, str]]:
    for key, item in value.items():
        path = f"{prefix}{key if _NAME.fullmatch(key) else '*'}"
        yield from _of(item, path, depth)


def _of(item: Any, path: str, depth: int) -> Iterator[tuple[str, str]]:
    yield path, _TYPES.get(type(item), _NULL)
    if depth >= _DEEPEST:
        return
    if isinstance(item, dict):
        yield from _walk(item, f"{path}.", depth + 1)
    elif isinstance(item, list):
        for one in item[:_ITEMS_LOOKED_AT]:
            yield from _of(one, f"{path}[]", depth + 1)
