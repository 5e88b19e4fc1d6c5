"""One difference between two versions of a contract: what, from what to what, how heavy, why, and whom it touches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, TypeAlias

from sync_platform.contracts.semantic_version import Level


class ChangeKind(StrEnum):
    """What happened to the part of the contract that a change names."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


@dataclass(frozen=True)
class Judgement:
    """How heavy a change is for those who read the data, and why."""

    level: Level
    why: str


Judge: TypeAlias = Callable[[Any, Any], Judgement]
"""Judges a value's way from before to after; the two differ, and None stands for not being there."""


@dataclass(frozen=True)
class Change:
    """`path` names the part as people write it: `fields.total.unit`. `consumers` are the names of those it touches."""

    path: str
    kind: ChangeKind
    before: Any
    after: Any
    level: Level
    why: str
    consumers: tuple[str, ...] = ()

    @property
    def breaking(self) -> bool:
        """Whether somebody who reads the data as the older version describes it may go wrong."""
        return self.level is Level.MAJOR


def change_of(path: str, before: Any, after: Any, *, judgement: Judgement, consumers: tuple[str, ...] = ()) -> Change:
    """The change of one part from `before` to `after`."""
    kind = ChangeKind.ADDED if before is None else ChangeKind.REMOVED if after is None else ChangeKind.CHANGED
    return Change(path, kind, before, after, judgement.level, judgement.why, consumers)


def attribute_changes(
    before: Any,
    after: Any,
    judges: Mapping[str, Judge],
    *,
    path: str,
    left_out: frozenset[str],
    touched: tuple[str, ...],
) -> list[Change]:
    """The changes of two dataclasses of one type, attribute by attribute, in the order of their declaration."""
    names = [attribute.name for attribute in fields(before) if attribute.name not in left_out]
    found = (attribute_change(before, after, name, judges=judges, path=path, touched=touched) for name in names)
    return [change for change in found if change is not None]


def attribute_change(
    before: Any, after: Any, name: str, *, judges: Mapping[str, Judge], path: str, touched: tuple[str, ...]
) -> Change | None:
    """The change of one attribute; None where both have the same value.

    What nobody has decided about yet breaks: to be told too much is the better mistake.
    """
    old, new = getattr(before, name), getattr(after, name)
    if old == new:
        return None
    judgement = judges.get(name, _undecided)(old, new)
    return change_of(f"{path}{name}", old, new, judgement=judgement, consumers=touched)


def always(level: Level, why: str) -> Judge:
    """The same judgement whatever the values are."""
    return lambda before, after: Judgement(level, why)  # noqa: ARG005 - the shape of a judge


def by_presence(*, added: Judgement, removed: Judgement, changed: Judgement) -> Judge:
    """One judgement where the value is new, one where it goes, one where it becomes another."""

    def judge(before: Any, after: Any) -> Judgement:
        return added if before is None else removed if after is None else changed

    return judge


def promise(*, firmer: Callable[[Any, Any], bool], firm: str, loose: str) -> Judge:
    """A promise to readers: made or firmer is `firm` and breaks nobody; looser or withdrawn is `loose`, and breaks.

    `firmer(before, after)` compares two that are there.
    """

    def judge(before: Any, after: Any) -> Judgement:
        held = after is not None and (before is None or firmer(before, after))
        return Judgement(Level.MINOR, firm) if held else Judgement(Level.MAJOR, loose)

    return judge


def _undecided(before: Any, after: Any) -> Judgement:  # noqa: ARG001 - the shape of a judge
    return Judgement(Level.MAJOR, "nobody has decided yet what this means to readers")
