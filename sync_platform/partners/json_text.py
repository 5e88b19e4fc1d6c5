"""Cuts JSON text into its parts by Python's own scanner, for the few answers that msgspec refuses as a whole.

Half a surrogate pair (`"\\ud83d"`, a name cut in the middle of an emoji) in one record makes msgspec refuse the page.
The record is to be rejected, not its thousand neighbours. It is slow, so it is asked only when msgspec refused.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

_BLANKS = " \t\n\r"


def members_of(raw: bytes) -> dict[str, bytes]:
    """The members of a JSON object, each as its text. Raises ValueError or RecursionError for what is no JSON."""
    text = raw.decode()
    members: dict[str, bytes] = {}
    at = _opened(text, "{")
    while text[at] != "}":
        if text[at] != '"':
            raise ValueError("no name")
        name, at = _SCANNER.raw_decode(text, at)
        at = _skip(text, at)
        if text[at] != ":":
            raise ValueError("no member")
        start = _skip(text, at + 1)
        _, end = _SCANNER.raw_decode(text, start)
        members[name] = text[start:end].encode()
        at = _next(text, end, "}")
    _refuse_rest(text, at)
    return members


def items_of(raw: bytes) -> list[bytes]:
    """The items of a JSON array, each as its text. Raises as `members_of`."""
    text = raw.decode()
    items: list[bytes] = []
    at = _opened(text, "[")
    while text[at] != "]":
        _, end = _SCANNER.raw_decode(text, at)
        items.append(text[at:end].encode())
        at = _next(text, end, "]")
    _refuse_rest(text, at)
    return items


def _opened(text: str, bracket: str) -> int:
    at = _skip(text, 0)
    if text[at] != bracket:
        raise ValueError(f"no {bracket}")
    return _skip(text, at + 1)


def _next(text: str, at: int, closing: str) -> int:
    """Where the next part begins, or the closing bracket."""
    at = _skip(text, at)
    if text[at] == closing:
        return at
    if text[at] != ",":
        raise ValueError("no comma")
    at = _skip(text, at + 1)
    if text[at] == closing:
        raise ValueError("a comma too many")
    return at


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANKS:
        at += 1
    if at == len(text):
        raise ValueError("cut")
    return at


def _refuse_rest(text: str, at: int) -> None:
    if text[at + 1 :].strip(_BLANKS):
        raise ValueError("something follows")


def _not_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _as_written(number: str) -> Any:
    return number


_SCANNER = json.JSONDecoder(parse_constant=_not_json, parse_int=_as_written, parse_float=_as_written)
