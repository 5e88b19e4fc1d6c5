"""Ten thousand deliveries as fast as they are answered, some of them twice: each is stored once (B8)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.webhooks.served import served
from sync_platform_tests.webhooks.signing import Signed
from sync_platform_tests.webhooks.telling import delivery, told

pytestmark = pytest.mark.slow

BURST, EVERY_TWICE, SENDERS = 10_000, 10, 200
MOST_SESSIONS = 2
"""Of the gateway, to the database."""
_SESSIONS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


def as_bytes(signed: Signed) -> bytes:
    head = {**signed.headers, "Host": "hub", "Content-Length": str(len(signed.body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST /webhooks/till/sales HTTP/1.1\r\n{lines}\r\n".encode() + signed.body


async def send(port: int, requests: Sequence[bytes]) -> Counter[int]:
    """How often each status was answered, over as many kept connections as there are senders."""
    waiting, answered = iter(requests), Counter[int]()

    async def sender() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            answered[int(answer[9:12])] += 1
        writer.close()

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return answered


async def sessions(database: Database) -> int:
    """The most sessions that the database had beside ours, looked at until cancelled."""
    most = 0
    try:
        with database.connect() as connection:
            while True:
                row = connection.execute(_SESSIONS).fetchone()
                most = max(most, row[0] if row else 0)
                await asyncio.sleep(0.1)
    except asyncio.CancelledError:
        return most


async def burst(database: Database, port: int, requests: Sequence[bytes]) -> tuple[Counter[int], int]:
    """The answers by status, and the most sessions."""
    looking = asyncio.create_task(sessions(database))
    answered = await send(port, requests)
    looking.cancel()
    return answered, await looking


def test_of_ten_thousand_at_once_none_is_lost_none_doubled_and_none_an_error(database: Database) -> None:
    now = datetime.now(UTC)
    once = [as_bytes(delivery(told(f"{number}"), f"msg_{number}", now=now)) for number in range(BURST)]
    requests = [request for number, request in enumerate(once) for _ in range(1 + (number % EVERY_TWICE == 0))]
    with served(database) as gateway:
        answered, most = asyncio.run(burst(database, gateway.port, requests))
    with database.connect() as connection:
        stored = Counter(id_ for (id_,) in connection.execute("select event_id from sync.webhook_delivery"))
    assert answered == {202: len(requests)}
    assert stored == Counter(f"msg_{number}" for number in range(BURST))
    assert 1 <= most <= MOST_SESSIONS
