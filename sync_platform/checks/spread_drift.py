"""Values, sizes, hours and delays that are spread over a day's rows otherwise than usual."""

from __future__ import annotations

from collections.abc import Sequence

from sync_platform.checks.compared_days import FEWEST_DAYS
from sync_platform.checks.divergence import REST, Shares, by_chance, divergence, grouped, pooled, shares
from sync_platform.checks.finding import Finding, days_in_words, range_in_words, share_in_words
from sync_platform.checks.magnitude import edges_of
from sync_platform.checks.profile import DELAY_ENDS
from sync_platform.contracts.contract import Contract
from sync_platform.contracts.day_profile import LATENESS, DayProfile, FieldKind, FieldProfile, event_moment

# A population stability index of 0.25 is where a shift counts as significant (Siddiqi, Credit Risk Scorecards, 2006);
# in bits of divergence that is 0.25 / 5.5. Small days differ by more, so a field also has to be further from the usual
# than it ever was but once, and than chance alone brings it (docs/checks.md).
LEAST_DIVERGENCE = 0.25 / 5.545
TIMES_ITS_OWN, TIMES_CHANCE = 2.0, 4.0
FEWEST_ROWS = 100
# Groups of 5 % and more, so that there are 20 at most.
LEAST_SHARE = 0.05


def find_spreads(
    contract: Contract, today: DayProfile, days: Sequence[DayProfile], *, besides: frozenset[str]
) -> list[Finding]:
    """Fields whose values are spread otherwise.

    The hours at which records happen are the volume's to judge, and those of a running day are not over.
    """
    left_out = besides | {LATENESS, event_moment(contract) or ""}
    return [
        found
        for name, profile in today.fields.items()
        if name not in left_out and not (profile.kind is FieldKind.HOURS and today.age.is_running)
        for found in _judged(profile, days)
    ]


def find_delays(today: DayProfile, days: Sequence[DayProfile]) -> list[Finding]:
    """Whether records become known later, or sooner, than usual."""
    profile = today.fields.get(LATENESS)
    return _judged(profile, days) if profile is not None else []


def _judged(profile: FieldProfile, days: Sequence[DayProfile]) -> list[Finding]:
    before = [other.fields[profile.name] for other in days if profile.name in other.fields]
    before = [each for each in before if each.kind is profile.kind and each.present >= FEWEST_ROWS and each.counts]
    if profile.present < FEWEST_ROWS or not profile.counts or len(before) < FEWEST_DAYS:
        return []
    ordered = profile.kind is not FieldKind.VALUES
    spreads = [_shares(each) for each in before]
    reference = pooled(spreads)

    def in_groups(spread: Shares) -> dict[str, float]:
        return grouped(spread, reference, ordered=ordered, least=LEAST_SHARE)

    usual, now = in_groups(reference), in_groups(_shares(profile))
    # Each day against the others: a day is like a reference that it is part of.
    own = sorted(
        divergence(in_groups(spread), in_groups(pooled([other for other in spreads if other is not spread])))
        for spread in spreads
    )
    chance = by_chance(len(usual), profile.present, sum(each.present for each in before) / len(before))
    far = max(LEAST_DIVERGENCE, TIMES_ITS_OWN * own[-2], TIMES_CHANCE * chance)
    apart = divergence(now, usual)
    if apart <= far:
        return []
    # Told is where rows went: one group has more than before.
    group = max(now, key=lambda name: (now[name] - usual.get(name, 0.0), name))
    each_day = [in_groups(spread).get(group, 0.0) for spread in spreads]
    named = _group_in_words(profile, group, reference) if ordered else _value_in_words(group)
    return [
        Finding(
            subject="delay" if profile.name == LATENESS else profile.name,
            now=f"{share_in_words(now.get(group, 0.0))} of values {named} (divergence {apart:.2f} bits)",
            before=f"{range_in_words(each_day)} on {days_in_words([one.day for one in days])} (at most {far:.2f})",
            worth=apart,
        )
    ]


def _shares(profile: FieldProfile) -> dict[str, float]:
    return shares({**profile.counts, REST: profile.rest} if profile.rest else profile.counts)


def _value_in_words(group: str) -> str:
    return "are rarer ones" if group == REST else f"are {group!r}"


def _group_in_words(profile: FieldProfile, group: str, reference: Shares) -> str:
    """`from 1.8 to 3.1`, `at 14:00-15:59`, `known after 1 h`: what the day has in one group."""
    kind = profile.kind
    alike = [
        name for name in profile.counts if group in grouped({name: 1.0}, reference, ordered=True, least=LEAST_SHARE)
    ]
    bins = sorted(map(int, alike))
    low, high = bins[0], bins[-1]
    if kind is FieldKind.HOURS:
        return f"at {low:02d}:00-{high:02d}:59"
    if kind is FieldKind.DELAYS:
        return f"known {_delay_in_words(low, high)}"
    return f"from {edges_of(low)[0]:.3g} to {edges_of(high)[1]:.3g}" if (low, high) != (0, 0) else "are 0"


def _delay_in_words(low: int, high: int) -> str:
    if high == 0:
        return "before they happened"
    after = f"after {duration_in_words(DELAY_ENDS[low - 1])}" if low > 1 else "at once"
    return after if high >= len(DELAY_ENDS) else f"{after} and within {duration_in_words(DELAY_ENDS[high])}"


def duration_in_words(seconds: int) -> str:
    """`10 s`, `5 m`, `12 h`, `7 d`: the end of a bin of delays."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("m", 60)):
        if seconds >= length and seconds % length == 0:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"
