"""The supervisor: starts, waits, names who died, and leaves nobody behind, whichever way it ends itself."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sync_platform.operations import guard
from sync_platform.operations import supervisor as supervisor_module
from sync_platform.operations.child import Child, Readiness, answers_tcp, at_once, printed_line
from sync_platform.operations.supervisor import ChildDied, Supervisor

ROOT = Path(__file__).parents[2]
SLEEPER = "import time; print('ready', flush=True); time.sleep(600)"
# A child with a child of its own, as a code server has run workers; says both numbers.
PARENT = """
import os, subprocess, sys, time
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ready", inner.pid, flush=True)
time.sleep(600)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(600)
"""
ready = printed_line(lambda line: line.startswith("ready"))


def child(name: str, code: str, ready: Readiness = ready, seconds: float = 20) -> Child:
    return Child(name, (sys.executable, "-u", "-c", code), dict(os.environ), ready, ready_within_seconds=seconds)


def lives(pid: int) -> bool:
    """Whether the process runs; one that ended and waits to be collected does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def wait_until_gone(pids: list[int], within_seconds: float) -> list[int]:
    """Those of the processes that are still there after that time."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline and any(lives(pid) for pid in pids):
        time.sleep(0.05)
    return [pid for pid in pids if lives(pid)]


def until(check: Callable[[], None], within_seconds: float = 20) -> None:
    """Call `check` until it raises, at most for that time."""
    deadline = time.monotonic() + within_seconds
    while time.monotonic() < deadline:
        check()
        time.sleep(0.02)


def pid_of(supervisor: Supervisor, name: str) -> int:
    return next(running.process.pid for running in supervisor._running if running.child.name == name)


def test_a_child_that_dies_is_reported_by_name_with_its_last_lines(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("steady", SLEEPER))
        supervisor.wait_until_ready("steady")
        supervisor.start(child("broken", "for n in range(30): print('line', n)\nraise SystemExit(3)", at_once))
        with pytest.raises(ChildDied) as died:
            until(supervisor.check)

    assert died.value.name == "broken"
    assert died.value.lines == tuple(f"line {number}" for number in range(10, 30))
    assert str(died.value) == f"broken ended with exit code 3; its log is {tmp_path / 'broken.log'}."


def test_a_child_that_ends_before_it_is_ready_is_reported_at_once(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("webserver", "import sys; sys.exit('address already in use')"))
        with pytest.raises(ChildDied, match="webserver ended with exit code 1") as died:
            supervisor.wait_until_ready("webserver")
    assert died.value.lines == ("address already in use",)


def test_a_child_that_was_killed_is_reported_with_the_signal(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("daemon", SLEEPER))
        supervisor.wait_until_ready("daemon")
        os.kill(pid_of(supervisor, "daemon"), signal.SIGKILL)
        with pytest.raises(ChildDied, match="daemon was ended by SIGKILL"):
            until(supervisor.check)


def test_a_child_that_never_gets_ready_is_given_up(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("slow", "import time; time.sleep(600)", seconds=0.3))
        with pytest.raises(ChildDied, match="slow was not ready within 0 s"):
            supervisor.wait_until_ready("slow")


def test_the_end_leaves_no_process_not_even_a_childs_child(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("code-server", PARENT))
        supervisor.wait_until_ready("code-server")
        inner = int(supervisor.lines("code-server")[0].split()[1])
        pids = [pid_of(supervisor, "code-server"), inner]
        assert all(lives(pid) for pid in pids)
    assert wait_until_gone(pids, 2) == []


def test_children_end_in_the_reverse_order_of_their_start(tmp_path: Path) -> None:
    order = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n"
        "    open({order!r}, 'a').write({name!r} + ' ')\n"
        "    sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end)\n"
        "print('ready', flush=True)\n"
        "time.sleep(600)\n"
    )
    with Supervisor(tmp_path) as supervisor:
        for name in ("database", "server", "daemon"):
            supervisor.start(child(name, code.format(order=str(order), name=name)))
        supervisor.wait_until_ready("database", "server", "daemon")
    assert order.read_text() == "daemon server database "


def test_a_child_that_ignores_the_polite_signal_is_killed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fault E15."""
    monkeypatch.setattr(supervisor_module, "GRACE_SECONDS", 0.3)
    with Supervisor(tmp_path) as supervisor:
        supervisor.start(child("stubborn", STUBBORN))
        supervisor.wait_until_ready("stubborn")
        pid = pid_of(supervisor, "stubborn")
    assert not lives(pid)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_supervisor_that_is_itself_killed_leaves_nobody_behind(tmp_path: Path, number: signal.Signals) -> None:
    code = f"""
import os, sys, time
from pathlib import Path
from sync_platform.operations.child import Child, printed_line
from sync_platform.operations.supervisor import Supervisor
supervisor = Supervisor(Path({str(tmp_path)!r}))
ready = printed_line(lambda line: line.startswith("ready"))
supervisor.start(Child("one", (sys.executable, "-u", "-c", {PARENT!r}), dict(os.environ), ready))
supervisor.wait_until_ready("one")
inner = supervisor.lines("one")[0].split()[1]
print(supervisor._running[0].process.pid, inner, supervisor._guard.pid, flush=True)
time.sleep(600)
"""
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    pids = [int(text) for text in process.stdout.readline().split()]
    assert len(pids) == 3
    assert all(lives(pid) for pid in pids)

    process.send_signal(number)
    process.wait()

    assert wait_until_gone(pids, guard.GRACE_SECONDS + 5) == []


def test_what_a_child_prints_is_in_its_log_without_credentials(tmp_path: Path) -> None:
    with Supervisor(tmp_path) as supervisor:
        line = '{"ready": true, "environment": {"POS_TOKEN": "a-real-secret"}}'
        supervisor.start(child("sandbox", f"print('ready ' + {line!r}); import time; time.sleep(600)"))
        supervisor.wait_until_ready("sandbox")
        assert "a-real-secret" in supervisor.lines("sandbox")[0]
    log = (tmp_path / "sandbox.log").read_text()
    assert "ready" in log
    assert "a-real-secret" not in log


def test_the_log_of_the_start_before_is_kept(tmp_path: Path) -> None:
    for number in (1, 2):
        with Supervisor(tmp_path) as supervisor:
            supervisor.start(child("daemon", f"print('ready start {number}'); import time; time.sleep(600)"))
            supervisor.wait_until_ready("daemon")
    assert (tmp_path / "daemon.previous.log").read_text() == "ready start 1\n"
    assert (tmp_path / "daemon.log").read_text() == "ready start 2\n"


def test_a_port_answered_by_somebody_else_does_not_make_a_dead_child_ready(tmp_path: Path) -> None:
    """Fault E14."""
    with socket.socket() as other, Supervisor(tmp_path) as supervisor:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        supervisor.start(child("grpc", "raise SystemExit('port taken')", answers_tcp("127.0.0.1", port)))
        supervisor._running[0].process.wait()
        with pytest.raises(ChildDied, match="grpc ended with exit code 1"):
            supervisor.wait_until_ready("grpc")
