"""Values that a field never had, and values that it always had and now lacks."""

from __future__ import annotations

from collections.abc import Sequence

from sync_platform.checks.compared_days import FEWEST_DAYS, FEWEST_ROWS
from sync_platform.checks.finding import Finding, days_in_words, share_in_words
from sync_platform.contracts.day_profile import DayProfile, FieldKind, FieldProfile

# A field whose every tenth day brings a value that no other day has is no set of known values (Good and Turing: the
# chance of something new is the share of what was seen once).
MOST_NEW_A_DAY = 0.1
# A new value is told from so many rows on, and so large a share of them: below, a set as wide as the real data's
# departments still grows by itself (docs/checks.md).
FEWEST_NEW_ROWS, LEAST_NEW_SHARE = 3, 0.001
# A value is missed where it never had less than this share, and this many rows were to be expected.
LEAST_USUAL_SHARE, FEWEST_MISSED_ROWS = 0.005, 20
_LISTED = 3


def find_values(today: DayProfile, days: Sequence[DayProfile], *, besides: frozenset[str]) -> list[Finding]:
    """Fields with new values or without usual ones."""
    found = []
    for name, profile in today.fields.items():
        before = [other.fields[name] for other in days if name in other.fields and other.fields[name].counts]
        if name in besides or profile.kind is not FieldKind.VALUES or len(before) < FEWEST_DAYS:
            continue
        if profile.present < FEWEST_ROWS or any(each.kind is not FieldKind.VALUES for each in before):
            continue
        compared = days_in_words([other.day for other in days])
        found += [*_new(profile, before, compared=compared), *_missed(profile, before, compared=compared)]
    return found


def _new(profile: FieldProfile, before: Sequence[FieldProfile], *, compared: str) -> list[Finding]:
    if profile.rest or any(each.rest for each in before):
        # Not all values are listed: nobody can say that one is new.
        return []
    seen: dict[str, int] = {}
    for each in before:
        for value in each.counts:
            seen[value] = seen.get(value, 0) + 1
    seen_once = sum(times == 1 for times in seen.values())
    new = {value: rows for value, rows in profile.counts.items() if value not in seen}
    rows = sum(new.values())
    if seen_once / len(before) > MOST_NEW_A_DAY or rows < max(FEWEST_NEW_ROWS, LEAST_NEW_SHARE * profile.present):
        return []
    return [
        Finding(
            subject=profile.name,
            now=f"{_listed(new)} new in {share_in_words(rows / profile.present)} of values",
            before=f"never seen on {compared} among {len(seen)} values",
            worth=rows / profile.present,
        )
    ]


def _missed(profile: FieldProfile, before: Sequence[FieldProfile], *, compared: str) -> list[Finding]:
    least = {
        value: min(each.counts.get(value, 0) / each.present for each in before if each.present)
        for value in before[0].counts
    }
    missed = {
        value: round(share * profile.present)
        for value, share in least.items()
        if share >= LEAST_USUAL_SHARE and share * profile.present >= FEWEST_MISSED_ROWS and value not in profile.counts
    }
    if not missed or profile.rest:
        return []
    share = sum(least[value] for value in missed)
    return [
        Finding(
            subject=profile.name,
            now=f"{_listed(missed)} gone",
            before=f"at least {share_in_words(share)} of values on each of {compared}",
            worth=share,
        )
    ]


def _listed(values: dict[str, int]) -> str:
    ordered = sorted(values, key=lambda value: (-values[value], value))
    more = f" and {len(ordered) - _LISTED} more" if len(ordered) > _LISTED else ""
    return ", ".join(repr(value) for value in ordered[:_LISTED]) + more
