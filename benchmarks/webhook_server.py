"""The contenders of benchmarks/webhooks.py, each a process: `python -m benchmarks.webhook_server KIND DATABASE_URL`.

`floor` is a bare Starlette endpoint with one committed INSERT for each request, over a pool of connections; `gateway`
is ours, without its applier; `applied` is ours with it; `applier` is the child of that. Servers print their port.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import psycopg
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks.ours import DECLARED, tools_for
from sync_platform.clock import SystemClock
from sync_platform.declarations.partner_system import PartnerSystem, read_partner_system
from sync_platform.declarations.webhooks import Webhook
from sync_platform.gateway.app import GatewayTools, gateway_app
from sync_platform.gateway.applier import apply_while_open
from sync_platform.gateway.applier_process import ApplierProcess
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.server import gateway_server, run_until_signal
from sync_platform.gateway.source import read_sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.database import Database

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - nobody's
# A pool of more was no quicker on 2 cores.
_FLOOR_CONNECTIONS = 8
_WEBHOOK = {
    "name": "sales",
    "kind": "standard_webhooks",
    "secrets_env": ["JOURNEY_SECRET"],
    "events": [
        {
            "types": ["sale.*"],
            "entity": "sales",
            "record": "data",
            "time": {"body": "data.modifiedAt", "format": "epoch_milliseconds"},
        }
    ],
}


def told_system() -> PartnerSystem:
    """The benchmarks' partner system, which tells of its sales."""
    system = read_partner_system(DECLARED)
    told = {"webhooks": (Webhook.model_validate(_WEBHOOK),)}
    return replace(system, declaration=system.declaration.model_copy(update=told))


def floor(url: str) -> Starlette:
    """What anybody would write, and what our answer may not take much longer than."""
    idle: asyncio.Queue[psycopg.AsyncConnection] = asyncio.Queue()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        for _connection in range(_FLOOR_CONNECTIONS):
            idle.put_nowait(await psycopg.AsyncConnection.connect(url, autocommit=True))
        async with idle_first(idle) as connection:
            await connection.execute(
                "create table if not exists received (id bigint generated always as identity primary key, body bytea)"
            )
        yield

    async def receive(request: Request) -> Response:
        body = await request.body()
        async with idle_first(idle) as connection:
            await connection.execute("insert into received (body) values (%s)", [body])
        return Response(status_code=202)

    return Starlette(routes=[Route("/webhooks/{system}/{name}", receive, methods=["POST"])], lifespan=lifespan)


@asynccontextmanager
async def idle_first(
    idle: asyncio.Queue[psycopg.AsyncConnection],
) -> AsyncIterator[psycopg.AsyncConnection]:
    connection = await idle.get()
    try:
        yield connection
    finally:
        idle.put_nowait(connection)


def gateway(url: str, *, applied: bool) -> Starlette:
    """Ours, with everything on."""
    clock = SystemClock()
    command = (sys.executable, "-m", "benchmarks.webhook_server", "applier", url)
    root = str(Path(__file__).parent.parent)
    applier = ApplierProcess({"PYTHONPATH": root}, command=command)
    tools = GatewayTools(
        sources=read_sources([told_system()], {"JOURNEY_SECRET": SECRET}),
        writer=DeliveryWriter(Database(url), clock=clock, on_stored=applier.wake),
        clock=clock,
        counts=Counts(lambda *_, **__: None),
    )

    @asynccontextmanager
    async def with_applier(_: Starlette) -> AsyncIterator[None]:
        applier.start()
        yield
        await asyncio.to_thread(applier.close)

    return gateway_app(tools, lifespan=with_applier if applied else None)


def main(kind: str, url: str) -> None:
    if kind == "applier":
        tools = replace(tools_for("http://127.0.0.1:1", url), database=Database(url, keeps=True))
        apply_while_open([(told_system(), tools)], clock=SystemClock(), wake=sys.stdin.fileno())
        return
    app = floor(url) if kind == "floor" else gateway(url, applied=kind == "applied")
    run_until_signal(gateway_server(app, host="127.0.0.1", port=0, on_ready=lambda port: print(port, flush=True)))


if __name__ == "__main__":
    main(*sys.argv[1:])
