"""Reads who consumes an entity from its custom property `consumers`; every error names file, line and remedy."""

from __future__ import annotations

from typing import Any

from sync_platform.contracts.contract import Consumer, Field
from sync_platform.contracts.field_reader import Place
from sync_platform.errors import DeclarationError
from sync_platform.yaml_source import YamlSource

_KEYS = ("name", "fields", "notify")
_EXAMPLE = "Write {name: Stock comparison, fields: [sku, on_hand], notify: [shop-ops]}."


def read_consumers(source: YamlSource, declared: Any, *, fields: tuple[Field, ...], at: Place) -> tuple[Consumer, ...]:
    """The consumers in `declared`, the value at `at`, in their order. Raises DeclarationError."""
    if declared is None:
        return ()
    if not isinstance(declared, list):
        raise DeclarationError("consumers is not a list.", place=source.place(at), remedy=_EXAMPLE)
    columns = tuple(field.name for field in fields)
    consumers: list[Consumer] = []
    for index, item in enumerate(declared):
        consumer = _consumer(source, item, columns=columns, at=(*at, index))
        if any(known.name == consumer.name for known in consumers):
            raise DeclarationError(
                f"the consumer {consumer.name} is there twice.",
                place=source.place((*at, index)),
                remedy="Put their fields together, or rename one.",
            )
        consumers.append(consumer)
    return tuple(consumers)


def _consumer(source: YamlSource, item: Any, *, columns: tuple[str, ...], at: Place) -> Consumer:
    if not isinstance(item, dict) or not isinstance(item.get("name"), str) or not item["name"].strip():
        raise DeclarationError("a consumer has no name.", place=source.place(at), remedy=_EXAMPLE)
    for key in item:
        if key not in _KEYS:
            remedy = f"Known here: {', '.join(_KEYS)}."
            raise DeclarationError(f"a consumer has no {key!r}.", place=source.place((*at, str(key))), remedy=remedy)
    read = _texts(source, item, "fields", at=at)
    for index, name in enumerate(read or ()):
        if name not in columns:
            raise DeclarationError(
                f"the consumer {item['name']} reads {name!r}, which is no field.",
                place=source.place((*at, "fields", index)),
                remedy=f"The fields are {', '.join(columns)}.",
            )
    return Consumer(name=item["name"].strip(), fields=read, notify=_texts(source, item, "notify", at=at) or ())


def _texts(source: YamlSource, item: dict[str, Any], name: str, *, at: Place) -> tuple[str, ...] | None:
    """The list of that name; None where it is not given."""
    if name not in item:
        return None
    value = item[name]
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise DeclarationError(
            f"{name} of a consumer is no list of names.", place=source.place((*at, name)), remedy=_EXAMPLE
        )
    return tuple(value)
