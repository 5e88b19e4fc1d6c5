"""Serves the gateway until a signal: SIGTERM lets requests under way end and what they brought be stored."""

from __future__ import annotations

import signal
from collections.abc import Callable
from socket import socket

import uvicorn
from starlette.applications import Starlette

from sync_platform.gateway.connection import LimitedConnection

_KEEP_ALIVE_SECONDS, _DRAIN_SECONDS = 30, 20
_BACKLOG = 2_048


def gateway_server(app: Starlette, *, host: str, port: int, on_ready: Callable[[int], None]) -> uvicorn.Server:
    """A server to `run`, which blocks. `on_ready` is told the port once connections are accepted; port 0 takes any."""
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        http=LimitedConnection,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        # Who is behind a proxy must not decide what counts as this machine.
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
        backlog=_BACKLOG,
    )
    return _Server(config, on_ready)


def run_until_signal(server: uvicorn.Server) -> None:
    """Serve until SIGINT or SIGTERM, and return: uvicorn sends on what it was sent, to whoever listened before it."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    server.run()


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, on_ready: Callable[[int], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready(self.servers[0].sockets[0].getsockname()[1])
