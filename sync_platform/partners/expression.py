"""JMESPath expressions, compiled once; plain ones (`data.orders`) are recognised so that they cost a dict look-up."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import jmespath

Node = dict[str, Any]


@lru_cache(maxsize=1024)
def plain_steps(expression: str) -> tuple[str, ...] | None:
    """The keys of a plain dotted path, `()` for `@`; None for an expression that must be evaluated."""
    return _steps(_tree(expression))


@lru_cache(maxsize=1024)
def list_steps(expression: str) -> tuple[str, ...] | None:
    """Like `plain_steps` for an expression that yields a list: `orders[*]` is `orders` when no item is null."""
    return _steps(_without_projection(_tree(expression)))


@lru_cache(maxsize=1024)
def root_names(expression: str) -> frozenset[str] | None:
    """The top-level keys that the expression looks at; None when it may look at all of them."""
    return _roots(_tree(expression))


@lru_cache(maxsize=1024)
def evaluator(expression: str) -> Callable[[Any], Any]:
    """A function from a decoded document to the expression's value. May raise JMESPathError for wrong types."""
    steps = plain_steps(expression)
    if steps is None:
        search: Callable[[Any], Any] = jmespath.compile(expression).search
        return search
    return lambda document: _walk(document, steps)


def _walk(document: Any, steps: tuple[str, ...]) -> Any:
    for step in steps:
        if not isinstance(document, dict):
            return None
        document = document.get(step)
    return document


def _tree(expression: str) -> Node:
    return cast(Node, jmespath.compile(expression).parsed)


def _without_projection(node: Node) -> Node:
    """The list itself where a whole list is projected: `[*]` may stand at the end of the last step."""
    if node["type"] == "projection" and node["children"][1]["type"] == "identity":
        return cast(Node, node["children"][0])
    if node["type"] == "subexpression":
        *before, last = node["children"]
        return {"type": "subexpression", "children": [*before, _without_projection(last)]}
    return node


def _steps(node: Node) -> tuple[str, ...] | None:
    if node["type"] in ("current", "identity"):
        return ()
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] == "subexpression":
        parts = [_steps(child) for child in node["children"]]
        if all(part is not None for part in parts):
            return tuple(step for part in parts if part is not None for step in part)
    return None


_LEFT_DECIDES = {
    "subexpression",
    "index_expression",
    "projection",
    "value_projection",
    "filter_projection",
    "flatten",
    "pipe",
}
_ALL_DECIDE = {
    "comparator",
    "or_expression",
    "and_expression",
    "not_expression",
    "multi_select_list",
    "multi_select_dict",
    "key_val_pair",
    "function_expression",
}


def _roots(node: Node) -> frozenset[str] | None:
    kind = node["type"]
    if kind == "field":
        return frozenset((node["value"],))
    if kind in ("literal", "expref"):
        return frozenset()
    if kind in _LEFT_DECIDES:
        return _roots(node["children"][0])
    if kind in _ALL_DECIDE:
        found = [_roots(child) for child in node["children"]]
        return None if any(names is None for names in found) else frozenset().union(*(names or () for names in found))
    return None
