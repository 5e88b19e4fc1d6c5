"""The states a day can be in, as people are shown them: a word, a shape and a meaning; the colour is the page's."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class State:
    """`name` is that of a Verdict. `mark` differs in shape, so that nobody needs to see colours."""

    name: str
    word: str
    mark: str
    meaning: str


# Most urgent first.
STATES = (
    State(
        "held",
        "held",
        "■",
        "A newer version failed a blocking check or broke the contract; the last good one stays served.",
    ),
    State("never_loaded", "never loaded", "✕", "Nothing was ever loaded for the day."),
    State("sync_stopped", "sync stopped", "▬", "We got no complete answer for longer than the data may be old."),
    State("stale", "stale", "▲", "We are answered, and the data is older than its promise allows."),
    State("late", "late", "◆", "A past day that its promised closing time found incomplete."),
    State("incomplete", "incomplete", "◐", "Not read whole yet, and not yet due."),
    State("not_obtainable", "not obtainable", "○", "A past state that nobody observed; it cannot be asked for."),
    State("frozen", "frozen", "❄", "A declared freeze window: nothing is loaded until it ends."),
    State("closed", "closed", "☾", "Nothing is sold now; the data is as old as the closing time."),
    State("quiet", "quiet", "◎", "The promise is kept, and there is no record of the day."),
    State("fresh", "fresh", "●", "The promise is kept."),
)
_BY_NAME = {state.name: state for state in STATES}


def state_of(name: str) -> State:
    """The state of that name. Raises KeyError."""
    return _BY_NAME[name]


def urgency(name: str) -> int:
    """0 is most urgent."""
    return STATES.index(_BY_NAME[name])
