"""What a statistical check found, and the one result a day that says it: what changed from what to what, and when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import OFF, Contract, Severity
from sync_platform.redact import excerpt

SCHEMA, VALUES, NULLS, DISTRIBUTION, UNITS, LATENESS, VOLUME, SILENCE = (
    "schema_drift",
    "value_drift",
    "null_drift",
    "distribution_drift",
    "unit_drift",
    "lateness_drift",
    "volume",
    "volume_silence",
)
DESCRIPTIONS = {
    SCHEMA: "Records have the fields and JSON types that they had.",
    VALUES: "No value is new and none that is always there is gone.",
    NULLS: "As many values are missing as usual.",
    DISTRIBUTION: "Values are spread as usual.",
    UNITS: "Numbers are in the unit that they were in.",
    LATENESS: "Records become known as soon as usual.",
    VOLUME: "There are as many rows as this weekday, hour and branch usually have.",
    SILENCE: "While rows are expected, some come.",
}
_TOLD, _SAMPLED = 3, 5


@dataclass(frozen=True)
class Finding:
    """One thing that is not as it was: `now` against `before`, in words. `worth` orders findings, the worst first."""

    subject: str
    now: str
    before: str
    worth: float = 0.0

    @property
    def words(self) -> str:
        return f"{self.subject}: {self.now}, {self.before}"


def result(
    rule: str, contract: Contract, findings: Sequence[Finding], *, fine: str, severity: Severity | None = None
) -> RuleResult | None:
    """The result of one check on one day; `fine` is said when nothing was found. None where the contract turned it off.

    `severity` is the check's own where the contract says nothing.
    """
    declared = contract.drift.get(rule)
    if declared == OFF:
        return None
    found = sorted(findings, key=lambda finding: -finding.worth)
    words = [finding.words for finding in found[:_TOLD]]
    if len(found) > _TOLD:
        words.append(f"and {len(found) - _TOLD} more")
    chosen = Severity(declared) if declared else severity or Severity.WARNING
    return RuleResult(
        rule=rule,
        severity=chosen,
        passed=not found,
        blocking=chosen is Severity.CRITICAL,
        description=DESCRIPTIONS[rule],
        observed=excerpt("; ".join(words), characters=1_000) if found else fine,
        unexpected_count=None,
        element_count=None,
        sample=tuple(
            {"what": finding.subject, "now": excerpt(finding.now), "before": excerpt(finding.before)}
            for finding in found[:_SAMPLED]
        ),
        seconds=0.0,
        error=None,
    )


def untold(rule: str, contract: Contract, words: str) -> RuleResult | None:
    """A check that cannot judge yet: it passes, as information, and says why; never `fine`."""
    told = result(rule, contract, (), fine=words)
    return None if told is None else replace(told, severity=Severity.INFO, blocking=False)


def not_run(contract: Contract, error: str) -> tuple[RuleResult, ...]:
    """Every statistical check of a day as one that could not be run; it holds nothing back."""
    found = (untold(rule, contract, "could not be run") for rule in DESCRIPTIONS if rule != SILENCE)
    return tuple(replace(one, passed=False, severity=Severity.WARNING, error=error) for one in found if one is not None)


def days_in_words(days: Sequence[date]) -> str:
    """`the 9 days 2026-11-08..2026-11-20`."""
    if len(days) == 1:
        return f"the day {days[0]}"
    return f"the {len(days)} days {min(days)}..{max(days)}"


def share_in_words(share: float) -> str:
    """`31%`, `0.4%`, `0%`."""
    percent = share * 100
    return f"{percent:.0f}%" if percent >= 10 or percent == 0 else f"{percent:.1f}%" if percent >= 0.1 else "<0.1%"


def range_in_words(shares: Sequence[float]) -> str:
    """`2.1-4.0%`, `0%`."""
    low, high = share_in_words(min(shares)), share_in_words(max(shares))
    return low if low == high else f"{low.removesuffix('%')}-{high}"
