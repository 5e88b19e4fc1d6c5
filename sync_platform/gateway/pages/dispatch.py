"""From a request to its page: who asks, may they, is the form ours; then the page, and a line in the access log."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from sync_platform.access.login import user_of_session
from sync_platform.access.role import is_at_least
from sync_platform.errors import AccessRefused, DeclarationError, LandingConflict, LandingUnavailable
from sync_platform.gateway.pages.cookies import LOGIN, SESSION, read_cookie
from sync_platform.gateway.pages.form import read_form, require_own_form
from sync_platform.gateway.pages.peer import true_peer
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform.gateway.pages.visit import ANYONE, Answer, Page, Visit
from sync_platform.landing.access_log import Access, log_access
from sync_platform.landing.database import Connection
from sync_platform.landing.users import User

log = structlog.get_logger(__name__)


def route_of(page: Page, tools: ConsoleTools) -> Route:
    """The route of a page; there is none that does not go through here."""

    async def endpoint(request: Request) -> Response:
        try:
            form = await read_form(request, most_bytes=page.form_bytes) if page.method == "POST" else {}
        except AccessRefused as error:
            # What was not read of the body stays on the connection: nothing after it can be understood.
            return Response(f"{error}\n", status_code=error.status, headers={"Connection": "close"})
        return await run_in_threadpool(_answer, page, tools, request, form)

    return Route(page.path, endpoint, methods=[page.method])


def peer_of(request: Request, tools: ConsoleTools) -> str:
    """The address the request came from; behind a proxy that is not declared, that of the proxy."""
    connected = request.client.host if request.client else None
    return true_peer(connected, request.headers.getlist("x-forwarded-for"), proxies=tools.settings.trusted_proxies)


def away(error: Exception) -> Response:
    """The answer while the database is away: nothing was done. Where it is and what it said is in our log alone."""
    log.warning("pages_without_database", why=str(error))
    return Response("The database is away; try again soon.\n", status_code=503, headers={"Retry-After": "5"})


def _answer(page: Page, tools: ConsoleTools, request: Request, form: Mapping[str, str]) -> Response:
    try:
        with tools.database.connect() as connection:
            # By itself, so that a page which takes long keeps no other tab of the same session waiting.
            with connection.transaction():
                visit = _visit(tools, connection, request, form)
            with connection.transaction():
                answer = _answer_or_refuse(page, visit)
                if not answer.unlogged:
                    log_access(connection, _access(visit, answer))
            return answer.response
    except (LandingUnavailable, LandingConflict) as error:
        return away(error)


def _visit(tools: ConsoleTools, connection: Connection, request: Request, form: Mapping[str, str]) -> Visit:
    now = tools.clock.now()
    session = read_cookie(request, SESSION, tools.settings)
    user: User | None = user_of_session(connection, session, now=now) if session else None
    return Visit(
        tools=tools,
        connection=connection,
        request=request,
        form=form,
        now=now,
        user=user,
        cookie=session if user else read_cookie(request, LOGIN, tools.settings),
        peer=peer_of(request, tools),
    )


def _answer_or_refuse(page: Page, visit: Visit) -> Answer:
    if page.needs != ANYONE and visit.user is None and page.method == "GET":
        return Answer(_to_login(visit.request), unlogged=True)
    try:
        _admit(page, visit)
        with visit.connection.transaction():
            return page.answer(visit)
    except AccessRefused as error:
        return _refusal(visit, str(error), error.status)
    except DeclarationError as error:
        return _refusal(visit, str(error), 422)


def _admit(page: Page, visit: Visit) -> None:
    if page.needs != ANYONE and visit.user is None:
        raise AccessRefused("You are not logged in any more.", status=401)
    if page.method == "POST":
        require_own_form(visit.request, visit.form, visit.cookie, visit.tools.settings)
    if page.needs != ANYONE and visit.user and not is_at_least(visit.user.role, page.needs):
        raise AccessRefused(f"This needs the role {page.needs}, and yours is {visit.user.role}.", status=403)


def _refusal(visit: Visit, words: str, status: int) -> Answer:
    """Told, and logged for who is logged in: anybody else could fill the log."""
    return Answer(render(visit, "refused", status=status, refusal=words), unlogged=visit.user is None)


def _to_login(request: Request) -> Response:
    asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse("/login" if asked == "/" else f"/login?next={quote(asked)}", status_code=303)


def _access(visit: Visit, answer: Answer) -> Access:
    return Access(
        at=visit.now,
        name=visit.user.name if visit.user else None,
        way="session" if visit.user else "none",
        method=visit.request.method,
        path=visit.request.url.path,
        about=answer.about,
        status=answer.response.status_code,
        peer=visit.peer,
    )
