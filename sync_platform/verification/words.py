"""A verification in a sentence or two: both figures, what explains them, what differs, and what to do."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from sync_platform.contracts.figures import Figures
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.differing_keys import CHANGED, MISSING_HERE, MISSING_THERE, REJECTED
from sync_platform.landing.verifications import AGREES, CONTRADICTS, EXPLAINED
from sync_platform.verification.comparison import Comparison
from sync_platform.verification.search import ComparedPart

_KINDS = {
    MISSING_HERE: "missing here",
    MISSING_THERE: "landed and not there",
    CHANGED: "different in content",
    REJECTED: "broken without a dead letter",
}


def in_words(entity: Entity, day: date, comparison: Comparison, *, open_day: bool) -> str:
    """What was found. Names figures and never a record."""
    verdict, compared, keys = comparison.verdict, comparison.whole, comparison.keys
    both = f"The partner has {_figures(compared.partner)}"
    landed = f"landed are {_figures(compared.landed)}"
    letters = _letters(compared)
    if verdict == AGREES:
        return f"{both}, and so has the landing table."
    if verdict == EXPLAINED:
        return f"{both}, {landed}; {letters or 'dead letters tell of every record that differs'}."
    if verdict == CONTRADICTS:
        return (
            f"{both}, {landed}{_also(letters)}, and yet the records it gives are the landed ones: its figures "
            "contradict its records. Ask the partner which of the two is right."
        )
    found = ", ".join(f"{keys.count(kind):,} {words}" for kind, words in _KINDS.items() if keys and keys.count(kind))
    way = "--delta" if open_day else f"--day {day}"
    return f"{both}, {landed}{_also(letters)}: {found}. Take it in: `sync-platform pull {entity.address} {way}`."


def in_vain(entity: Entity, day: date, problem: str) -> str:
    """What is said where there is no verdict yet."""
    return f"{entity.address} {day} is not verified: {problem}"


def _figures(figures: Figures) -> str:
    sums = [f"{name} {_number(value)}" for name, value in figures.sums.items()]
    return ", ".join((f"{figures.count:,} records", *sums))


def _letters(compared: ComparedPart) -> str:
    """`320 dead letters explain 320 of the difference`, where there is one."""
    count = compared.known.count
    if not count:
        return ""
    more = compared.partner.count - compared.landed.count
    noun = "dead letter explains" if count == 1 else "dead letters explain"
    return f"{count:,} {noun} {min(count, max(more, 0)):,} of the difference"


def _also(letters: str) -> str:
    return f"; {letters}" if letters else ""


def _number(value: Decimal) -> str:
    return f"{value:,f}"
