"""Requests that no HTTP library would send, and what a server says to them: bytes in, status codes out."""

from __future__ import annotations

import random
import re
import socket
from collections.abc import Iterator

_STATUS = re.compile(rb"^HTTP/1\.[01] (\d{3}) ", re.MULTILINE)
_BYTES = (
    b"\0",
    b"\r",
    b"\n",
    b"\xff",
    b"\xc3\x28",
    b"\xed\xa0\x80",
    b"%00",
    b"%ff",
    b"%",
    b":",
    b" ",
    b"\t",
    b"-",
    b"9",
)

# `{path}` is one that is served. Each alone is a request that a proxy or a library might let through.
BY_HAND = (
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}\r\n0\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n{}\r\n0\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nTransfer-Encoding: gzip, identity\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: -2\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 99999999999999999999999999\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\nContent-Encoding: \xff\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: \xff\xfe\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nHost: other\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path}?x=%ff%00&x=\xff HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path}%00 HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path}/../%ff%ed%a0%80 HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST http://elsewhere.example{path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST //{path} HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST * HTTP/1.1\r\nHost: hub\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path} HTTP/1.0\r\n\r\n",
    b"POST {path} HTTP/9.9\r\nHost: hub\r\n\r\n",
    b"POST {path}\r\n\r\n",
    b"post {path} HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"CONNECT {path} HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"TRACE {path} HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"OPTIONS {path} HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"HEAD {path} HTTP/1.1\r\nHost: hub\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET {path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n{}",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\nCookie: a=\xff; =; ;;a\r\nAuthorization: Bearer \xff\r\n\r\n",
    b"POST {path} HTTP/1.1\r\nHost: hub\r\n folded: 1\r\nA\r\n: b\r\n\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
)


def by_hand(path: str) -> list[bytes]:
    """The written ones, to a path."""
    return [request.replace(b"{path}", path.encode()) for request in BY_HAND]


def mutated(request: bytes, *, count: int, seed: int) -> Iterator[bytes]:
    """The request with one to four bytes, words or lines of it spoilt, the same ones for a seed."""
    chance = random.Random(seed)
    for _ in range(count):
        spoilt = request
        for _ in range(chance.randint(1, 4)):
            spoilt = _spoil(spoilt, chance)
        yield spoilt


def _spoil(request: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(request) + 1)
    match chance.choice(("flip", "insert", "cut", "line", "repeat")):
        case "flip" if at < len(request):
            return request[:at] + bytes([request[at] ^ (1 << chance.randrange(8))]) + request[at + 1 :]
        case "cut":
            return request[:at] + request[at + chance.randint(1, 20) :]
        case "line":
            lines = request.split(b"\r\n")
            return b"\r\n".join(chance.sample(lines, len(lines)))
        case "repeat":
            return request[:at] + request[max(0, at - 30) : at] * chance.randint(2, 40) + request[at:]
    return request[:at] + chance.choice(_BYTES) * chance.randint(1, 3) + request[at:]


def statuses(port: int, request: bytes) -> list[int]:
    """Every status that the server answers with until it hangs up; none when it only hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        answer = b""
        try:
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65_536):
                answer += part
        except (ConnectionError, BrokenPipeError):
            pass
    return [int(status) for status in _STATUS.findall(answer)]
