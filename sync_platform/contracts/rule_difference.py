"""What changed in the rules that a contract declares for a day, and what each change means to those who read it.

A blocking rule is a promise: no day that breaks it is ever published. Other rules only tell, so that nobody can have
built on them. Rules that a field's own constraints imply are compared with the field.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from sync_platform.contracts.change import Change, Judgement, change_of
from sync_platform.contracts.contract import Contract, Rule, Severity
from sync_platform.contracts.rule_reader import implied_rules
from sync_platform.contracts.semantic_version import Level

Touched: TypeAlias = Callable[[str | None], tuple[str, ...]]
"""The names of the consumers of a column, and for None of the entity as a whole."""

COMPARED = ("severity", "description", "expectation", "arguments", "column")
"""Attributes of a Rule that are compared; its name identifies it."""

_LOWER, _UPPER = ("min_value", "mostly"), ("max_value",)
_WORDS = Judgement(Level.PATCH, "words for people")


def rule_changes(before: Contract, after: Contract, *, touched: Touched) -> list[Change]:
    """The changes of the declared rules in their order, new ones last."""
    old, new = _declared(before), _declared(after)
    # A rule that was declared may be implied now: it is not gone.
    kept = {rule.name: rule for rule in after.rules}
    changes: list[Change] = []
    for name, rule in old.items():
        if name not in kept:
            readers = touched(rule.column)
            changes.append(change_of(f"rules.{name}", rule.severity, None, judgement=_gone(rule), consumers=readers))
            continue
        same_values = _is_value_set(before, rule) and _is_value_set(after, kept[name])
        changes += _of_one(rule, kept[name], left_out={"arguments"} if same_values else set(), touched=touched)
    added = Judgement(Level.MINOR, "a firmer promise: days are held against one more rule")
    changes += [
        change_of(f"rules.{name}", None, rule.severity, judgement=added, consumers=touched(rule.column))
        for name, rule in new.items()
        if name not in old
    ]
    return changes


def _of_one(before: Rule, after: Rule, *, left_out: set[str], touched: Touched) -> list[Change]:
    readers = tuple(dict.fromkeys((*touched(before.column), *touched(after.column))))
    return [
        change_of(
            f"rules.{before.name}.{attribute}",
            getattr(before, attribute),
            getattr(after, attribute),
            judgement=_judge(attribute, before, after),
            consumers=readers,
        )
        for attribute in COMPARED
        if attribute not in left_out and getattr(before, attribute) != getattr(after, attribute)
    ]


def _declared(contract: Contract) -> dict[str, Rule]:
    implied = {rule.name for rule in implied_rules(contract.fields, contract.key)}
    return {rule.name: rule for rule in contract.rules if rule.name not in implied}


def _is_value_set(contract: Contract, rule: Rule) -> bool:
    """Whether the rule says of the day what the field's own value set says of each record."""
    values = contract.field(rule.column).valid_values if rule.column in contract.columns and rule.column else None
    return values is not None and tuple(map(str, rule.arguments.get("value_set") or ())) == values


def _gone(rule: Rule) -> Judgement:
    if rule.blocking:
        return Judgement(Level.MAJOR, "days that break it are published from now on")
    return Judgement(Level.MINOR, "it held no day back; nobody is told any more")


def _judge(attribute: str, before: Rule, after: Rule) -> Judgement:
    match attribute:
        case "description":
            return _WORDS
        case "severity":
            return _judge_severity(before.severity, after.severity)
    if not before.blocking:
        return Judgement(Level.MINOR, "it holds no day back; what is told is another thing")
    if attribute == "arguments" and before.expectation == after.expectation and _is_stricter(before, after):
        return Judgement(Level.MINOR, "a firmer promise: every day that passes now passed before")
    return Judgement(Level.MAJOR, "days may be published that were held back")


def _judge_severity(before: Severity, after: Severity) -> Judgement:
    if before is Severity.CRITICAL:
        return Judgement(Level.MAJOR, "days that break it are published from now on")
    if after is Severity.CRITICAL:
        return Judgement(Level.MINOR, "a firmer promise: a day that breaks it is held back")
    return Judgement(Level.MINOR, "it holds no day back, before and after")


def _is_stricter(before: Rule, after: Rule) -> bool:
    """Whether each argument that changed is of a kind that can be compared, and is stricter; a query never is."""
    old, new = before.arguments, after.arguments
    return all(
        _stricter(name, old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)
    )


def _stricter(name: str, before: Any, after: Any) -> bool:
    if name == "value_set":
        return before is not None and after is not None and set(after) <= set(before)
    if name not in _LOWER + _UPPER:
        return False
    if name == "mostly":
        # What is left out means: all of them.
        before, after = (1.0 if value is None else value for value in (before, after))
        return bool(after > before)
    if before is None or after is None:
        return before is None
    return bool(after > before if name in _LOWER else after < before)
