"""The applier: woken by a byte, on its own every second, and ended with its input."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.gateway.applier import apply_while_open, open_tools
from sync_platform.gateway.applier_process import ApplierProcess
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import LETTER_KEYS, NO_KEYS, new_key, read_letter_seal
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.webhooks.gateway import Gateway
from sync_platform_tests.webhooks.telling import delivery, told


def test_what_was_stored_is_applied_when_it_is_woken_and_it_ends_with_its_input(
    gateway: Gateway, told_hub: Hub
) -> None:
    read, write = os.pipe()
    tools = [(told_hub.system, told_hub.tools)]
    with ThreadPoolExecutor(1) as worker:
        running = worker.submit(apply_while_open, tools, clock=SystemClock(), wake=read, gather_seconds=0)
        assert gateway.status(delivery(told("A"))) == 202
        os.write(write, b"\n")
        deadline = time.monotonic() + 20
        while not told_hub.landed() and time.monotonic() < deadline:
            time.sleep(0.02)
        os.close(write)
        running.result(20)
    os.close(read)
    assert told_hub.landed() == {"A": "1.00"}


def test_a_system_that_cannot_be_asked_is_left_out_and_stops_nobody(
    database: Database, telling_system: PartnerSystem, till_system: PartnerSystem
) -> None:
    clock = SystemClock()
    systems = [telling_system, till_system]
    assert open_tools(systems, database=database, environment={}, clock=clock) == []
    url = {"TILL_BASE_URL": "http://127.0.0.1:1"}
    found = open_tools(systems, database=database, environment=url, clock=clock)
    assert [system for system, _ in found] == [telling_system], "the other tells nothing"


def test_what_is_rejected_of_a_delivery_is_sealed_with_the_keys_of_the_environment(
    database: Database, telling_system: PartnerSystem
) -> None:
    environment = {"TILL_BASE_URL": "http://127.0.0.1:1", LETTER_KEYS: new_key()}
    ((_, tools),) = open_tools([telling_system], database=database, environment=environment, clock=SystemClock())
    assert tools.seal == read_letter_seal(environment) != NO_KEYS


def test_an_applier_that_died_is_started_again_and_one_that_listens_ends_when_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sync_platform.gateway.applier_process._LOOK_SECONDS", 0.02)
    reads_to_its_end = (sys.executable, "-c", "import sys; sys.exit(9 if sys.stdin.readline() else 0)")
    applier = ApplierProcess({}, command=reads_to_its_end)
    applier.start()
    first = applier.pid
    applier.wake()

    async def until_started_again() -> None:
        watch = asyncio.create_task(applier.keep_alive())
        async with asyncio.timeout(20):
            while applier.pid == first:
                await asyncio.sleep(0.02)
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch

    asyncio.run(until_started_again())
    applier.close()
    assert applier.ended_with == 0
