"""Numbers that look like another unit: what a day has is what it usually has, moved along by one factor.

Sizes are kept in bins of 19 %, so a factor moves all of them by the same number of bins. A whole number and the middle
of its bin are up to half a bin apart, so each bin is spread over its neighbours before days are compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sync_platform.checks.compared_days import FEWEST_DAYS
from sync_platform.checks.divergence import by_chance, divergence, pooled, shares
from sync_platform.checks.finding import Finding, days_in_words
from sync_platform.checks.magnitude import factor_of, median_bin, middle_of
from sync_platform.checks.spread_drift import LEAST_DIVERGENCE, TIMES_CHANCE, TIMES_ITS_OWN
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import DayProfile, FieldKind, FieldProfile

# A pack of two is the smallest change of unit that is told: three bins are a factor of 1.7; sixty, of 33,000.
FEWEST_BINS, MOST_BINS = 3, 60
# Moved back by the right factor, a day differs from the usual by less than this share of what it did before.
LEFT_OVER = 0.3
FEWEST_ROWS = 100
_SPREAD_OVER = ((-1, 0.25), (0, 0.5), (1, 0.25))

Sizes = Mapping[str, float]


def find_units(
    contract: Contract, today: DayProfile, days: Sequence[DayProfile], *, besides: frozenset[str]
) -> list[Finding]:
    """Fields whose sizes are those of the other days, times one factor."""
    found = []
    for name, profile in today.fields.items():
        before = [other.fields[name] for other in days if name in other.fields and _rows(other.fields[name])]
        if name in besides or _rows(profile) < FEWEST_ROWS or len(before) < FEWEST_DAYS:
            continue
        bins = _moved_by(profile, before)
        if bins is None:
            continue
        unit, times = contract.field(name).unit or "the declared unit", factor_of(abs(bins))
        usual = pooled([_sizes(each) for each in before])
        found.append(
            Finding(
                subject=name,
                now=f"values are about {'1/' if bins < 0 else ''}{_rounded(times)} times what they were, as in another "
                f"unit than {unit} (median about {_median(_sizes(profile))})",
                before=f"median about {_median(usual)} on {days_in_words([one.day for one in days])}",
                worth=times,
            )
        )
    return found


def _moved_by(profile: FieldProfile, before: Sequence[FieldProfile]) -> int | None:
    """By how many bins the day's sizes are moved; None where that does not explain them."""
    now, spreads = _blurred(_sizes(profile)), [_blurred(_sizes(each)) for each in before]
    usual = pooled(spreads)
    apart = divergence(now, usual)
    own = sorted(divergence(one, pooled([other for other in spreads if other is not one])) for one in spreads)
    chance = by_chance(len(usual), _rows(profile), sum(map(_rows, before)) / len(before))
    if apart <= max(LEAST_DIVERGENCE, TIMES_ITS_OWN * own[-2], TIMES_CHANCE * chance):
        return None
    bins = min(range(-MOST_BINS, MOST_BINS + 1), key=lambda moved: divergence(_moved(now, -moved), usual))
    left = divergence(_moved(now, -bins), usual)
    return bins if abs(bins) >= FEWEST_BINS and left <= LEFT_OVER * apart else None


def _rows(profile: FieldProfile) -> int:
    """Rows with a positive number; zero is zero in any unit."""
    if profile.kind is not FieldKind.NUMBER:
        return 0
    return sum(rows for number, rows in profile.counts.items() if int(number) > 0)


def _sizes(profile: FieldProfile) -> dict[str, float]:
    return shares({number: rows for number, rows in profile.counts.items() if int(number) > 0})


def _blurred(sizes: Sizes) -> dict[str, float]:
    spread: dict[str, float] = {}
    for number, share in sizes.items():
        for step, weight in _SPREAD_OVER:
            name = str(int(number) + step)
            spread[name] = spread.get(name, 0.0) + share * weight
    return spread


def _moved(sizes: Sizes, bins: int) -> dict[str, float]:
    return {str(int(number) + bins): share for number, share in sizes.items()}


def _median(sizes: Sizes) -> str:
    return _rounded(middle_of(median_bin({int(number): share for number, share in sizes.items()})))


def _rounded(number: float) -> str:
    """Two digits are all that bins of 19 % tell: `110`, `2.4`, `0.026`."""
    return f"{float(f'{number:.2g}'):,.10g}"
