"""Bytes of every kind on the gateway's real socket: none is an error of ours, none is stored (B2, B7, B17)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import requests

from sync_platform_tests.webhooks.gateway import Gateway
from sync_platform_tests.webhooks.hostile import by_hand, mutated, statuses
from sync_platform_tests.webhooks.signing import Signed, sign
from sync_platform_tests.webhooks.telling import delivery, told

SPOILT = 300
WEBHOOKS = {"sales": delivery(told()), "strict": sign("github", told()), "paid": sign("stripe", told())}
KNOWN = {100, 200, 202, 400, 401, 404, 405, 408, 413, 415}


def raw(webhook: str, signed: Signed) -> bytes:
    """A delivery as it is on the wire."""
    head = "".join(f"{name}: {value}\r\n" for name, value in signed.headers.items())
    line = f"POST /webhooks/till/{webhook} HTTP/1.1\r\nHost: hub\r\n"
    return f"{line}{head}Content-Length: {len(signed.body)}\r\n\r\n".encode() + signed.body


def test_no_bytes_are_an_error_of_ours_and_none_of_them_is_stored(gateway: Gateway) -> None:
    """Faults B2 and B7: a real delivery spoilt in hundreds of ways, and requests that no library sends."""
    path = "/webhooks/till/sales"
    # Its content is not stored by what a bit of a header may change that nobody signs.
    forged = {name: raw(name, signed.but(body=signed.body + b" ")) for name, signed in WEBHOOKS.items()}
    hostile = [*by_hand(path), *by_hand("/healthz"), *by_hand(f"{path}/\u0e01")]
    for seed, request in enumerate(forged.values()):
        hostile += mutated(request, count=SPOILT // len(forged), seed=seed)

    with ThreadPoolExecutor(8) as senders:
        answered = list(senders.map(lambda request: statuses(gateway.port, request), hostile))

    wrong = [(request, said) for request, said in zip(hostile, answered, strict=True) if set(said) - KNOWN]
    assert wrong == []
    assert {400, 401, 404} <= {status for said in answered for status in said}, "they came to be looked at"
    assert gateway.stored("event_id") == []


def test_after_all_that_a_true_delivery_is_taken(gateway: Gateway) -> None:
    for request in by_hand("/webhooks/till/sales"):
        statuses(gateway.port, request)

    assert gateway.status(delivery(told())) == 202
    assert requests.get(f"{gateway.url}/healthz", timeout=10).json()["ok"] is True
