"""What changed between two versions of a contract, in the order of the contract, and what it means to readers.

`breaking` is judged from the readers' side: somebody built on what the older version says. What the change does to
landing is in `why` where it matters; a change that the landing table cannot follow is refused by landing itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import date

from sync_platform.contracts.change import (
    Change,
    Judge,
    Judgement,
    always,
    attribute_change,
    attribute_changes,
    by_presence,
    change_of,
    promise,
)
from sync_platform.contracts.contract import Consumer, Contract, Freshness, SourceVersion, VersionKind
from sync_platform.contracts.field_difference import field_changes
from sync_platform.contracts.rule_difference import rule_changes
from sync_platform.contracts.semantic_version import Level

NOT_COMPARED = frozenset({"version", "file"})
"""The version is what the changes are measured by; the file is where it is written."""

_FOR_PEOPLE = always(Level.PATCH, "words for people")
_TRUST = (VersionKind.NONE, VersionKind.COARSE, VersionKind.STRICT)


def _judge_end(before: date | None, after: date | None) -> Judgement:
    if after is None:
        return Judgement(Level.MINOR, "the version goes on")
    if before is None:
        return Judgement(Level.MINOR, "the end of this major version is announced")
    if after > before:
        return Judgement(Level.MINOR, "readers get more time")
    return Judgement(Level.MAJOR, "an announced end can be put off, not brought forward: readers plan by it")


def _judge_version_kind(before: VersionKind, after: VersionKind) -> Judgement:
    if _TRUST.index(after) > _TRUST.index(before):
        return Judgement(Level.MINOR, "a conflict that was settled silently becomes a dead letter")
    return Judgement(Level.MAJOR, "two different contents of one version are settled silently from now on")


CONTRACT_JUDGES: dict[str, Judge] = {
    "unknown_fields": always(
        Level.MINOR, "a field that nobody knows is met in another way; known fields stay as they are"
    ),
    "drift": always(Level.MINOR, "a day that differs from others is told with another severity, or not"),
    "id": always(Level.MAJOR, "another contract"),
    "entity": always(Level.MAJOR, "another asset and another table: readers of the old one find nothing new in it"),
    "kind": always(Level.MAJOR, "what a day's rows are, and whether a past day can be asked for, is another thing"),
    "title": _FOR_PEOPLE,
    "description": _FOR_PEOPLE,
    "key": always(Level.MAJOR, "a row stands for another thing, and records are known by another text"),
    "business_day_field": always(Level.MAJOR, "rows belong to other days"),
    "as_of_field": by_presence(
        added=Judgement(Level.MINOR, "each row tells its own as_of where the answer's counted for all"),
        removed=Judgement(Level.MAJOR, "rows have the answer's as_of, which may be newer than they are"),
        changed=Judgement(Level.MAJOR, "as_of is another moment"),
    ),
    "branch_field": by_presence(
        added=Judgement(Level.MINOR, "clocks and states are told per branch as well"),
        removed=Judgement(Level.MAJOR, "nothing is told per branch any more"),
        changed=Judgement(Level.MAJOR, "what is told per branch is told per something else"),
    ),
    "max_rejected": promise(
        firmer=lambda before, after: after < before,
        firm="a day is held back sooner",
        loose="days that lack more of their records are published",
    ),
    "owner": always(Level.PATCH, "somebody else is to be asked"),
    "tags": _FOR_PEOPLE,
    "status": always(Level.PATCH, "words for people"),
    "ends_on": _judge_end,
}
VERSION_JUDGES: dict[str, Judge] = {
    "kind": _judge_version_kind,
    "fields": always(Level.MAJOR, "landed versions cannot be ordered against new ones: an older record may win"),
}
FRESHNESS_JUDGES: dict[str, Judge] = {
    "max_age": promise(
        firmer=lambda before, after: after < before,
        firm="today is promised to be fresher",
        loose="readers who rely on the age of today may meet older data",
    ),
    "in_trading_hours": promise(
        firmer=lambda before, _: bool(before),
        firm="data grows old while branches are closed as well",
        loose="data that stands still while branches are closed counts as fresh",
    ),
    "closed_by": promise(
        firmer=lambda before, after: after < before,
        firm="past days are promised sooner",
        loose="readers who start at the old time may meet an incomplete day",
    ),
}
_TOUCH_NOBODY = {"title", "description", "owner", "tags", "status"}


def compare(before: Contract, after: Contract) -> tuple[Change, ...]:
    """Every change from `before` to `after`; none where both mean the same, whatever their numbers are."""
    return tuple(_Comparison(before, after).changes())


class _Comparison:
    """Two contracts and everybody who reads one of them."""

    def __init__(self, before: Contract, after: Contract) -> None:
        self.before = before
        self.after = after

    def changes(self) -> Iterator[Change]:
        for attribute in fields(Contract):
            if attribute.name not in NOT_COMPARED:
                yield from self._of(attribute.name)

    def _of(self, name: str) -> list[Change]:
        before, after = getattr(self.before, name), getattr(self.after, name)
        match name:
            case "fields":
                return field_changes(before, after, touched=self._readers)
            case "rules":
                return rule_changes(self.before, self.after, touched=self._readers)
            case "source_version":
                return self._version_changes(before, after)
            case "freshness":
                return self._freshness_changes(before, after)
            case "consumers":
                return _consumer_changes(before, after)
            case "ends_on" if self._majors_differ():
                # Each major version has an end of its own.
                return []
        touched = () if name in _TOUCH_NOBODY else self._readers(None)
        change = attribute_change(self.before, self.after, name, judges=CONTRACT_JUDGES, path="", touched=touched)
        return [] if change is None else [change]

    def _majors_differ(self) -> bool:
        return self.before.semantic_version.major != self.after.semantic_version.major

    def _version_changes(self, before: SourceVersion, after: SourceVersion) -> list[Change]:
        # Kind none has no fields: that they come or go is said by the kind.
        without = VersionKind.NONE in (before.kind, after.kind)
        return attribute_changes(
            before,
            after,
            VERSION_JUDGES,
            path="source_version.",
            left_out=frozenset({"fields"} if without else ()),
            touched=self._readers(None),
        )

    def _freshness_changes(self, before: Freshness, after: Freshness) -> list[Change]:
        return attribute_changes(
            before, after, FRESHNESS_JUDGES, path="freshness.", left_out=frozenset(), touched=self._readers(None)
        )

    def _readers(self, field: str | None) -> tuple[str, ...]:
        """Who reads the field, by either version; everybody for what belongs to no field."""
        consumers = (*self.before.consumers, *self.after.consumers)
        return tuple(dict.fromkeys(one.name for one in consumers if field is None or one.reads(field)))


def _consumer_changes(before: tuple[Consumer, ...], after: tuple[Consumer, ...]) -> list[Change]:
    old, new = ({consumer.name: consumer for consumer in listed} for listed in (before, after))
    words = Judgement(Level.PATCH, "who reads the data; the data stays as it is")
    return [
        change_of(f"consumers.{name}", old.get(name), new.get(name), judgement=words, consumers=(name,))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
