"""A long read is shared with a second process: the same rows as without one, whatever becomes of it."""

from __future__ import annotations

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sync_platform.pull import page_reading, reading_process
from sync_platform.pull.page_rows import PageRecords, PageRows
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.reading_process import ReadingProcess
from sync_platform_tests.partners.given import NOON
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import Till, sale

SALES = [sale(f"S{number:03}", f"{number}.50") for number in range(60)]
BROKEN = [sale("M", None), sale("N", "much")]


@dataclass
class Processes:
    """Those that were started, each waited for until it takes pages."""

    started: list[ReadingProcess] = field(default_factory=list)
    received: list[PageRows | None] = field(default_factory=list)
    after: int | None = None
    signal: signal.Signals = signal.SIGKILL

    def start(self, *arguments: Any, **more: Any) -> ReadingProcess:
        processes = self

        class Watched(ReadingProcess):
            def receive(self) -> PageRows | None:
                if len(processes.received) == processes.after:
                    os.kill(self.pid, processes.signal)
                processes.received.append(super().receive())
                return processes.received[-1]

        process = Watched(*arguments, **more)
        until = time.monotonic() + 30
        while not process.is_ready() and time.monotonic() < until:
            time.sleep(0.01)
        self.started.append(process)
        return process

    def all_ended(self) -> bool:
        return all(not Path(f"/proc/{process.pid}").exists() for process in self.started)


@pytest.fixture
def processes(monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    """Every read counts as long, on a machine with two cores."""
    processes = Processes()
    monkeypatch.setattr(page_reading, "LONG_READ_BYTES", 0)
    monkeypatch.setattr(page_reading, "_cores", lambda: 2)
    monkeypatch.setattr(page_reading, "ReadingProcess", processes.start)
    yield processes
    assert processes.all_ended()


def test_a_long_read_lands_the_same_rows_and_letters(hub: Hub, till: Till, processes: Processes) -> None:
    till.has_sales(*SALES, *BROKEN)

    load = hub.pull_day()

    assert len(processes.started) == 1
    assert len([rows for rows in processes.received if rows is not None]) == load.pages
    assert hub.landed() == {record["id"]: record["amount"] for record in SALES}
    assert hub.letters() == [('["M"]', "missing"), ('["N"]', "constraint")]
    assert add_up(load)


def test_a_process_gives_what_is_read_here(hub: Hub) -> None:
    sales = hub.entity("sales")
    good = json.dumps(sale("A\té", "1.50")).encode()
    page = PageRecords(
        raws=[good, b'{"id": 1}', b"7"],
        requested_at=NOON,
        as_of=NOON,
        exchange_id=hub.tools.correlation_id,
    )
    day = NOON.date()
    process = ReadingProcess(sales.contract, picks=dict(sales.declaration.fields), calendar=sales.calendar, day=day)
    try:
        assert process.send(page)
        assert process.send(page)
        while not process.is_ready():
            time.sleep(0.01)
        here = entity_tools(sales).pages.rows_of_day(page, day)
        assert here.count == 1
        assert [str(process.receive()), str(process.receive())] == [str(here), str(here)]
    finally:
        process.end()


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
@pytest.mark.parametrize("after", [0, 2])
def test_a_process_that_is_killed_or_stands_still_takes_no_record_along(
    hub: Hub, till: Till, processes: Processes, monkeypatch: pytest.MonkeyPatch, after: int, sent: signal.Signals
) -> None:
    till.has_sales(*SALES)
    processes.after, processes.signal = after, sent
    monkeypatch.setattr(reading_process, "_PATIENCE_SECONDS", 0.5)

    load = hub.pull_day()

    assert (load.outcome, load.inserted) == ("published", len(SALES))
    assert hub.landed() == {record["id"]: record["amount"] for record in SALES}
    assert len([rows for rows in processes.received if rows is not None]) < load.pages


def test_a_process_that_cannot_start_is_done_without(hub: Hub, till: Till, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reading, "LONG_READ_BYTES", 0)
    monkeypatch.setattr(page_reading, "_cores", lambda: 2)
    monkeypatch.setattr(sys, "executable", "/bin/false")
    till.has_sales(*SALES)
    assert hub.pull_day().inserted == len(SALES)


def test_a_short_read_and_a_single_core_start_none(
    hub: Hub, till: Till, processes: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    till.has_sales(*SALES)
    monkeypatch.setattr(page_reading, "_cores", lambda: 1)
    hub.pull_day()
    monkeypatch.setattr(page_reading, "_cores", lambda: 2)
    monkeypatch.setattr(page_reading, "LONG_READ_BYTES", 1_000_000)
    hub.pull_day()
    assert processes.started == []


def test_a_process_ends_with_the_one_that_started_it(hub: Hub) -> None:
    """The starter is killed: its end of the pipe is gone."""
    code = (
        "import pickle, sys, time; from sync_platform.pull.reading_process import ReadingProcess;"
        "c, p, k, d = pickle.load(sys.stdin.buffer);"
        "r = ReadingProcess(c, picks=p, calendar=k, day=d);"
        "[time.sleep(0.01) for _ in iter(r.is_ready, True)]; print(r.pid, flush=True); time.sleep(60)"
    )
    sales = hub.entity("sales")
    parts = (sales.contract, dict(sales.declaration.fields), sales.calendar, NOON.date())
    starter = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert starter.stdin is not None
    assert starter.stdout is not None
    pickle.dump(parts, starter.stdin)
    starter.stdin.flush()
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    until = time.monotonic() + 10
    while Path(f"/proc/{pid}").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert not Path(f"/proc/{pid}").exists()
