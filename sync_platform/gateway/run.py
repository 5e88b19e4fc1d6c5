"""The gateway as a whole: listens, stores, answers, and keeps its applier running, until a signal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

import structlog
from starlette.applications import Starlette

from sync_platform.clock import SystemClock
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.applier_process import ApplierProcess
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.log import log_to_stderr
from sync_platform.gateway.server import gateway_server, run_until_signal
from sync_platform.gateway.source import Sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database
from sync_platform.settings import DATABASE_URL

# Partners give up after 5 to 30 s: a database that does not answer by then might as well be away.
_CONNECT_SECONDS, _LOCK_SECONDS, _STATEMENT_SECONDS = 3, 5, 10


def run_gateway(
    sources: Sources,
    *,
    database: Database,
    environment: Mapping[str, str],
    host: str,
    port: int,
    on_ready: Callable[[int], None],
) -> None:
    """Blocks until SIGINT or SIGTERM, then ends in order: requests under way, what they brought, the applier."""
    log_to_stderr()
    applier = ApplierProcess({**environment, DATABASE_URL: database.url})
    clock = SystemClock()
    hasty = replace(
        database,
        connect_timeout_seconds=_CONNECT_SECONDS,
        lock_timeout_seconds=_LOCK_SECONDS,
        statement_timeout_seconds=_STATEMENT_SECONDS,
    )
    tools = GatewayTools(
        sources=sources,
        writer=DeliveryWriter(hasty, clock=clock, on_stored=applier.wake),
        clock=clock,
        counts=Counts(structlog.get_logger("gateway").info),
    )

    @asynccontextmanager
    async def with_applier(_: Starlette) -> AsyncIterator[None]:
        applier.start()
        watch = asyncio.create_task(applier.keep_alive())
        try:
            yield
        finally:
            watch.cancel()
            with suppress(asyncio.CancelledError):
                await watch
            # It ends once its input is closed, after the round that it is at: what comes later the sensor applies.
            await asyncio.to_thread(applier.close)

    app = gateway_app(tools, lifespan=with_applier)
    run_until_signal(gateway_server(app, host=host, port=port, on_ready=on_ready))
