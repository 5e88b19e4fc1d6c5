"""The first page: where each entity stands and how far behind it is."""

from __future__ import annotations

from datetime import timedelta

from sync_platform.access.role import VIEWER
from sync_platform.freshness.moment import write_age
from sync_platform.freshness.state import state_of
from sync_platform.gateway.pages.template import render
from sync_platform.gateway.pages.visit import Answer, Page, Visit
from sync_platform.operations.status_row import read_status_rows


def _show(visit: Visit) -> Answer:
    rows = read_status_rows(visit.tools.database, visit.tools.systems, zone=None, now=visit.now)
    entities = [(row, state_of(row["verdict"]), _lag(row["as_of_age_seconds"])) for row in rows]
    return Answer(render(visit, "status", entities=entities))


def _lag(seconds: float | None) -> str:
    return "—" if seconds is None else write_age(timedelta(seconds=max(seconds, 0)))


PAGES = (Page("/", _show, needs=VIEWER, words="Status"),)
