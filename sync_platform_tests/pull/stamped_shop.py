"""A shop whose orders are nothing but moments: it answers with those that lie between two moments it is asked for."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from sync_platform.clock import Clock

ENTITY = {
    "business_day": {
        "from": {"param": "from", "format": "epoch_milliseconds"},
        "to": {"param": "to", "format": "epoch_milliseconds", "inclusive": False},
    },
    "pages": {"kind": "none", "total": "total"},
}
"""How it is declared."""


class StampedShop(ThreadingHTTPServer):
    """`orders` are its moments; an order's id is its moment too."""

    daemon_threads = True

    def __init__(self, clock: Clock, orders: list[datetime]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.clock = clock
        self.orders = orders

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: StampedShop

    def do_GET(self) -> None:
        asked = {name: int(values[0]) for name, values in parse_qs(urlsplit(self.path).query).items()}
        start, end = (datetime.fromtimestamp(asked.get(name, 0) / 1000, UTC) for name in ("from", "to"))
        found = [moment.isoformat() for moment in self.server.orders if start <= moment < end]
        orders = [{"id": moment, "changed_at": moment} for moment in found]
        body = json.dumps({"orders": orders, "total": len(orders)}).encode()
        self.send_response_only(200)
        self.send_header("Date", format_datetime(self.server.clock.now(), usegmt=True))
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        pass


@contextmanager
def stamped_shop(clock: Clock, orders: list[datetime]) -> Iterator[StampedShop]:
    with StampedShop(clock, orders) as shop:
        thread = threading.Thread(target=shop.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield shop
        shop.shutdown()
