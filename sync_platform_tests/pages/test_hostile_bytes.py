"""Bytes of every kind on the pages' real socket are no error of ours."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from sync_platform_tests.pages.site import Site
from sync_platform_tests.webhooks.hostile import BY_HAND, by_hand, mutated, statuses

LOGIN = (
    b"POST /login HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: http://127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    b"Cookie: session=x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 35\r\n\r\n"
    b"csrf=00&name=a%ff&password=b&next=/"
)
API = b"GET /api/status?system=till HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer sp_x_y\r\n\r\n"


@pytest.mark.parametrize(("path", "request_", "seed"), [("/login", LOGIN, 1), ("/api/status", API, 2)])
def test_no_bytes_are_an_error_of_ours(site: Site, path: str, request_: bytes, seed: int) -> None:
    hostile = [request_, *by_hand(path), *mutated(request_, count=60, seed=seed)]

    with ThreadPoolExecutor(8) as senders:
        answered = list(senders.map(lambda request: statuses(site.port, request), hostile))

    failed = [(request, said) for request, said in zip(hostile, answered, strict=True) if max(said, default=0) >= 500]
    assert failed == []
    assert sum(map(bool, answered)) > len(BY_HAND)
