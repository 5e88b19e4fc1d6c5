"""A process killed with SIGKILL at any step of taking a file loses and doubles nothing."""

from __future__ import annotations

import os
import signal

import pytest

from sync_platform.pull.steps import FILE_STEPS, WHOLE_DAY_STEPS, pass_by
from sync_platform_tests.files.clearing.house import NAME, House, transfer, transfers
from sync_platform_tests.till.hub import add_up

STATEMENT = transfers(*(transfer(id_, "1,00") for id_ in "ABC"), transfer("X", "1,00", pieces="x"), total="4,00")


def killed(house: House, step: str) -> bool:
    """Whether a process that takes files was killed when it came to this step."""
    pid = os.fork()
    if pid == 0:

        def reached(passed: str) -> None:
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)

        try:
            house.reached = reached
            house.takes()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(pid, 0)[1])


@pytest.mark.parametrize("step", [*FILE_STEPS, *WHOLE_DAY_STEPS])
def test_a_taker_killed_at_any_step_loses_and_doubles_nothing(house: House, step: str) -> None:
    """Fault C12."""
    house.drops(STATEMENT)
    assert killed(house, step)
    house.query("update sync.lease set expires_at = clock_timestamp() - interval '1 second' returning 1")

    house.takes()

    assert house.landed() == {"A": "1.00", "B": "1.00", "C": "1.00"}
    assert house.letters() == [('["X"]', "number")]
    assert [(file.name, file.state, file.place) for file in house.files()] == [(NAME, "accepted", "archive")]
    assert [load["outcome"] for load in house.loads()] == ["published"]
    assert all(add_up(load) for load in house.loads())
    assert house.lying() == []
    assert len([name for name in house.lying("archive") if name.endswith(".csv")]) == 1


@pytest.mark.parametrize("step", ["file_settled", "file_moved", "file_marked"])
def test_a_taker_killed_while_it_refuses_a_file_refuses_it_once(house: House, step: str) -> None:
    """Fault C12."""
    house.drops(STATEMENT.replace("T;4", "T;5"))
    assert killed(house, step)
    house.query("update sync.lease set expires_at = clock_timestamp() - interval '1 second' returning 1")

    house.takes()

    assert [(file.state, file.reason, file.place) for file in house.files()] == [("rejected", "truncated", "rejected")]
    assert (house.lying(), house.landed()) == ([], {})
    assert "4 came" in house.report()


def test_two_takers_at_once_take_a_file_once(house: House) -> None:
    """Fault C12: the second one is told that the folder is being looked through."""
    found: list[str] = []

    def second(step: str) -> None:
        if step == "file_copied":
            house.reached = pass_by
            with pytest.raises(Exception, match="being written by clearing"):
                house.takes()
            found.append(step)

    house.drops(STATEMENT)
    house.reached = second
    house.takes()

    assert (found, len(house.loads())) == (["file_copied"], 1)
