"""What checks made of a day, as people are shown it: a word, a shape and a meaning; the colour is the page's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class QualityState:
    """`name` is that of `report.quality.state`; `tint` names the colours of the freshness report that stand for it."""

    name: str
    word: str
    mark: str
    tint: str
    meaning: str


# Worst first.
STATES = (
    QualityState("blocked", "held back", "■", "held", "A blocking check failed; the last good version is served."),
    QualityState("warned", "warned", "▲", "stale", "A check failed that blocks nothing."),
    QualityState("unchecked", "not checked", "◐", "incomplete", "Loaded, but no rule has run yet, or there is none."),
    QualityState("not_obtainable", "not obtainable", "○", "not_obtainable", "A past state that nobody observed."),
    QualityState("passed", "passed", "●", "fresh", "Every rule passed when they last ran."),
)
_BY_NAME = {state.name: state for state in STATES}


def state_of(name: str) -> QualityState:
    """The state of that name. Raises KeyError."""
    return _BY_NAME[name]
