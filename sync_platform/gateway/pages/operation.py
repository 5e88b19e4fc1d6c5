"""What programs may ask, and who they are: a token in the Authorization header, never in an address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sync_platform.access.login import user_of_token
from sync_platform.access.role import SCOPES, is_at_least
from sync_platform.errors import AccessRefused, LandingConflict, LandingUnavailable
from sync_platform.gateway.pages.dispatch import away, peer_of
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.landing.access_log import Access, log_access
from sync_platform.landing.database import Connection
from sync_platform.landing.users import User

_IN_AN_ADDRESS = ("token", "access_token", "api_key", "apikey", "authorization")


@dataclass(frozen=True)
class Call:
    """One request of a program, admitted."""

    tools: ConsoleTools
    connection: Connection
    query: Mapping[str, str]
    now: datetime


@dataclass(frozen=True)
class Operation:
    """Something to ask with GET. `parameters` and `answer_schema` are as OpenAPI 3.1 has them."""

    path: str
    name: str
    words: str
    scope: str
    answer: Callable[[Call], dict[str, Any]]
    parameters: tuple[dict[str, Any], ...]
    answer_schema: dict[str, Any]


def api_route(operation: Operation, tools: ConsoleTools) -> Route:
    """The route of an operation; there is none that does not go through here."""

    async def endpoint(request: Request) -> Response:
        return await run_in_threadpool(_answer, operation, tools, request)

    return Route(operation.path, endpoint, methods=["GET"])


def as_json(content: Mapping[str, Any], *, status: int = 200) -> Response:
    """Moments and days in ISO 8601."""
    text = json.dumps(content, default=_plain, ensure_ascii=False)
    return Response(text, status_code=status, media_type="application/json")


def _answer(operation: Operation, tools: ConsoleTools, request: Request) -> Response:
    try:
        with tools.database.connect() as connection, connection.transaction():
            now = tools.clock.now()
            user: User | None = None
            try:
                user, scopes = _caller(connection, request, now)
                _admit(operation, user, scopes)
                response = as_json(operation.answer(Call(tools, connection, request.query_params, now)))
            except AccessRefused as error:
                response = _refusal(error)
            if user is not None:
                log_access(connection, _access(request, user, response, now, peer=peer_of(request, tools)))
            return response
    except (LandingUnavailable, LandingConflict) as error:
        return away(error)


def _caller(connection: Connection, request: Request, now: datetime) -> tuple[User, tuple[str, ...]]:
    if any(name.lower() in _IN_AN_ADDRESS for name in request.query_params):
        raise AccessRefused(
            "A token in an address ends up in logs and histories: revoke it, and send the new one in the header "
            "Authorization: Bearer ...",
            status=400,
        )
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    found = user_of_token(connection, token.strip(), now=now) if kind.lower() == "bearer" else None
    if found is None:
        raise AccessRefused("Send a valid token in the header Authorization: Bearer ...", status=401)
    return found


def _admit(operation: Operation, user: User, scopes: tuple[str, ...]) -> None:
    if operation.scope not in scopes:
        raise AccessRefused(f"This needs a token with the scope {operation.scope}.", status=403)
    if not is_at_least(user.role, SCOPES[operation.scope]):
        raise AccessRefused(f"This needs the role {SCOPES[operation.scope]}, which {user.name} has not.", status=403)


def _refusal(error: AccessRefused) -> Response:
    response = as_json({"ok": False, "error": {"kind": error.kind, "message": str(error)}}, status=error.status)
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _access(request: Request, user: User, response: Response, now: datetime, *, peer: str) -> Access:
    return Access(
        at=now,
        name=user.name,
        way="token",
        method=request.method,
        path=request.url.path,
        about=None,
        status=response.status_code,
        peer=peer,
    )


def _plain(value: object) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")
