"""The headers of every answer, and the refusal of requests that were not meant for us."""

from __future__ import annotations

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_platform.gateway.pages.settings import ConsoleSettings

# No script at all, no frame, nothing from elsewhere. Referrer-Policy is not no-referrer: with that, browsers send
# `Origin: null` with our own forms (Fetch Standard, "append a request Origin header").
_ALWAYS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_SECURE = {"Strict-Transport-Security": "max-age=31536000"}


class GuardedAnswers:
    """Wraps the pages: what leaves has its headers, what names another host is answered 421 and goes no further."""

    def __init__(self, app: ASGIApp, settings: ConsoleSettings) -> None:
        self._app = app
        self._settings = settings
        self._headers = {**_ALWAYS, **(_SECURE if settings.is_secure else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(self._headers)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if not self._settings.is_our_host(Headers(scope=scope).get("host", "")):
            refusal = PlainTextResponse("This is not the host you asked for.\n", status_code=421)
            await refusal(scope, receive, guarded)
            return
        await self._app(scope, receive, guarded)
