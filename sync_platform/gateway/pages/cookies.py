"""The two cookies: one of a session, one that ties a login form to the browser it was given to."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from sync_platform.gateway.pages.settings import ConsoleSettings

SESSION, LOGIN, OIDC = "sync_platform_session", "sync_platform_login", "sync_platform_openid"


def read_cookie(request: Request, name: str, settings: ConsoleSettings) -> str:
    """The secret in the cookie; '' where there is none."""
    return request.cookies.get(_named(name, settings), "")


def set_cookie(response: Response, name: str, secret: str, settings: ConsoleSettings) -> None:
    """Until the browser ends; how long it counts is decided here, not there.

    The one of OpenID Connect has to come along when the issuer sends the browser back: Lax, all others Strict.
    """
    response.set_cookie(
        _named(name, settings),
        secret,
        path="/",
        secure=settings.is_secure,
        httponly=True,
        samesite="lax" if name == OIDC else "strict",
    )


def drop_cookie(response: Response, name: str, settings: ConsoleSettings) -> None:
    """The browser forgets it."""
    response.delete_cookie(
        _named(name, settings), path="/", secure=settings.is_secure, httponly=True, samesite="strict"
    )


def _named(name: str, settings: ConsoleSettings) -> str:
    """With `__Host-` a browser takes it from this host over https only, so that no sister domain can plant one."""
    return f"__Host-{name}" if settings.is_secure else name
