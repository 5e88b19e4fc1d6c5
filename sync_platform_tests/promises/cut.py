"""A proxy on a Unix socket in front of PostgreSQL that cuts the connection when COMMIT was sent, before its answer."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg

from sync_platform.landing.database import Database

_PORT = 5432


@dataclass
class Proxy:
    """`cuts_at` is the number of the COMMIT to cut, counted from 1 over all connections.

    `reaches`: the COMMIT is passed on. `notices`: PostgreSQL learns that the connection is gone.
    """

    upstream: str
    cuts_at: int = 0
    reaches: bool = True
    notices: bool = True
    commits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            server.connect(self.upstream)
            threading.Thread(target=self._requests, args=(client, server), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                if self._is_cut(data):
                    client.shutdown(socket.SHUT_RDWR)
                    if self.reaches:
                        server.sendall(data)
                        time.sleep(0.2)  # PostgreSQL reads the COMMIT before it learns that nobody listens
                    if not self.notices:
                        return
                    break
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _is_cut(self, data: bytes) -> bool:
        if b"COMMIT" not in data:
            return False
        with self._lock:
            self.commits += 1
            return self.commits == self.cuts_at

    def _answers(self, server: socket.socket, client: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                client.sendall(data)
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_database(database: Database) -> Iterator[tuple[Database, Proxy]]:
    """The same database through a proxy."""
    folder = parse_qs(urlsplit(database.url).query)["host"][0]
    proxy = Proxy(upstream=f"{folder}/.s.PGSQL.{_PORT}")
    with tempfile.TemporaryDirectory(prefix="cut") as place, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(place) / f".s.PGSQL.{_PORT}"))
        listener.listen()
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield replace(database, url=psycopg.conninfo.make_conninfo(database.url, host=place)), proxy
        listener.shutdown(socket.SHUT_RDWR)
