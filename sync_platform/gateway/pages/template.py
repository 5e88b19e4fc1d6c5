"""Renders the pages: everything that comes from a partner, a user or a request is escaped."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import HTMLResponse

from sync_platform.access.role import is_at_least
from sync_platform.access.secret import csrf_token
from sync_platform.freshness.moment import write_age
from sync_platform.gateway.pages.visit import Page, Visit


def render(visit: Visit, name: str, *, status: int = 200, **facts: object) -> HTMLResponse:
    """The template `<name>.html.j2` with the menu of what the visitor may see, and the secret of its forms."""
    pages: tuple[Page, ...] = visit.request.app.state.pages
    menu = [page for page in pages if page.words and visit.user and is_at_least(visit.user.role, page.needs)]
    text = (
        _environment()
        .get_template(f"{name}.html.j2")
        .render(
            user=visit.user,
            menu=menu,
            here=f"/{visit.request.url.path.split('/')[1]}",
            may=visit.may,
            csrf=csrf_token(visit.cookie) if visit.cookie else "",
            now=visit.now,
            **facts,
        )
    )
    return HTMLResponse(text, status_code=status)


@cache
def style_sheet() -> str:
    """The freshness report's sheet, so that all pages look alike, and what only these have."""
    freshness = resources.files("sync_platform.freshness").joinpath("freshness.css").read_text(encoding="utf-8")
    trace = resources.files("sync_platform.trace").joinpath("trace.css").read_text(encoding="utf-8")
    return freshness + trace + resources.files("sync_platform.gateway.pages").joinpath("console.css").read_text("utf-8")


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("sync_platform.gateway.pages", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["age"] = lambda seconds: write_age(timedelta(seconds=seconds))
    environment.filters["moment"] = lambda moment: moment.strftime("%Y-%m-%d %H:%M:%S UTC") if moment else "—"
    return environment
