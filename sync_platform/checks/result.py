"""What one rule found on one day: the verdict, in figures and in words, and a few of the rows that failed it."""

from __future__ import annotations

from dataclasses import dataclass

from sync_platform.contracts.contract import Severity


@dataclass(frozen=True)
class Expected:
    """How few and how many rows are usual."""

    low: int
    high: int


@dataclass(frozen=True)
class RuleResult:
    """One rule's verdict. A rule that could not be run has `error` set and counts as not passed.

    `observed` is a short text for people. `unexpected_count` and `element_count` are None where the rule does not
    count rows; for a key they are the repeated keys and all rows. `sample` holds up to five failing rows as text:
    key columns and the judged ones, personal fields masked, `NULL` for a missing value. `seconds` is the rule's equal
    share of the run: rules are judged together in as few statements as possible, so none can be timed alone.
    `expected` is the band that a number of rows, then `element_count`, was held against.
    """

    rule: str
    severity: Severity
    passed: bool
    blocking: bool
    description: str
    observed: str
    unexpected_count: int | None
    element_count: int | None
    sample: tuple[dict[str, str], ...]
    seconds: float
    error: str | None
    expected: Expected | None = None
