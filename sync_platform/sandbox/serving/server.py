"""Sockets: an HTTP/1.1 keep-alive server with a thread per connection."""

import contextlib
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

from sync_platform.sandbox.error import SandboxError
from sync_platform.sandbox.serving.delivery import Delivery
from sync_platform.sandbox.serving.request import Request, read_target

MAX_BODY_BYTES = 1_000_000
"""More than any request that the sandbox understands."""
_POLL_SECONDS = 0.2
"""How long a serving thread may take to notice that it is to end."""


class Port(Protocol):
    """What answers the requests of one server."""

    def now_ms(self) -> int:
        """True time for the request."""

    def deliver(self, request: Request) -> Delivery:
        """Bytes and pace of the answer."""


class Server:
    """Listens from the moment it is made; serves between `start` and `stop`."""

    def __init__(self, name: str, port: Port, *, host: str, number: int) -> None:
        try:
            self._http = _HTTPServer((host, number), port)
        except OverflowError as error:
            raise SandboxError(f"{name}: {number} is not a port number; choose 0 to 65535") from error
        except OSError as error:
            raise SandboxError(
                f"{name}: cannot listen on {host}:{number} ({error.strerror}); "
                f"free that port or choose another with --{name}-port (0 takes any free one)"
            ) from error
        self._thread = threading.Thread(
            target=self._http.serve_forever, args=(_POLL_SECONDS,), name=f"sandbox-{name}", daemon=True
        )

    @property
    def url(self) -> str:
        """`http://127.0.0.1:9101`."""
        host, number = self._http.server_address[:2]
        return f"http://{host!s}:{number}"

    def start(self) -> None:
        """Serve in threads of this process."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening and close every open connection."""
        if self._thread.is_alive():
            ending = threading.Thread(target=self._http.shutdown, daemon=True)
            ending.start()
            self._wake()
            ending.join()
        self._http.server_close()
        self._http.close_connections()

    def _wake(self) -> None:
        """Connect once, so that the serving thread looks up now and not after _POLL_SECONDS."""
        address = self._http.socket.getsockname()[:2]
        with contextlib.suppress(OSError), socket.create_connection(address, timeout=1):
            pass


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], port: Port) -> None:
        self.port = port
        self._connections: set[socket.socket] = set()
        self._connections_lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """As the parent's, without its look-up of the host's name, which can take seconds."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_address = self.socket.getsockname()
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._connections_lock:
            self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._connections_lock:
            self._connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away in mid-answer is no news; anything else is."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def close_connections(self) -> None:
        with self._connections_lock:
            for connection in self._connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 300
    server: _HTTPServer

    def do_GET(self) -> None:
        self._exchange()

    def do_POST(self) -> None:
        self._exchange()

    def do_DELETE(self) -> None:
        self._exchange()

    def do_PUT(self) -> None:
        self._exchange()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the parent's name
        """Requests are kept in the request log; standard error stays quiet."""

    def _exchange(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.send_error(413 if length.isdigit() else 400)
            self.close_connection = True
            return
        path, query = read_target(self.path)
        request = Request(
            method=self.command,
            path=path,
            query=query,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
            now=self.server.port.now_ms(),
        )
        self._send(self.server.port.deliver(request))

    def _send(self, delivery: Delivery) -> None:
        if delivery.wait_seconds:
            time.sleep(delivery.wait_seconds)
        if delivery.seconds_per_byte:
            self.wfile.write(delivery.head)
            for position in range(len(delivery.body)):
                time.sleep(delivery.seconds_per_byte)
                self.wfile.write(delivery.body[position : position + 1])
        else:
            self.wfile.write(delivery.head + delivery.body)
        if delivery.close:
            self.close_connection = True
