"""The pages and the API as one application, to be mounted beside the webhooks at `/`.

    Mount("/", console(tools))

A page is declared with what it needs (`Page`), an operation with its scope (`Operation`); what is not declared is not
there. Every request goes through `dispatch.py` or `operation.py`, and every answer through `headers.py`.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from sync_platform.gateway.pages import (
    deliveries,
    letter_acts,
    letter_edit,
    letters,
    login,
    openid,
    password,
    status,
    trail,
    users,
)
from sync_platform.gateway.pages.api import OPERATIONS
from sync_platform.gateway.pages.dispatch import route_of
from sync_platform.gateway.pages.headers import GuardedAnswers
from sync_platform.gateway.pages.openapi import openapi_document
from sync_platform.gateway.pages.operation import Operation, api_route, as_json
from sync_platform.gateway.pages.template import style_sheet
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.gateway.pages.visit import Page

PAGES = (
    *status.PAGES,
    *letter_acts.PAGES,
    *letters.PAGES,
    *letter_edit.PAGES,
    *deliveries.PAGES,
    *trail.PAGES,
    *users.PAGES,
    *password.PAGES,
    *login.PAGES,
)
"""In the order of the menu."""


def console(
    tools: ConsoleTools, *, pages: tuple[Page, ...] = PAGES, operations: tuple[Operation, ...] = OPERATIONS
) -> Starlette:
    """The application. Pages of OpenID Connect are there only where an issuer is set up."""
    every = (*pages, *(openid.PAGES if tools.issuer else ()))

    async def style(_: Request) -> Response:
        return Response(style_sheet(), media_type="text/css", headers={"Cache-Control": "public, max-age=3600"})

    async def openapi(_: Request) -> Response:
        return as_json(openapi_document(operations, every))

    app = Starlette(
        routes=[
            Route("/static/console.css", style),
            Route("/api/openapi.json", openapi),
            *(route_of(page, tools) for page in every),
            *(api_route(operation, tools) for operation in operations),
        ],
        middleware=[Middleware(GuardedAnswers, tools.settings)],
        exception_handlers={Exception: _unforeseen},
    )
    app.router.redirect_slashes = False
    app.state.pages = every
    return app


async def _unforeseen(_: Request, __: Exception) -> Response:
    """Said without a detail; the server's log has the traceback. It leaves outside the middleware."""
    return PlainTextResponse(
        "Something went wrong that was not foreseen; the gateway's log says what.\n",
        status_code=500,
        headers={"Content-Security-Policy": "default-src 'none'", "X-Content-Type-Options": "nosniff"},
    )
