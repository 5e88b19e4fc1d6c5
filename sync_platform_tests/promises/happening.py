"""What may happen at the till between two pulls, drawn by Hypothesis; the test brings it about."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from sync_platform_tests.till.till import TODAY, YESTERDAY

DAYS = (TODAY, YESTERDAY)
LATEST = 4.5
"""How much later than its time a change may become visible: less than the declared safety lag of 5 s."""


@dataclass(frozen=True)
class Changed:
    """A sale changes, perhaps its day too; others see it so much later."""

    id: str
    late: float
    day: str


@dataclass(frozen=True)
class Tied:
    """Two sales change at the same moment, and one is seen later."""

    late: float


@dataclass(frozen=True)
class Broken:
    """A sale breaks its contract, or is mended."""

    whole: bool


@dataclass(frozen=True)
class Unversioned:
    """A sale changes and keeps its version."""


@dataclass(frozen=True)
class Deleted:
    """A sale goes without a trace."""

    id: str


@dataclass(frozen=True)
class Failing:
    """The till fails for so many requests."""

    times: int


Happening = Changed | Tied | Broken | Unversioned | Deleted | Failing

ids = st.sampled_from("ABCD")
_lates = st.sampled_from([0.0, 0.0, 0.5, 2.0, LATEST])
_changed = st.builds(Changed, ids, _lates, st.sampled_from(DAYS))
happenings = st.lists(
    st.one_of(
        _changed,
        _changed,
        _changed,
        st.builds(Tied, _lates),
        st.builds(Broken, st.booleans()),
        st.builds(Unversioned),
        st.builds(Deleted, ids),
        st.builds(Failing, st.integers(1, 3)),
    ),
    max_size=3,
)
