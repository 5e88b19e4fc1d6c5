"""One child process of the supervisor: how it is started and how one knows that it is ready."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

# Tells whether a child is ready, from the lines it printed on stdout; called until it says yes.
Readiness = Callable[[list[str]], bool]


@dataclass(frozen=True)
class Child:
    """What to start. `command` shows up in the process list, so secrets go into `environment`, never into it."""

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    ready: Readiness
    ready_within_seconds: float = 120.0


def printed_line(recognised: Callable[[str], bool]) -> Readiness:
    """Ready once a recognised line was printed on stdout."""
    return lambda lines: any(recognised(line) for line in lines)


def answers_tcp(host: str, port: int) -> Readiness:
    """Ready once the port accepts connections."""

    def ready(_lines: list[str]) -> bool:
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            return False
        return True

    return ready


def answers_http(url: str) -> Readiness:
    """Ready once the URL (plain http) is answered with a status below 500."""
    parts = urlsplit(url)

    def ready(_lines: list[str]) -> bool:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=2)
        try:
            connection.request("GET", parts.path or "/")
            return connection.getresponse().status < 500
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    return ready


def at_once(_lines: list[str]) -> bool:
    """Ready as soon as it is started; whether it stays alive is seen later."""
    return True
