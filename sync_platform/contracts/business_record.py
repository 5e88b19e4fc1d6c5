"""Reads what makes a business record out of a contract's property `businessRecord`: a rule that each is there once.

A key tells records apart for the partner; it does not tell that an order was sent again under a new one.
"""

from __future__ import annotations

from typing import Any

from sync_platform.contracts.contract import Field, FieldType, JsonType, Rule, Severity
from sync_platform.contracts.duration import read_duration, write_duration
from sync_platform.contracts.expectation_names import BUSINESS_RECORD_ONCE
from sync_platform.errors import DeclarationError

NAME = "business_duplicates"
_KEYS = {"fields", "lists", "at", "within"}
_EXAMPLE = "{fields: [customer_id, branch, total], lists: {line_items: [sku, quantity]}, at: placed_at, within: 10m}"


def business_record_rule(declared: Any, *, fields: tuple[Field, ...], key: tuple[str, ...], place: str) -> Rule:
    """The rule that no two records of a day say the same within the time. Raises DeclarationError at `place`."""
    if not isinstance(declared, dict) or not {"fields", "at", "within"} <= declared.keys() <= _KEYS:
        raise DeclarationError(
            "businessRecord needs fields, at and within, and may have lists.", place=place, remedy=f"Write {_EXAMPLE}."
        )
    by_name = {field.name: field for field in fields}
    plain, lists = _names(declared["fields"]), _lists(declared.get("lists"), place=place)
    for name, wanted in (
        *((name, frozenset(FieldType) - {FieldType.JSON}) for name in plain),
        *((name, frozenset({FieldType.JSON})) for name in lists),
        (declared["at"], frozenset({FieldType.TIMESTAMP})),
    ):
        if name not in by_name or by_name[name].type not in wanted or by_name[name].json_type is JsonType.OBJECT:
            fitting = [
                field.name for field in fields if field.type in wanted and field.json_type is not JsonType.OBJECT
            ]
            raise DeclarationError(
                f"businessRecord names {name!r}, which cannot stand there.",
                place=place,
                remedy=f"Choose from {', '.join(fitting) or 'none: the contract has no such field'}.",
            )
    if not plain or set(plain) & set(key):
        raise DeclarationError(
            "businessRecord needs fields, and none of the key: a record sent again has a new one.",
            place=place,
            remedy="Name what stays the same, like customer, branch and total.",
        )
    try:
        within = read_duration(declared["within"])
    except ValueError as error:
        raise DeclarationError(f"businessRecord.within: {error}.", place=place, remedy="Write within: 10m.") from error
    return Rule(
        name=NAME,
        severity=Severity.WARNING,
        description=(
            f"No two records of the day have the same {', '.join((*plain, *lists))} within {write_duration(within)}: "
            "that would be one record under two keys."
        ),
        expectation=BUSINESS_RECORD_ONCE,
        arguments={
            "key": list(key),
            "fields": list(plain),
            "lists": lists,
            "at": declared["at"],
            "within_seconds": within.total_seconds(),
        },
    )


def _names(value: Any) -> tuple[str, ...]:
    return tuple(str(name) for name in value) if isinstance(value, list) else ()


def _lists(value: Any, *, place: str) -> dict[str, list[str]]:
    """Of each list field the keys of its items that count; their order in the list does not."""
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(_names(keys) for keys in value.values()):
        raise DeclarationError(
            "businessRecord.lists is not a mapping of list fields to keys of their items.",
            place=place,
            remedy=f"Write {_EXAMPLE}.",
        )
    return {str(name): list(_names(keys)) for name, keys in value.items()}
