"""Sends signed deliveries over kept connections, as fast as they are answered or at a given rate."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.webhook_server import SECRET

_PATH = "/webhooks/journey/sales"
_KEY = base64.b64decode(SECRET.removeprefix("whsec_"))


@dataclass
class Sent:
    """Answers by status, and how long each took: from when it was due to be sent, so that a queue is not left out."""

    seconds: float = 0.0
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Accepted deliveries a second."""
        return self.statuses[202] / self.seconds


def deliveries(count: int, *, first: int = 0) -> list[bytes]:
    """Whole requests, signed now; an event of about 500 bytes each, about a record of its own."""
    now = int(time.time())
    return [_request(number, now) for number in range(first, first + count)]


def send_all(port: int, requests: list[bytes], *, connections: int) -> Sent:
    """Each as soon as a connection is free."""
    return asyncio.run(_send(port, requests, connections=connections, rate=None))


def send_at(port: int, requests: list[bytes], *, rate: float, connections: int = 64) -> Sent:
    """So many a second, whether or not the last one is answered."""
    return asyncio.run(_send(port, requests, connections=connections, rate=rate))


async def _send(port: int, requests: list[bytes], *, connections: int, rate: float | None) -> Sent:
    sent = Sent()
    waiting = iter(enumerate(requests))
    started = time.perf_counter()

    async def one_connection() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for number, request in waiting:
            due = time.perf_counter() if rate is None else started + number / rate
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            sent.latencies.append(time.perf_counter() - due)
            sent.statuses[int(answer[9:12])] += 1
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    sent.seconds = time.perf_counter() - started
    return sent


def _request(number: int, now: int) -> bytes:
    sale = {
        "id": f"S{number}",
        "basket": number // 5 + 1,
        "store": {"id": "330", "region": "Western"},
        "product": {
            "id": number % 9_000 + 1,
            "department": "GROCERY",
            "category": "SOFT DRINKS",
            "name": "Ginger beer",
            "packageSize": "500 ML",
        },
        "household": number % 2_500,
        "quantity": 2,
        "amount": "7.50",
        "discounts": {"retail": "0.00", "coupon": "0.00", "couponMatch": "0.00"},
        "soldAt": now * 1000,
        "modifiedAt": now * 1000,
    }
    body = json.dumps({"type": "sale.created", "data": sale}).encode()
    id_ = f"msg_{number}"
    digest = hmac.new(_KEY, f"{id_}.{now}.".encode() + body, hashlib.sha256).digest()
    head = (
        f"POST {_PATH} HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"webhook-id: {id_}\r\nwebhook-timestamp: {now}\r\n"
        f"webhook-signature: v1,{base64.b64encode(digest).decode()}\r\n\r\n"
    )
    return head.encode() + body
