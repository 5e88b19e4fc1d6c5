"""A total time limit on one HTTP answer, headers and body, however slowly its bytes drip.

`requests` and urllib3 limit only the wait for the next bytes: a dripping body held a `timeout=1` call for 7.8 s
(measured 2026-11-21). Here the time left is set on the socket before every single read.
"""

from __future__ import annotations

import io
import socket
import time
from http.client import HTTPResponse
from typing import Any

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool


class DeadlineAdapter(HTTPAdapter):
    """Connections whose answers must be complete within the read timeout that urllib3 put on their socket.

    Given `urllib3.Timeout(total=…)` that is what the connecting and sending have left of the total.
    """

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(*args, **kwargs)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager


class _DeadlineReader(io.RawIOBase):
    """A socket's bytes until a moment of the machine's monotonic clock; after that TimeoutError."""

    def __init__(self, raw: io.RawIOBase, *, connection: socket.socket) -> None:
        self._raw = raw
        self._connection = connection
        seconds = connection.gettimeout()
        # Not the clock that is passed in: real sockets wait in real time, and a test's clock stands still.
        self._ends_at = None if seconds is None else time.monotonic() + seconds

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._ends_at is not None:
            left = self._ends_at - time.monotonic()
            if left <= 0:
                raise TimeoutError("the total time for the answer is over")
            self._connection.settimeout(left)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()


class _DeadlineResponse(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self.fp = io.BufferedReader(_DeadlineReader(self.fp.detach(), connection=sock), 65_536)


class _Connection(HTTPConnection):
    response_class = _DeadlineResponse


class _SecureConnection(HTTPSConnection):
    response_class = _DeadlineResponse


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection
