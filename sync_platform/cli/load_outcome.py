"""What the outcomes of loads mean for the exit code of the command that made them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sync_platform.landing.loads import Load

# Outcomes that leave nothing to do; the other ones carry the exit code of the error that they stand for.
FINE = ("published", "empty", "kept")
_TRY_LATER = ("unreachable", "throttled", "database")


def exit_code(loads: Iterable[Load]) -> int:
    """0 when all is fine; 1 when a person must act for any of them; 75 when waiting may help."""
    codes = {75 if load.outcome in _TRY_LATER else 1 for load in loads if load.outcome not in FINE}
    return min(codes, default=0)
