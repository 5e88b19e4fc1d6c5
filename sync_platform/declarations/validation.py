"""Turns what a declaration's file says into its model, or says which line is wrong."""

from __future__ import annotations

from typing import Any

from pydantic import ValidationError

from sync_platform.declarations.system import PartnerSystemDeclaration
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource


def validated(source: YamlSource) -> PartnerSystemDeclaration:
    """What the file declares. Raises DeclarationError with the line of the first mistake."""
    try:
        return PartnerSystemDeclaration.model_validate(source.data["attributes"])
    except ValidationError as error:
        # A misspelt key is also a missing one; the line to mend is where it was typed.
        first = min(error.errors(), key=lambda problem: problem["type"] != "extra_forbidden")
        place, where = _place(source, first["loc"])
        raise DeclarationError(
            f"{where}: {first['msg'].removeprefix('Value error, ')}.", place=place, remedy="See docs/declarations.md."
        ) from error


def _place(source: YamlSource, location: tuple[str | int, ...]) -> tuple[str, str]:
    """`file:line` and the dotted path of a problem.

    Pydantic puts the chosen kind of auth and paging into its path, where the YAML has no such key.
    """
    path: list[str | int] = ["attributes"]
    node: Any = source.data["attributes"]
    for step in location:
        if isinstance(node, dict) and step not in node and node.get("kind") == step:
            continue
        path.append(step)
        node = node[step] if _holds(node, step) else None
    return source.place(path), ".".join(str(step) for step in path)


def _holds(node: Any, step: str | int) -> bool:
    if isinstance(node, dict):
        return step in node
    return isinstance(node, list) and isinstance(step, int) and step < len(node)
