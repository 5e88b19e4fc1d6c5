"""Judges a day's profile against those of other days: missing values, value sets, units, spread and delays.

Pure: profiles in, results out. What one check explains, another does not tell again: a changed unit is no changed
spread.
"""

from __future__ import annotations

from collections.abc import Sequence

from sync_platform.checks import finding
from sync_platform.checks.compared_days import FEWEST_DAYS, FEWEST_ROWS, comparable, learning
from sync_platform.checks.finding import Finding, days_in_words, range_in_words, result, share_in_words, untold
from sync_platform.checks.result import RuleResult
from sync_platform.checks.spread import deviation_of_share, usual
from sync_platform.checks.spread_drift import find_delays, find_spreads
from sync_platform.checks.unit_drift import find_units
from sync_platform.checks.value_drift import find_values
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import DayProfile

# Deviations from the median share at which missing values are told, and the least deviation that is assumed: days
# differ by more than chance. Measured on the real data, docs/checks.md.
NULL_DEVIATIONS, LEAST_NULL_DEVIATION = 5.0, 0.002
_STATISTICS = (finding.NULLS, finding.VALUES, finding.UNITS, finding.DISTRIBUTION, finding.LATENESS)


def judge_drift(
    contract: Contract, today: DayProfile, history: Sequence[DayProfile], *, gone: frozenset[str] = frozenset()
) -> tuple[RuleResult, ...]:
    """One result per check. `gone` are fields whose place in the records is gone, which another check tells."""
    days = comparable(today, history)
    if len(days) < FEWEST_DAYS:
        return _all_untold(contract, learning(len(days)))
    if today.rows < FEWEST_ROWS:
        return _all_untold(contract, f"too few rows to compare: {today.rows}, needed {FEWEST_ROWS}")
    compared = days_in_words([other.day for other in days])
    nulls = find_nulls(today, days, besides=gone)
    missing = gone | {one.subject for one in nulls}
    values = find_values(today, days, besides=missing)
    units = find_units(contract, today, days, besides=missing)
    told = missing | {one.subject for one in (*values, *units)}
    spreads, delays = find_spreads(contract, today, days, besides=told), find_delays(today, days)
    found = zip(_STATISTICS, (nulls, values, units, spreads, delays), strict=True)
    fine = f"as on {compared}"
    return tuple(one for rule, findings in found if (one := result(rule, contract, findings, fine=fine)) is not None)


def find_nulls(today: DayProfile, days: Sequence[DayProfile], *, besides: frozenset[str]) -> list[Finding]:
    """Fields of which far more or far fewer values are missing than usual."""
    found = []
    for name, profile in today.fields.items():
        before = [other.fields[name] for other in days if name in other.fields]
        if name in besides or len(before) < FEWEST_DAYS:
            continue
        shares = [each.missing_share for each in before]
        middle, deviation = usual(shares)
        rows = min(profile.rows, usual([each.rows for each in before])[0])
        far = NULL_DEVIATIONS * max(deviation, deviation_of_share(middle, rows), LEAST_NULL_DEVIATION)
        if abs(profile.missing_share - middle) > far:
            ordinary = [share for share in shares if abs(share - middle) <= far] or shares
            found.append(
                Finding(
                    subject=name,
                    now=f"missing in {share_in_words(profile.missing_share)} of rows",
                    before=f"{range_in_words(ordinary)} on {days_in_words([other.day for other in days])}",
                    worth=abs(profile.missing_share - middle),
                )
            )
    return found


def _all_untold(contract: Contract, words: str) -> tuple[RuleResult, ...]:
    return tuple(one for rule in _STATISTICS if (one := untold(rule, contract, words)) is not None)
