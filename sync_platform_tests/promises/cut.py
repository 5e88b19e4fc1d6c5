"""A proxy on a Unix socket in front of PostgreSQL that cuts the connection between a statement and its answer."""

from __future__ import annotations

import contextlib
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import psycopg

from sync_platform.landing.database import Database

_PORT = 5432


@dataclass
class Proxy:
    """`cuts_at` is the number of the COMMIT to cut, counted from 1 over all connections.

    `cuts_in` counts down whatever is sent, statements and the greeting of a connection, and cuts the one at nought.
    `reaches`: what was cut is passed on. `notices`: PostgreSQL learns that the connection is gone. With `meanwhile` the
    client learns of it only when that is over, which begins once PostgreSQL did what was passed on. `sees` is told what
    is sent, with a number for each connection.
    """

    upstream: str
    cuts_at: int = 0
    cuts_in: int | None = None
    reaches: bool = True
    notices: bool = True
    meanwhile: Callable[[], object] | None = None
    sees: Callable[[int, bytes], object] = lambda *_: None
    commits: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def serve(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX)
            try:
                server.connect(self.upstream)
            except OSError:
                client.close()
                continue
            muted = threading.Event()
            threading.Thread(target=self._requests, args=(client, server, muted), daemon=True).start()
            threading.Thread(target=self._answers, args=(server, client, muted), daemon=True).start()

    def _requests(self, client: socket.socket, server: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(65536):
                self.sees(client.fileno(), data)
                if self._is_cut(data):
                    muted.set()
                    if self.meanwhile is None:
                        client.shutdown(socket.SHUT_RDWR)
                    if self.reaches:
                        server.sendall(data)
                        time.sleep(0.2)  # PostgreSQL reads it before it learns that nobody listens
                    if self.meanwhile is not None:
                        self.meanwhile()
                        client.shutdown(socket.SHUT_RDWR)
                    if not self.notices:
                        return
                    break
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)

    def _is_cut(self, data: bytes) -> bool:
        with self._lock:
            if self.cuts_in is not None:
                self.cuts_in -= 1
            is_commit = b"COMMIT" in data
            self.commits += is_commit
            return self.cuts_in == 0 or (is_commit and self.commits == self.cuts_at)

    def _answers(self, server: socket.socket, client: socket.socket, muted: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(65536):
                if not muted.is_set():
                    client.sendall(data)
        with contextlib.suppress(OSError):
            if not muted.is_set():
                client.shutdown(socket.SHUT_RDWR)


@contextmanager
def cut_database(database: Database) -> Iterator[tuple[Database, Proxy]]:
    """The same database through a proxy."""
    folder = psycopg.conninfo.conninfo_to_dict(database.url)["host"]
    proxy = Proxy(upstream=f"{folder}/.s.PGSQL.{_PORT}")
    with tempfile.TemporaryDirectory(prefix="cut") as place, socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(Path(place) / f".s.PGSQL.{_PORT}"))
        listener.listen()
        threading.Thread(target=proxy.serve, args=(listener,), daemon=True).start()
        yield replace(database, url=psycopg.conninfo.make_conninfo(database.url, host=place)), proxy
        listener.shutdown(socket.SHUT_RDWR)
