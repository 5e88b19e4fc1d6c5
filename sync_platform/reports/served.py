"""The reports over HTTP on this machine: rendered anew for each reader's zone, and nothing but the reports.

There is no login: the server listens on 127.0.0.1 and answers only to names of this machine, so that a page elsewhere
that a reader has open cannot reach it under a name of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from zoneinfo import ZoneInfo, available_timezones

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sync_platform.clock import Clock
from sync_platform.errors import LandingConflict, LandingUnavailable
from sync_platform.freshness.moment import write_moment
from sync_platform.reports.page import template
from sync_platform.reports.report import REPORTS, Report, ReportTools

HOSTS = ("localhost", "127.0.0.1")
COOKIE = "zone"
# Several readers, or one who turns pages, share what was rendered this long ago.
KEPT = timedelta(seconds=15)
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def reports_app(tools: Callable[[ZoneInfo], ReportTools], *, folder: Path, zone: ZoneInfo, clock: Clock) -> Starlette:
    """The application. Files are those of `folder`; `zone` is told where a reader has not chosen one.

    `tools` gives what a report is rendered with now, for a zone.
    """
    pages = _Pages(tools, clock)
    routes = [Route("/", _index(zone))]
    for report in REPORTS:
        routes.append(Route(f"/{report.page}", _page(report, pages, folder, zone)))
        routes.extend(Route(f"/{name}", _table(folder / name)) for name in report.files[1:])
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(_Guarded),
            Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS), www_redirect=False),
        ],
    )


class _Pages:
    """Rendered pages by report and zone."""

    def __init__(self, tools: Callable[[ZoneInfo], ReportTools], clock: Clock) -> None:
        self._tools = tools
        self._clock = clock
        self._kept: dict[tuple[str, str], tuple[datetime, str]] = {}
        self._rendering = Lock()

    def render(self, report: Report, zone: ZoneInfo) -> str:
        """The page, at most some seconds old. One is rendered at a time: a reload costs the database no more."""
        key = (report.name, str(zone))
        with self._rendering:
            kept = self._kept.get(key)
            if kept is not None and self._clock.now() - kept[0] < KEPT:
                return kept[1]
            page = report.render(self._tools(zone))
            if len(self._kept) > 50:
                self._kept.clear()
            self._kept[key] = (self._clock.now(), page)
            return page


def _index(default: ZoneInfo) -> Callable[[Request], Response]:
    def index(request: Request) -> Response:
        zone = _chosen_zone(request, default)
        if zone is None:
            return _unknown_zone()
        page = template("index").render(reports=REPORTS, zone=zone, zones=_offered(default))
        return _remembering(HTMLResponse(page), request, zone)

    return index


def _page(report: Report, pages: _Pages, folder: Path, default: ZoneInfo) -> Callable[[Request], Response]:
    def page(request: Request) -> Response:
        zone = _chosen_zone(request, default)
        if zone is None:
            return _unknown_zone()
        try:
            return _remembering(HTMLResponse(pages.render(report, zone)), request, zone)
        except (LandingUnavailable, LandingConflict) as error:
            return _last_written(folder / report.page, str(error), zone)

    return page


def _table(file: Path) -> Callable[[Request], Response]:
    def table(_request: Request) -> Response:
        if not file.is_file():
            return PlainTextResponse(f"{file.name} was not written yet: run sync-platform reports.", status_code=404)
        return FileResponse(file, media_type="text/csv; charset=utf-8", filename=file.name)

    return table


def _last_written(file: Path, why: str, zone: ZoneInfo) -> Response:
    """The last page that was written, which says so at its top; without one, what went wrong."""
    if not file.is_file():
        return PlainTextResponse(f"There is no report to show: {why}", status_code=503, headers={"Retry-After": "15"})
    written = datetime.fromtimestamp(file.stat().st_mtime, tz=ZoneInfo("UTC"))
    words = f"The report could not be written anew ({why}) This is the one of {write_moment(written, zone)}."
    banner = template("banner").render(words=words)
    page = file.read_text(encoding="utf-8")
    return HTMLResponse(page.replace("<body>", f"<body>{banner}", 1), status_code=503, headers={"Retry-After": "15"})


def _chosen_zone(request: Request, default: ZoneInfo) -> ZoneInfo | None:
    """The zone that the reader asks for, or asked for before; None where there is no such zone."""
    asked = request.query_params.get("zone")
    if asked:
        return ZoneInfo(asked) if asked in available_timezones() else None
    kept = request.cookies.get(COOKIE, "").replace(":", "/")
    return ZoneInfo(kept) if kept in available_timezones() else default


def _unknown_zone() -> Response:
    return PlainTextResponse("There is no such time zone. Write one like Asia/Colombo or UTC.", status_code=400)


def _remembering(response: Response, request: Request, zone: ZoneInfo) -> Response:
    """A zone that was asked for holds for the other pages too."""
    if request.query_params.get("zone"):
        response.set_cookie(COOKIE, str(zone).replace("/", ":"), samesite="strict", httponly=True)
    return response


def _offered(default: ZoneInfo) -> list[str]:
    places = {name for name in available_timezones() if "/" in name and not name.startswith("Etc/")}
    return sorted({str(default), "UTC"} | places)


class _Guarded:
    """Adds the security headers to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers[name] = value
            await send(message)

        await self._app(scope, receive, guarded)
