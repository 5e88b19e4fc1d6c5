"""Fills the `{name}` places of a templated JSON body; every other brace belongs to JSON or GraphQL and stays."""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from sync_platform.errors import DeclarationError

Value = str | int | None

# A whole JSON string, or a place outside of one: `{id}` inside a string is a GraphQL selection, outside it no JSON.
_STRING_OR_PLACE = re.compile(r'"(?:[^"\\]|\\.)*"|\{([A-Za-z_][A-Za-z0-9_]*)\}', re.DOTALL)


def fill_body(template: str, values: Mapping[str, Value], *, required: frozenset[str], owner: str) -> bytes:
    """The body with each place replaced by its JSON-encoded value: texts come quoted, an absent one is `null`.

    Raises DeclarationError for an unknown place, for a `required` name that has no place, and when no JSON results.
    """
    seen: set[str] = set()

    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        if name is None:
            return match.group(0)
        if name not in values:
            known = ", ".join(f"{{{known}}}" for known in values) or "none"
            problem = f"{owner}: the body names {{{name}}}, which nothing fills."
            raise DeclarationError(problem, remedy=f"Known here: {known}.")
        seen.add(name)
        return msgspec.json.encode(values[name]).decode()

    body = _STRING_OR_PLACE.sub(fill, template).encode()
    for name in sorted(required - seen):
        raise DeclarationError(
            f"{owner}: the body has no place {{{name}}}.", remedy="Write it where its value belongs, without quotes."
        )
    try:
        msgspec.json.decode(body)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise DeclarationError(f"{owner}: the body, once filled, is not JSON: {error}.") from error
    return body
