"""Ends the children of a supervisor that was killed: run as a process of its own, told of each child on stdin.

The kernel closes stdin however the supervisor ends; what was announced and not withdrawn is then ended, newest first,
as the supervisor would have done. Whole process groups, so that the workers of a child do not live on, and on every
Unix: PR_SET_PDEATHSIG would reach direct children only, on Linux only. Started with `python -I -S`: it imports little.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time

GRACE_SECONDS = 10.0
_POLL_SECONDS = 0.1


def main() -> None:
    """Read `+group` and `-group` lines until stdin ends, then end the groups that are left."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups: list[int] = []
    for line in sys.stdin:
        group = int(line[1:])
        if line[0] == "+":
            groups.append(group)
        elif group in groups:
            groups.remove(group)
    for group in reversed(groups):
        end_group(group)


def end_group(group: int) -> None:
    """SIGTERM to every process of the group, SIGKILL to what is left after the grace."""
    deadline = time.monotonic() + GRACE_SECONDS
    _send(group, signal.SIGTERM)
    while group_lives(group):
        if time.monotonic() > deadline:
            _send(group, signal.SIGKILL)
            return
        time.sleep(_POLL_SECONDS)


def group_lives(group: int) -> bool:
    """Whether any process of the group is left (one that ended and was not waited for counts)."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _send(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    main()
