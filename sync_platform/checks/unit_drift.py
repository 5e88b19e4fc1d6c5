"""Numbers that look like another unit: nearly every value is the same number of times what it was."""

from __future__ import annotations

from collections.abc import Sequence

from sync_platform.checks.compared_days import FEWEST_DAYS
from sync_platform.checks.finding import Finding, days_in_words
from sync_platform.checks.magnitude import deciles, factor_of, middle_of
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import DayProfile, FieldKind, FieldProfile

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# A pack of two is the smallest change of unit: three bins of 19 % are a factor of 1.7. Deciles of a mere change of unit
# move together; a whole number and its bin's middle are up to half a bin apart, on either day.
FEWEST_BINS, MOST_APART = 3, 2
FEWEST_ROWS = 100


def find_units(
    contract: Contract, today: DayProfile, days: Sequence[DayProfile], *, besides: frozenset[str]
) -> list[Finding]:
    """Fields all of whose deciles moved by one factor, further than they ever strayed."""
    found = []
    for name, profile in today.fields.items():
        before = [other.fields[name] for other in days if name in other.fields and _sizes(other.fields[name])]
        sizes = _sizes(profile)
        if name in besides or sum(sizes.values()) < FEWEST_ROWS or len(before) < FEWEST_DAYS:
            continue
        usual = deciles(_all(before), SHARES)
        moved = _moved(deciles(sizes, SHARES), usual)
        strayed = sorted(abs(_middle(_moved(deciles(_sizes(each), SHARES), usual))) for each in before)
        # The second largest: one wrong day among the compared ones does not excuse another.
        if max(moved) - min(moved) > MOST_APART or abs(_middle(moved)) < FEWEST_BINS + strayed[-2]:
            continue
        unit = contract.field(name).unit or "the declared unit"
        times = factor_of(abs(_middle(moved)))
        larger, compared = _middle(moved) > 0, days_in_words([one.day for one in days])
        found.append(
            Finding(
                subject=name,
                now=f"values are about {'' if larger else '1/'}{times:.2g} times what they were, as in another unit "
                f"than {unit} (median about {_written(deciles(sizes, (0.5,)))})",
                before=f"median about {_written(deciles(_all(before), (0.5,)))} on {compared}",
                worth=times,
            )
        )
    return found


def _sizes(profile: FieldProfile) -> dict[int, float]:
    """Counts of positive values by bin; zero is zero in any unit."""
    if profile.kind is not FieldKind.NUMBER:
        return {}
    return {int(number): count for number, count in profile.counts.items() if int(number) > 0}


def _all(profiles: Sequence[FieldProfile]) -> dict[int, float]:
    together: dict[int, float] = {}
    for profile in profiles:
        sizes = _sizes(profile)
        total = sum(sizes.values())
        for number, count in sizes.items():
            together[number] = together.get(number, 0.0) + count / total
    return together


def _moved(one: Sequence[int], other: Sequence[int]) -> list[int]:
    return [now - before for now, before in zip(one, other, strict=True)]


def _middle(moved: Sequence[int]) -> int:
    return sorted(moved)[len(moved) // 2]


def _written(bins: Sequence[int]) -> str:
    return f"{middle_of(bins[0]):.2g}"
