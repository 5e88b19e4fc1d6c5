"""The gateway's HTTP face: webhooks are verified, stored, answered, and nothing else before; beside them the pages."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route, Router

from sync_platform.clock import Clock
from sync_platform.errors import LandingConflict, LandingUnavailable, WebhookRejected
from sync_platform.gateway.body import read_body
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.delivery import received_delivery
from sync_platform.gateway.source import Source, Sources
from sync_platform.gateway.writer import DeliveryWriter
from sync_platform.landing.webhook_deliveries import Stored
from sync_platform.partners.webhooks.incoming import Incoming, Keys
from sync_platform.partners.webhooks.verify import verify_delivery

Lifespan = Callable[[Starlette], AbstractAsyncContextManager[None]]

_STATUS = {Stored.NEW: 202, Stored.KNOWN: 202, Stored.CONFLICT: 409}
_RETRY_AFTER = {"Retry-After": "5"}


@dataclass(frozen=True)
class GatewayTools:
    """What requests are answered with. Limits are in seconds.

    Partners wait for 5 to 30 s; what was stored and could not be answered in time is known when it comes again.
    """

    sources: Sources
    writer: DeliveryWriter
    clock: Clock
    counts: Counts
    body_seconds: float = 10.0
    answer_seconds: float = 15.0


def gateway_app(tools: GatewayTools, *, pages: Starlette | None = None, lifespan: Lifespan | None = None) -> Starlette:
    """POST /webhooks/{system}/{name}, GET /healthz, and the pages. The writer lives as long as the app does."""

    @asynccontextmanager
    async def living(app: Starlette) -> AsyncIterator[None]:
        tools.writer.start()
        try:
            if lifespan is None:
                yield
            else:
                async with lifespan(app):
                    yield
        finally:
            await asyncio.to_thread(tools.writer.close)

    async def receive(request: Request) -> Response:
        return await _receive(tools, request)

    async def healthz(_: Request) -> Response:
        return JSONResponse({"ok": tools.writer.is_storing, "webhooks": tools.counts.told()})

    webhooks = Router([Route("/{system}/{name}", receive, methods=["POST"])], redirect_slashes=False)
    routes = [
        # Mounted, so that what is no delivery ends here and is not looked for among the pages.
        Mount("/webhooks", webhooks),
        Route("/healthz", healthz, methods=["GET"]),
        *([Mount("/", pages)] if pages is not None else []),
    ]
    app = Starlette(routes=routes, lifespan=living)
    app.router.redirect_slashes = False
    return app


async def _receive(tools: GatewayTools, request: Request) -> Response:
    path = f"/webhooks/{request.path_params['system']}/{request.path_params['name']}"
    source = tools.sources.ready.get(path)
    if source is None:
        if path in tools.sources.unready:
            tools.counts.add(path, "not_ready")
            return Response(status_code=503, headers=_RETRY_AFTER)
        return Response(status_code=404)
    try:
        return await _take(tools, source, request)
    except WebhookRejected as error:
        tools.counts.add(path, error.reason)
        # What was not read of the body stays on the connection: nothing after it can be understood.
        closing = {"Connection": "close"} if error.status in (408, 413, 415) else None
        return Response(status_code=error.status, headers=closing)
    except (LandingUnavailable, LandingConflict, TimeoutError) as error:
        tools.counts.add(path, "not_stored", why=str(error))
        return Response(status_code=503, headers=_RETRY_AFTER)


async def _take(tools: GatewayTools, source: Source, request: Request) -> Response:
    """The answer to a delivery that is stored. Raises WebhookRejected, and LandingUnavailable when it is not."""
    webhook = source.webhook
    body = await read_body(request, limit_bytes=webhook.max_body_bytes, timeout_seconds=tools.body_seconds)
    peer = request.client.host if request.client else None
    incoming = Incoming(headers=dict(request.headers), body=body, url=source.url, peer=peer)
    keys = Keys(secrets=source.secrets, now=tools.clock.now(), tolerance=webhook.tolerance)
    verified = verify_delivery(webhook, incoming, keys)
    if verified.greeting:
        return Response(status_code=200)
    delivery = received_delivery(source, incoming, verified)
    async with asyncio.timeout(tools.answer_seconds):
        stored = await tools.writer.write(delivery)
    tools.counts.add(source.path, stored.value)
    if verified.secret:
        # The partner signs with one that is to be given up: whoever rotates it waits for this to end.
        tools.counts.add(source.path, "older_secret", variable=source.variables[verified.secret])
    # Xero takes nothing but 200 for an answer, and no body.
    status = 200 if webhook.kind == "xero" and stored is not Stored.CONFLICT else _STATUS[stored]
    return Response(status_code=status)
