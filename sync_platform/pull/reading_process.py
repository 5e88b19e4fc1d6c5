"""A second process that turns pages into rows, so that a long read uses two cores.

A page of 1,000 sales takes 10 ms of Python to judge and to write as COPY text, and threads share one interpreter.
It is started once a read turns out to be long; pages are read in the caller's process until it is ready, and again
when it dies: what it gives is only ever what `PageReader` gives here.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, time
from pathlib import Path
from typing import IO, Any, TypeVar, cast
from zoneinfo import ZoneInfo

import msgspec

import sync_platform
from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract
from sync_platform.errors import RecordRejected
from sync_platform.pull.page_rows import PageReader, PageRecords, PageRows

# A process that answers no page for so long is stuck; its pages are read here.
_PATIENCE_SECONDS = 60
# Before each message stands how long it is.
_LENGTH_BYTES = 8


@dataclass(frozen=True)
class _Task:
    """What the process is to read."""

    contract: Contract
    picks: dict[str, str]
    zone: str
    starts_at: time
    day: date


@dataclass(frozen=True)
class _Answer:
    """PageRows; of a rejected record its position, reason, field and message."""

    text: bytes
    count: int
    rejected: list[tuple[int, str, str, str]]


_Message = TypeVar("_Message")


class ReadingProcess:
    """The process, and the pages it was sent that were not taken back yet, in their order.

    One thread may `send` while another one receives.
    """

    def __init__(self, contract: Contract, *, picks: dict[str, str], calendar: BusinessCalendar, day: date) -> None:
        here = str(Path(sync_platform.__file__).parents[1])
        paths = [here, *filter(None, [os.environ.get("PYTHONPATH")])]
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
            # What waits in a buffer of ours is nothing that select sees.
            bufsize=0,
            # An interrupt at the terminal is for the caller, which ends this process.
            start_new_session=True,
        )
        self._outgoing, self._incoming = cast("IO[bytes]", self._process.stdin), cast("IO[bytes]", self._process.stdout)
        self._begun = False
        self.is_lost = False
        # A day's rules are judged elsewhere.
        judging = replace(contract, rules=(), consumers=())
        self._write(_Task(judging, picks, calendar.zone.key, calendar.starts_at, day))

    @property
    def pid(self) -> int:
        return self._process.pid

    def is_ready(self) -> bool:
        """Whether it takes pages; never waits."""
        if not self._begun and not self.is_lost and self._answers_within(0):
            self._begun = self._read() is not None
        return self._begun and not self.is_lost

    def send(self, page: PageRecords) -> bool:
        """Hand a page over; whether that went well."""
        self._write(page)
        return not self.is_lost

    def receive(self) -> PageRows | None:
        """The rows of the oldest page that was sent; None when the process is lost."""
        if not self.is_lost and not self._answers_within(_PATIENCE_SECONDS):
            self.is_lost = True
            # Whoever is sending it a page must not wait either.
            self._process.kill()
        answer = None if self.is_lost else self._read()
        if answer is None:
            return None
        return PageRows(
            text=answer.text,
            count=answer.count,
            rejected=[(position, RecordRejected(*why)) for position, *why in answer.rejected],
        )

    def end(self) -> None:
        """Stop the process; what it was at is of no use any more."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._outgoing, self._incoming):
            # What was not sent yet cannot be any more.
            with suppress(OSError):
                pipe.close()

    def _answers_within(self, seconds: float) -> bool:
        return bool(select.select([self._incoming], [], [], seconds)[0])

    def _write(self, message: _Task | PageRecords) -> None:
        try:
            _write(self._outgoing, message)
        except OSError:
            self.is_lost = True

    def _read(self) -> _Answer | None:
        try:
            answer = _read(self._incoming, _Answer)
        except OSError:
            answer = None
        self.is_lost = self.is_lost or answer is None
        return answer


def _write(pipe: IO[bytes], message: _Task | PageRecords | _Answer) -> None:
    body = msgspec.msgpack.encode(message, enc_hook=str)
    for part in (len(body).to_bytes(_LENGTH_BYTES), body):
        left = memoryview(part)
        while left:
            left = left[pipe.write(left) :]
    pipe.flush()


def _read(pipe: IO[bytes], kind: type[_Message]) -> _Message | None:
    """The next message; None at the end."""
    length = _bytes(pipe, _LENGTH_BYTES)
    body = None if length is None else _bytes(pipe, int.from_bytes(length))
    return None if body is None else msgspec.msgpack.decode(body, type=kind, dec_hook=_decoded)


def _bytes(pipe: IO[bytes], length: int) -> bytearray | None:
    """So many bytes; None when the pipe ends before."""
    found = bytearray(length)
    view = memoryview(found)
    while view:
        came = pipe.readinto(view)  # type: ignore[attr-defined]
        if not came:
            return None
        view = view[came:]
    return found


def _decoded(kind: type, value: Any) -> Any:
    """A contract's only value that MessagePack has no form for is a path."""
    return kind(value)


def main() -> None:
    """Read pages from standard input until it ends, and write their rows to standard output."""
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    task = _read(incoming, _Task)
    if task is None:
        return
    calendar = BusinessCalendar(ZoneInfo(task.zone), task.starts_at)
    reader = PageReader(task.contract, picks=task.picks, calendar=calendar)
    _write(outgoing, _Answer(b"", 0, []))
    while (page := _read(incoming, PageRecords)) is not None:
        rows = reader.rows_of_day(page, task.day)
        rejected = [(position, error.reason, error.field, error.message) for position, error in rows.rejected]
        _write(outgoing, _Answer(rows.text, rows.count, rejected))


if __name__ == "__main__":
    main()
