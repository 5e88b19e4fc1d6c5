"""What may happen to the platform in the middle of a pull, drawn by Hypothesis; the test brings it about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from sync_platform.pull.steps import APPLY_STEPS, DELTA_STEPS, WHOLE_DAY_STEPS
from sync_platform_tests.promises.happening import ids

STEPS = {
    "today": WHOLE_DAY_STEPS,
    "yesterday": WHOLE_DAY_STEPS,
    "capture": DELTA_STEPS,
    "apply": APPLY_STEPS,
    "delta": (*DELTA_STEPS, *APPLY_STEPS),
}
"""The pulls there are, with the steps that each passes."""
WITH_LOCKS = {
    "rows_merged",
    "letters_stored",
    "load_stored",
    "changes_stored",
    "watermark_moved",
    "changes_merged",
    "changes_marked",
}
"""Steps at which rows are locked: a second writer in the same thread would wait for ever."""
MOST_STATEMENTS = 60
"""More than any pull of the till sends: it is cut off at each of them."""


class Dead(BaseException):
    """The process ends here, as far as its own code can tell."""


@dataclass(frozen=True)
class Dies:
    """It ends at the step, tidying up as Python does."""

    step: str


@dataclass(frozen=True)
class Killed:
    """It ends at the step by SIGKILL."""

    step: str


@dataclass(frozen=True)
class CutOff:
    """The connection is cut when so many statements were sent; the last one arrives or does not."""

    statements: int
    arrives: bool


@dataclass(frozen=True)
class Second:
    """Another process pulls at the step, once the leases of the first have expired or while they hold."""

    step: str
    pull: str
    expired: bool


@dataclass(frozen=True)
class Touched:
    """The till changes a sale before it answers with the page."""

    page: int
    id: str


@dataclass(frozen=True)
class Outdated:
    """A copy of the till answers, which has not seen what happened since so many pulls."""

    pulls: int


Disturbance = None | Dies | Killed | CutOff | Second | Touched | Outdated

pulls = st.sampled_from(["today", "yesterday", "capture", "apply", "delta", "delta", "today"])


def _disturbances(pull: str) -> st.SearchStrategy[Disturbance]:
    steps = st.sampled_from(STEPS[pull])
    unlocked = st.sampled_from([step for step in STEPS[pull] if step not in WITH_LOCKS])
    kinds: list[st.SearchStrategy[Any]] = [
        st.none(),
        st.none(),
        st.builds(Dies, steps),
        st.builds(CutOff, st.integers(1, MOST_STATEMENTS), st.booleans()),
        st.builds(Second, unlocked, pulls, st.booleans()),
        st.builds(Touched, st.integers(1, 3), ids),
        st.builds(Outdated, st.integers(1, 3)),
    ]
    return st.one_of(*kinds, *([] if pull in ("capture", "apply") else [st.builds(Killed, steps)]))


disturbed_pulls = pulls.flatmap(lambda pull: st.tuples(st.just(pull), _disturbances(pull)))
