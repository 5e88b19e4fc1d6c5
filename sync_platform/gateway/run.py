"""The gateway as a whole: listens, stores, answers, keeps its applier running and the audit log sealed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace

from starlette.applications import Starlette

from sync_platform.clock import SystemClock
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.applier_process import ApplierProcess
from sync_platform.gateway.audit_seal import keep_sealed
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.server import gateway_server, run_until_signal
from sync_platform.gateway.source import Sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database
from sync_platform.settings import DATABASE_URL, state_dir

# Partners give up after 5 to 30 s: a database that does not answer by then might as well be away.
_CONNECT_SECONDS, _LOCK_SECONDS, _STATEMENT_SECONDS = 3, 5, 10


def run_gateway(
    sources: Sources,
    *,
    pages: Starlette | None,
    counts: Counts,
    database: Database,
    environment: Mapping[str, str],
    host: str,
    port: int,
    on_ready: Callable[[int], None],
) -> None:
    """Blocks until SIGINT or SIGTERM, then ends in order: requests under way, what they brought, the applier."""
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
        counts=counts,
    )

    @asynccontextmanager
    async def with_applier(_: Starlette) -> AsyncIterator[None]:
        applier.start()
        watches = [
            asyncio.create_task(applier.keep_alive()),
            asyncio.create_task(keep_sealed(database, state_dir(environment), clock=clock)),
        ]
        try:
            yield
        finally:
            for watch in watches:
                watch.cancel()
                with suppress(asyncio.CancelledError):
                    await watch
            # It ends once its input is closed, after the round that it is at: what comes later the sensor applies.
            await asyncio.to_thread(applier.close)

    app = gateway_app(tools, pages=pages, lifespan=with_applier)
    run_until_signal(gateway_server(app, host=host, port=port, on_ready=on_ready))
