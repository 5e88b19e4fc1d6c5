"""The typed struct that a contract's plainly named fields are decoded into, built once per contract (msgspec)."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import reduce
from operator import attrgetter
from typing import Annotated, Any

import msgspec

from sync_platform.contracts.contract import Field, FieldType
from sync_platform.contracts.time_format import TimeFormat

# A megabyte in one text field is a partner's mistake, unless the contract allows it (maxLength).
TEXT_LIMIT_CHARACTERS = 1_000_000

_DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_BIGINT = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
_TYPES: dict[FieldType, Any] = {
    FieldType.INTEGER: _BIGINT,
    FieldType.DECIMAL: Decimal,
    FieldType.BOOLEAN: bool,
    FieldType.DATE: date,
    FieldType.JSON: msgspec.Raw,
}
_MOMENT_TYPES: dict[TimeFormat, Any] = {
    TimeFormat.EPOCH_SECONDS: _BIGINT,
    TimeFormat.EPOCH_MILLISECONDS: _BIGINT,
    TimeFormat.OFFSET: Annotated[datetime, msgspec.Meta(tz=True)],
    TimeFormat.NAIVE_UTC: Annotated[datetime, msgspec.Meta(tz=False)],
    TimeFormat.NAIVE_LOCAL: Annotated[datetime, msgspec.Meta(tz=False)],
    TimeFormat.HTTP_DATE: str,
}


def dotted_paths(paths: Mapping[str, str]) -> dict[str, str]:
    """Those of `paths` (by field name) that a struct can answer: plain dotted names, none within or equal to another.

    The others are left to JMESPath, because a struct holds one value of one type in each place.
    """
    found: dict[str, str] = {}
    for name, path in paths.items():
        if _DOTTED.fullmatch(path) and not any(_overlap(path, other) for other in found.values()):
            found[name] = path
    return found


def struct_type(name: str, fields: Mapping[str, Field], *, as_text: Collection[str] = ()) -> type[msgspec.Struct]:
    """A struct that decodes `fields`, given by their dotted paths; what it does not name is skipped.

    The fields named in `as_text` are decoded only where they are JSON strings, and stay those.
    """
    tree: dict[str, Any] = {}
    for path, field in fields.items():
        node = tree
        *parents, leaf = path.split(".")
        for parent in parents:
            node = node.setdefault(parent, {})
        node[leaf] = _Leaf(str if field.name in as_text else decoded_type(field), required=field.required)
    return _struct(name, tree)


@dataclass(frozen=True)
class _Leaf:
    type: Any
    required: bool


def values_getter(paths: Sequence[str]) -> Callable[[Any], list[Any]]:
    """Reads the values at dotted paths, at least one, out of a decoded struct; None where a parent is missing."""
    steps = [[attribute(step) for step in path.split(".")] for path in paths]
    at_once = attrgetter(*(".".join(names) for names in steps))

    def get(struct: Any) -> list[Any]:
        try:
            found = at_once(struct)
        except AttributeError:  # a missing parent is None, which has no attributes
            return [reduce(_child, names, struct) for names in steps]
        return list(found) if len(steps) > 1 else [found]

    return get


def _child(struct: Any, name: str) -> Any:
    return None if struct is None else getattr(struct, name)


def decoded_type(field: Field) -> Any:
    """What msgspec decodes a field's JSON value into."""
    if field.type is FieldType.TIMESTAMP and field.time_format is not None:
        return _MOMENT_TYPES[field.time_format]
    if field.type is FieldType.TEXT:
        most = field.max_length or TEXT_LIMIT_CHARACTERS
        return Annotated[str, msgspec.Meta(min_length=field.min_length, max_length=most, pattern=field.pattern)]
    return _TYPES[field.type]


def _overlap(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")


def _struct(name: str, tree: Mapping[str, Any]) -> type[msgspec.Struct]:
    required: list[tuple[str, Any]] = []
    optional: list[tuple[str, Any, Any]] = []
    for source, node in tree.items():
        type_ = _struct(f"{name}_{source}", node) if isinstance(node, dict) else node.type
        if _needed(node):
            required.append((attribute(source), type_))
        else:
            # msgspec.Raw takes null as it is, and refuses to be part of a union.
            optional.append((attribute(source), type_ if type_ is msgspec.Raw else type_ | None, None))
    renamed = {attribute(source): source for source in tree}
    return msgspec.defstruct(name, [*required, *optional], rename=renamed, gc=False)


def _needed(node: Any) -> bool:
    return any(_needed(child) for child in node.values()) if isinstance(node, dict) else node.required


def attribute(source: str) -> str:
    """A name that is no Python keyword and no struct attribute, for any name a partner may choose."""
    return f"f_{source}"
