"""Failed checks as people read them: what only warns apart from what holds a day back, with the rules' names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class FailedRule:
    """A rule that failed when a day's rules last ran."""

    rule: str
    blocking: bool


def write_failed_rules(failed: Sequence[FailedRule]) -> str:
    """`17 warnings (product_in_catalogue), none blocking`: one counts per rule and day; empty where nothing failed."""
    if not failed:
        return ""
    warnings = [one.rule for one in failed if not one.blocking]
    blocking = [one.rule for one in failed if one.blocking]
    noun = "warning" if len(warnings) == 1 else "warnings"
    told = [_counted(warnings, noun)] if warnings else []
    return ", ".join((*told, _counted(blocking, "blocking") if blocking else "none blocking"))


def _counted(rules: list[str], noun: str) -> str:
    return f"{len(rules):,} {noun} ({', '.join(sorted(set(rules)))})"
