"""A partner over real sockets that answers exactly what a test says, down to the byte at which it hangs up."""

from __future__ import annotations

import json
import socketserver
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """`raw` is sent as it is, then the connection is closed; so it is after `hang_up_after` bytes of the body.

    `framing`: how the end of the body is marked: `length`, `chunked` or `close`. `stall` keeps the connection open
    without a further byte, `drip` sends 200 bytes a second. A header with an empty value is left out.
    """

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    date: datetime | None = None
    framing: str = "length"
    hang_up_after: int | None = None
    stall: bool = False
    drip: bool = False
    raw: bytes | None = None


Answering = Callable[[Asked], Reply]


class FakePartner:
    """Serves from threads on a free port; `asked` is every request in order; `date` is its clock, which stands."""

    def __init__(self, answer: Answering, *, date: datetime, context: ssl.SSLContext | None = None) -> None:
        self.answer = answer
        self.date = date
        self.asked: list[Asked] = []
        self.over = threading.Event()
        self._connections = 0
        partner = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                partner._connections += 1
                number = partner._connections
                while not partner.over.is_set():
                    try:
                        if not partner._serve_one(self, number):
                            return
                    except OSError:
                        return

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request: Any, client_address: Any) -> None:
                pass

        self._server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https" if context else "http"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> FakePartner:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def _serve_one(self, handler: socketserver.StreamRequestHandler, connection: int) -> bool:
        line = handler.rfile.readline().decode("latin-1").split()
        if len(line) < 2:
            return False
        headers: dict[str, str] = {}
        while text := handler.rfile.readline().decode("latin-1").strip():
            name, _, value = text.partition(":")
            headers[name.strip().lower()] = value.strip()
        body = handler.rfile.read(int(headers.get("content-length", "0")))
        asked = Asked(line[0], line[1], headers, body, connection)
        self.asked.append(asked)
        return self._send(handler, self.answer(asked))

    def _send(self, handler: socketserver.StreamRequestHandler, reply: Reply) -> bool:
        write = handler.wfile.write
        if reply.raw is not None:
            write(reply.raw)
            if reply.stall:
                self.over.wait(10)
            return False
        body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        if reply.status in (204, 304):
            body = b""
        headers = {
            "Date": format_datetime(reply.date or self.date, usegmt=True),
            "Content-Type": "application/json",
            **reply.headers,
        }
        if reply.framing == "length" and reply.status not in (204, 304):
            headers.setdefault("Content-Length", str(len(body)))
        if reply.framing == "chunked":
            headers["Transfer-Encoding"] = "chunked"
            half = len(body) // 2
            body = (
                b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
                + b"0\r\n\r\n"
            )
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items() if value)
        payload = f"HTTP/1.1 {reply.status} Said\r\n{head}\r\n".encode("latin-1")
        if reply.drip:
            for byte in payload + body:
                write(bytes((byte,)))
                if self.over.wait(0.005):
                    return False
        write(payload + (body if reply.hang_up_after is None else body[: reply.hang_up_after]))
        if reply.stall:
            self.over.wait(10)
        return reply.framing != "close" and reply.hang_up_after is None and not reply.stall
