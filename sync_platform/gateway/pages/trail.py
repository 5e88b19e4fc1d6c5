"""The dispute trail on a page: everything that is known of one business record, personal fields masked."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import RedirectResponse

from sync_platform.access.role import VIEWER
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.trace.page import render_trail
from sync_platform.trace.trace import trace

_LONGEST = 200


def _search(visit: Visit) -> Answer:
    number = visit.query.get("number", "").strip()[:_LONGEST]
    if number:
        return Answer(RedirectResponse(f"/trace/{quote(number, safe='')}", status_code=303), unlogged=True)
    return Answer(render(visit, "trace", asked="", known=True, trail=None))


def _show(visit: Visit) -> Answer:
    asked = visit.path["key"].strip()[:_LONGEST]
    if not asked:
        return Answer(RedirectResponse("/trace", status_code=303), unlogged=True)
    # A snapshot of its own, which the visit's transaction is not.
    with visit.tools.database.connect() as connection:
        found = trace(connection, visit.tools.systems, asked, personal=False, now=visit.now, seal=visit.tools.seal)
    known = bool(found.records or found.events)
    zone = visit.tools.systems[0].declaration.calendar.zone
    trail = render_trail(found, zone=zone) if known else None
    page = render(visit, "trace", status=200 if known else 404, asked=asked, known=known, trail=trail)
    return Answer(page, about=asked)


PAGES = (
    Page("/trace", _search, needs=VIEWER, words="Trace", query=("number",)),
    Page("/trace/{key:path}", _show, needs=VIEWER),
)
