"""SIGKILL in a burst: what was answered 2xx is in the table, and what is sent again is there once (B8, B10, E6)."""

from __future__ import annotations

import http.client
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from sync_platform.landing.database import Database
from sync_platform_tests.webhooks.served import Served, served
from sync_platform_tests.webhooks.signing import Signed
from sync_platform_tests.webhooks.telling import delivery, told

pytestmark = pytest.mark.slow

BURST, KILLED_AFTER, SENDERS = 600, 200, 8


def burst() -> list[Signed]:
    now = datetime.now(UTC)
    return [delivery(told(f"{number}"), f"msg_{number}", now=now) for number in range(BURST)]


def send(gateway: Served, deliveries: list[Signed], *, kill_after: int | None = None) -> dict[str, int]:
    """Status by id of what was answered, over connections that are kept; the gateway dies after so many."""
    answered: dict[str, int] = {}
    lock = threading.Lock()

    def send_some(part: list[Signed]) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        for signed in part:
            try:
                connection.request("POST", "/webhooks/till/sales", body=signed.body, headers=signed.headers)
                answer = connection.getresponse()
                answer.read()
            except (OSError, http.client.HTTPException):
                return
            with lock:
                answered[signed.headers["webhook-id"]] = answer.status
                if len(answered) == kill_after:
                    gateway.process.send_signal(signal.SIGKILL)

    with ThreadPoolExecutor(SENDERS) as senders:
        list(senders.map(send_some, [deliveries[start::SENDERS] for start in range(SENDERS)]))
    return answered


def stored(database: Database) -> list[str]:
    with database.connect() as connection:
        return [id_ for (id_,) in connection.execute("select event_id from sync.webhook_delivery")]


def test_sigkill_in_a_burst_loses_nothing_that_was_acknowledged_and_doubles_nothing(database: Database) -> None:
    deliveries = burst()
    with served(database) as gateway:
        first = send(gateway, deliveries, kill_after=KILLED_AFTER)
    assert set(first.values()) == {202}
    assert KILLED_AFTER <= len(first) < BURST
    assert set(first) <= set(stored(database))

    with served(database) as gateway:
        second = send(gateway, deliveries)

    assert set(second.values()) == {202}
    assert sorted(stored(database)) == sorted(f"msg_{number}" for number in range(BURST))


def test_sigterm_answers_what_is_under_way_and_ends(database: Database) -> None:
    with served(database) as gateway:
        connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        signed = delivery(told(), now=datetime.now(UTC))
        head = {**signed.headers, "Content-Length": str(len(signed.body))}
        connection.putrequest("POST", "/webhooks/till/sales")
        for name, value in head.items():
            connection.putheader(name, value)
        connection.endheaders(signed.body[:10])
        # The server reads nothing before it knows of the request: its health answers after.
        other = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        other.request("GET", "/healthz")
        other.getresponse().read()
        gateway.process.send_signal(signal.SIGTERM)
        connection.send(signed.body[10:])

        assert connection.getresponse().status == 202
        assert gateway.process.wait(20) == 0
    assert stored(database) == ["msg_1"]
