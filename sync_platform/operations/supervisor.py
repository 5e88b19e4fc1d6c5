"""Starts child processes, waits until they are ready, tells which one died, and ends them all in reverse order.

Their output goes to a bounded log each (child_log.py). What they are and do is left to the caller (demo_processes.py).
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from sync_platform.errors import SyncError
from sync_platform.operations import guard
from sync_platform.operations.child import Child
from sync_platform.operations.child_log import ChildLog
from sync_platform.redact import redact

LAST_LINES = 20
GRACE_SECONDS = guard.GRACE_SECONDS
_POLL_SECONDS = 0.1
_MOST_LINES_KEPT = 100
# A line without an end must not fill the memory; a longer one is logged in pieces.
_LONGEST_PIECE = 1_000_000


class ChildDied(SyncError):
    """A child process ended by itself or never became ready. `lines` are the last ones of its log."""

    kind = "child"

    def __init__(self, name: str, what: str, *, log: Path) -> None:
        self.name = name
        self.log = log
        self.lines = last_lines(log)
        super().__init__(f"{name} {what}; its log is {log}.")


class Supervisor:
    """Children in the order of their start. A context manager: leaving it ends them all.

    Not for use from several threads. The children are in process groups of their own, so that a Ctrl-C in the terminal
    reaches the supervisor alone, which then ends them in order.
    """

    def __init__(self, logs: Path) -> None:
        self._logs = logs
        self._running: list[_Running] = []
        self._guard: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self, child: Child) -> None:
        """Start a child without waiting for it."""
        self._logs.mkdir(parents=True, exist_ok=True)
        # First, so that no child is ever without it.
        self._guard = self._guard or _start_guard()
        log = ChildLog(self._logs / f"{child.name}.log")
        process = subprocess.Popen(
            child.command,
            env=dict(child.environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self._running.append(_Running(child, process, log))
        self._tell_guard("+", process.pid)

    def wait_until_ready(self, *names: str) -> None:
        """Wait until the named children are ready. Raises ChildDied when a child ends, or is not ready in time."""
        for running in self._running:
            if running.child.name in names:
                self._wait_for(running)

    def check(self) -> None:
        """Raises ChildDied when a child has ended."""
        for running in self._running:
            code = running.process.poll()
            if code is not None:
                running.drain()
                raise ChildDied(running.child.name, _ending(code), log=running.log.file)

    def lines(self, name: str) -> list[str]:
        """What the child printed on stdout, the first hundred lines."""
        return next(list(running.lines) for running in self._running if running.child.name == name)

    def stop(self) -> None:
        """End all children, the last started first: SIGTERM to each group, SIGKILL after 10 s. May be repeated."""
        with _undisturbed():
            while self._running:
                running = self._running[-1]
                running.end()
                self._tell_guard("-", running.process.pid)
                self._running.pop()
            if self._guard is not None and self._guard.stdin is not None:
                self._guard.stdin.close()
                self._guard.wait(GRACE_SECONDS)
                self._guard = None

    def _wait_for(self, running: _Running) -> None:
        deadline = time.monotonic() + running.child.ready_within_seconds
        while not running.child.ready(running.lines):
            self.check()
            if time.monotonic() > deadline:
                seconds = f"{running.child.ready_within_seconds:.0f} s"
                raise ChildDied(running.child.name, f"was not ready within {seconds}", log=running.log.file)
            time.sleep(_POLL_SECONDS)
        # A port may be answered by a process that had it before ours, which then ended for that reason.
        self.check()

    def _tell_guard(self, sign: str, group: int) -> None:
        if self._guard is None or self._guard.stdin is None:
            return
        with suppress(BrokenPipeError):
            self._guard.stdin.write(f"{sign}{group}\n")
            self._guard.stdin.flush()


class _Running:
    """A started child and the threads that move its output into its log, keeping what it printed first on stdout."""

    def __init__(self, child: Child, process: subprocess.Popen[bytes], log: ChildLog) -> None:
        self.child = child
        self.process = process
        self.log = log
        self.lines: list[str] = []
        self._readers = [
            threading.Thread(target=self._read, args=(output, kept), name=f"{child.name}-output", daemon=True)
            for output, kept in ((process.stdout, self.lines), (process.stderr, None))
        ]
        for reader in self._readers:
            reader.start()

    def drain(self) -> None:
        """Wait a moment until what it printed last is in the log."""
        for reader in self._readers:
            reader.join(1)

    def end(self) -> None:
        """End the child and everything in its group."""
        group = self.process.pid
        deadline = time.monotonic() + GRACE_SECONDS
        _send(group, signal.SIGTERM)
        while self.process.poll() is None or guard.group_lives(group):
            if time.monotonic() > deadline:
                _send(group, signal.SIGKILL)
                break
            time.sleep(_POLL_SECONDS / 2)
        self.process.wait()
        self.drain()

    def _read(self, output: IO[bytes], kept: list[str] | None) -> None:
        for line in iter(lambda: output.readline(_LONGEST_PIECE), b""):
            text = line.decode(errors="replace")
            if kept is not None and len(kept) < _MOST_LINES_KEPT:
                kept.append(text.rstrip("\n"))
            # A ready line may carry credentials for the others' environment.
            self.log.write(redact(text))


class _undisturbed:  # noqa: N801 - reads as a word at its one place of use
    """While it ends the children, a second Ctrl-C must not leave half of them running."""

    def __enter__(self) -> None:
        self._previous: Mapping[signal.Signals, object] = {}
        if threading.current_thread() is threading.main_thread():
            self._previous = {
                number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)
            }

    def __exit__(self, *_: object) -> None:
        for number, handler in self._previous.items():
            signal.signal(number, handler)  # type: ignore[arg-type]


def _start_guard() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-I", "-S", str(guard.__file__)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        cwd="/",
        env={"PATH": os.environ.get("PATH", os.defpath)},
    )


def last_lines(log: Path, count: int = LAST_LINES) -> tuple[str, ...]:
    """The last lines of a log, redacted."""
    try:
        text = log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ()
    return tuple(redact(line) for line in text.splitlines()[-count:])


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def _send(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)
