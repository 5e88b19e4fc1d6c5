"""A gateway on a real socket, in a thread of the test, and what it stored."""

from __future__ import annotations

import socket
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import requests
from psycopg.rows import dict_row

from sync_platform.clock import Clock, SystemClock
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.server import gateway_server
from sync_platform.gateway.source import read_sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database
from sync_platform_tests.webhooks.signing import Signed
from sync_platform_tests.webhooks.telling import ENVIRONMENT


class Gateway:
    """Without an applier: what it stores waits. `clock` judges signed times."""

    def __init__(
        self,
        *,
        database: Database,
        system: PartnerSystem | tuple[PartnerSystem, ...],
        clock: Clock,
        environment: Mapping[str, str] = ENVIRONMENT,
        **limits: Any,
    ) -> None:
        self.woken = 0
        self._database = database
        self._started = threading.Event()
        self.writer = DeliveryWriter(database, clock=SystemClock(), on_stored=self._wake)
        tools = GatewayTools(
            sources=read_sources(system if isinstance(system, tuple) else [system], environment),
            writer=self.writer,
            clock=clock,
            counts=Counts(lambda *_, **__: None),
            **limits,
        )
        self.port = 0
        self._server = gateway_server(gateway_app(tools), host="127.0.0.1", port=0, on_ready=self._ready)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._started.wait(10)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join(30)

    def send(
        self, signed: Signed, webhook: str = "sales", *, system: str = "till", **options: Any
    ) -> requests.Response:
        """Deliver, as the partner would."""
        headers = {name: value.encode("latin-1") for name, value in signed.headers.items()}
        options["headers"] = {**headers, **options.get("headers", {})}
        return requests.post(f"{self.url}/webhooks/{system}/{webhook}", data=signed.body, timeout=20, **options)

    def status(self, signed: Signed, webhook: str = "sales", **options: Any) -> int:
        return self.send(signed, webhook, **options).status_code

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """What it counted, by webhook."""
        told = requests.get(f"{self.url}/healthz", timeout=10).json()["webhooks"]
        return {path.removeprefix("/webhooks/till/"): counts for path, counts in told.items()}

    def connect(self) -> socket.socket:
        """A bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def stored(self, *columns: str) -> list[Any]:
        """The stored deliveries in their order: one column's values, or rows of several."""
        with self._database.connect() as connection, connection.cursor(row_factory=dict_row) as cursor:
            rows = cursor.execute("select * from sync.webhook_delivery order by delivery_id").fetchall()
        return [row[columns[0]] if len(columns) == 1 else tuple(row[name] for name in columns) for row in rows]

    def _ready(self, port: int) -> None:
        self.port = port
        self._started.set()

    def _wake(self) -> None:
        self.woken += 1
