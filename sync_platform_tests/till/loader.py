"""A loader in a process of its own, which kills or stops itself at a named step.

Started once: it imports everything and then forks for each order it reads, so that a hundred loaders cost a second.
Each line in is an order, each line out says how the forked process ended: `killed`, `stopped` or `exited`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import traceback
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.landing.database import Database
from sync_platform.landing.letter_queue import Decision
from sync_platform.replay.day import replay_day
from sync_platform.replay.replaying import Replaying
from sync_platform_tests.partners.given import NOON, GivenClock
from sync_platform_tests.till.hub import Hub


@dataclass(frozen=True)
class Ended:
    """How a loader ended: `killed`, `stopped` (it lives and stands still) or `exited`, then with what it said."""

    how: str
    pid: int
    said: str = ""


class Loaders:
    """The fork server, from the tests' side."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-m", "sync_platform_tests.till.loader"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parent.parent.parent,
            text=True,
        )

    def pull(self, hub: Hub, what: str, *, entity: str = "sales", day: str = "2026-11-20", **at: str) -> Ended:
        """Pulls `day` or `delta`, or does a `replay`, of a part where `only` says so.

        It kills itself at the step `kill_at`, or stops at `stop_at`. At `interrupt_at` it gets the signal of Ctrl-C.
        """
        order = {"what": what, "entity": entity, "day": day, "till": hub.base_url, "database": hub.database.url, **at}
        return self._order({**order, "seconds": (hub.clock.now() - NOON).total_seconds()})

    def goes_on(self, stopped: Ended) -> Ended:
        """Lets a stopped loader run to its end."""
        os.kill(stopped.pid, signal.SIGCONT)
        return self._order({"wait": stopped.pid})

    def __enter__(self) -> Loaders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server.stdin:
            self._server.stdin.close()
        self._server.wait(10)

    def _order(self, order: dict[str, Any]) -> Ended:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return Ended(**json.loads(self._server.stdout.readline()))


def serve() -> None:
    """Read orders until there are no more."""
    system = read_partner_system(Path(__file__).parent)
    readers: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        pid = order.get("wait")
        if pid is None:
            reader, writer = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reader)
                _load(order, system, writer)
            os.close(writer)
            readers[pid] = reader
        print(json.dumps(_ending(pid, readers)), flush=True)  # noqa: T201 - the answer


def _ending(pid: int, readers: dict[int, int]) -> dict[str, Any]:
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"how": "stopped", "pid": pid}
    with os.fdopen(readers.pop(pid), "rb") as said:
        text = said.read().decode()
    return {"how": "killed" if os.WIFSIGNALED(status) else "exited", "pid": pid, "said": text}


def _load(order: dict[str, Any], system: Any, writer: int) -> None:
    """The forked process; it never returns."""
    said = b""
    try:
        clock = GivenClock()
        clock.advance(order["seconds"])
        hub = Hub(
            database=Database(order["database"]),
            system=system,
            clock=clock,
            base_url=order["till"],
            holder=f"loader {os.getpid()}",
        )

        def reached(step: str) -> None:
            if step == order.get("kill_at"):
                os.kill(os.getpid(), signal.SIGKILL)
            if step == order.get("interrupt_at"):
                os.kill(os.getpid(), signal.SIGINT)
            if step == order.get("stop_at"):
                order["stop_at"] = None
                os.kill(os.getpid(), signal.SIGSTOP)

        hub.reached = reached
        if order["what"] == "day":
            said = hub.pull_day(order["entity"], order["day"]).outcome.encode()
        elif order["what"] == "replay":
            replaying = Replaying(
                tools=hub.tools, system=system, decision=Decision("a loader", "", clock.now()), only=order.get("only")
            )
            day = date.fromisoformat(order["day"])
            said = replay_day(replaying, hub.entity(order["entity"]), day=day).after.state.encode()
        else:
            said = " ".join(load.outcome for load in hub.pull_delta(order["entity"]).loads).encode()
    except BaseException as error:  # noqa: BLE001 - whatever it is, the test is told
        said = f"{type(error).__name__}: {error}\n{traceback.format_exc()}".encode()
    finally:
        os.write(writer, said)
        os._exit(0)


if __name__ == "__main__":
    serve()
