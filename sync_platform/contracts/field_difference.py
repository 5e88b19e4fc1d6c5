"""What changed in the fields of an entity, and what each change means to those who read them.

One principle: a promise that becomes looser breaks, for somebody built on it; one that becomes firmer does not. What
readers are told never to meet (a value outside the set, below the limit, null) is such a promise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TypeAlias

from sync_platform.contracts.change import (
    Change,
    Judge,
    Judgement,
    always,
    attribute_changes,
    by_presence,
    change_of,
    promise,
)
from sync_platform.contracts.contract import Field
from sync_platform.contracts.semantic_version import Level

Touched: TypeAlias = Callable[[str], tuple[str, ...]]
"""The names of the consumers that read a field."""
Limit: TypeAlias = tuple[Decimal, bool]
"""A limit, and whether the value itself is outside."""

_LIMITS = frozenset({"minimum", "maximum", "exclusive_minimum", "exclusive_maximum"})
COMPARED_APART = _LIMITS | {"name"}
"""Attributes of a Field without a judge of their own: the name identifies it, the limits are compared as one range."""

_SMALLER = "values that readers were promised stay within it as before; a record outside is rejected from now on"
_LARGER = "readers may meet a value that they were promised not to meet, and that does not fit where they keep it"


def _judge_values(before: tuple[str, ...] | None, after: tuple[str, ...] | None) -> Judgement:
    if before is not None and after is not None and set(before) == set(after):
        return Judgement(Level.PATCH, "the same values in another order")
    if after is not None and (before is None or set(after) < set(before)):
        return Judgement(Level.MINOR, "readers meet no other value than before; a record with another one is rejected")
    return Judgement(Level.MAJOR, "readers may meet a value that they do not know, and count or leave out wrongly")


def _judge_personal(before: bool, after: bool) -> Judgement:  # noqa: ARG001 - the shape of a judge
    if after:
        # Never a reason to wait for a new major version: what was found to be personal is masked at once.
        return Judgement(Level.MINOR, "lands as before, and is masked wherever people see it")
    return Judgement(Level.MAJOR, "what was masked is shown to everybody from now on")


FIELD_JUDGES: dict[str, Judge] = {
    "type": always(Level.MAJOR, "readers compute with the old type, and the landing column has it"),
    "required": promise(
        firmer=lambda before, after: after,  # noqa: ARG005
        firm="readers meet no null any more; a record without it is rejected",
        loose="readers may meet null",
    ),
    "description": always(Level.PATCH, "words for people"),
    "unit": by_presence(
        added=Judgement(Level.MINOR, "says what was left unsaid"),
        removed=Judgement(Level.MAJOR, "nothing says any more what the numbers count"),
        changed=Judgement(Level.MAJOR, "the same number means another amount"),
    ),
    "personal": _judge_personal,
    "critical": always(Level.MINOR, "what happens to a wrong value; which values are wrong is said elsewhere"),
    "time_format": always(Level.MINOR, "how the partner writes it; readers meet the same moments"),
    "precision": promise(firmer=lambda before, after: after < before, firm=_SMALLER, loose=_LARGER),
    "scale": promise(firmer=lambda before, after: after < before, firm=_SMALLER, loose=_LARGER),
    "min_length": promise(firmer=lambda before, after: after > before, firm=_SMALLER, loose=_LARGER),
    "max_length": promise(firmer=lambda before, after: after < before, firm=_SMALLER, loose=_LARGER),
    "pattern": promise(
        firmer=lambda before, after: False,  # noqa: ARG005
        firm=_SMALLER,
        loose="texts may come that the old pattern refused; two patterns do not tell which",
    ),
    "valid_values": _judge_values,
    "json_type": always(Level.MAJOR, "a list where readers look for an object, or the other way round"),
}


def field_changes(before: tuple[Field, ...], after: tuple[Field, ...], *, touched: Touched) -> list[Change]:
    """The changes of the fields in their order: those of before, each with what became of it, then the new ones."""
    changes: list[Change] = []
    new = {field.name: field for field in after}
    for field in before:
        if field.name in new:
            changes += _of_one(field, new[field.name], touched=touched(field.name))
        else:
            changes.append(_gone(field, after, before=before, touched=touched(field.name)))
    known = {field.name for field in before}
    changes += [_added(field, touched=touched(field.name)) for field in after if field.name not in known]
    kept = [field.name for field in before if field.name in new]
    ordered = [field.name for field in after if field.name in known]
    if kept != ordered:
        words = Judgement(Level.PATCH, "the order is only shown; columns are found by name")
        changes.append(change_of("fields", tuple(kept), tuple(ordered), judgement=words))
    return changes


def _of_one(before: Field, after: Field, *, touched: tuple[str, ...]) -> list[Change]:
    path = f"fields.{before.name}."
    changes = attribute_changes(
        before, after, FIELD_JUDGES, path=path, left_out=frozenset(COMPARED_APART), touched=touched
    )
    for name, limit_of, sign in (("minimum", _lower, 1), ("maximum", _upper, -1)):
        old, new = limit_of(before), limit_of(after)
        if old == new:
            continue
        judgement = _judge_limit(old, new, sign=sign)
        shown = (_shown(old, sign=sign), _shown(new, sign=sign))
        changes.append(change_of(f"{path}{name}", *shown, judgement=judgement, consumers=touched))
    return changes


def _added(field: Field, *, touched: tuple[str, ...]) -> Change:
    words = "; records without it are rejected" if field.required else ""
    judgement = Judgement(Level.MINOR, f"readers lose nothing{words}")
    return change_of(f"fields.{field.name}", None, field.type, judgement=judgement, consumers=touched)


def _gone(field: Field, after: tuple[Field, ...], *, before: tuple[Field, ...], touched: tuple[str, ...]) -> Change:
    known = {one.name for one in before}
    alike = [one.name for one in after if one.name not in known and _nameless(field) == _nameless(one)]
    renamed = f"; {alike[0]} is new and like it: renamed" if alike else ""
    judgement = Judgement(Level.MAJOR, f"who reads it finds nothing{renamed}")
    return change_of(f"fields.{field.name}", field.type, None, judgement=judgement, consumers=touched)


def _nameless(field: Field) -> Field:
    return replace(field, name="", description="")


def _lower(field: Field) -> Limit | None:
    """The lower limit that counts: of two, the higher one."""
    limits = [(field.minimum, False), (field.exclusive_minimum, True)]
    return max(((value, open_) for value, open_ in limits if value is not None), default=None)


def _upper(field: Field) -> Limit | None:
    """The upper limit that counts: of two, the lower one, and of equal ones that which leaves the value out."""
    limits = [(field.maximum, False), (field.exclusive_maximum, True)]
    given = [(value, open_) for value, open_ in limits if value is not None]
    return min(given, key=lambda limit: (limit[0], not limit[1]), default=None)


def _judge_limit(before: Limit | None, after: Limit | None, *, sign: int) -> Judgement:
    """`sign` is 1 for a lower limit, which is firmer when it is higher, and -1 for an upper one."""
    return promise(
        firmer=lambda old, new: (new[0] * sign, new[1]) > (old[0] * sign, old[1]), firm=_SMALLER, loose=_LARGER
    )(before, after)


def _shown(limit: Limit | None, *, sign: int) -> str | None:
    if limit is None:
        return None
    words = {(1, False): "at least", (1, True): "above", (-1, False): "at most", (-1, True): "below"}
    return f"{words[sign, limit[1]]} {limit[0]}"
