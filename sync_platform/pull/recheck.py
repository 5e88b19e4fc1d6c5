"""Reads records again that are still open: some partners leave the changed time when an order is paid."""

from __future__ import annotations

from datetime import date, timedelta

from psycopg import sql

from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.window import Recheck
from sync_platform.landing.database import Connection
from sync_platform.landing.watermarks import mark_rechecked, read_watermark
from sync_platform.pull.capture import capture_day
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.tools import PullTools


def recheck_open_records(tools: PullTools, entity: Entity, *, deadline: float) -> int:
    """Read the days again that hold open records, when the recheck is due and until `deadline`; returns what was new.

    A day is the smallest question that every partner answers. What is new goes into the change log like any delta.
    Nothing happens before `every` has passed since the last complete recheck.
    """
    recheck = entity.declaration.recheck
    if recheck is None:
        return 0
    with tools.database.connect() as connection:
        mark = read_watermark(connection, entity.system, entity.name)
        now = tools.clock.now()
        if mark is None or (mark.rechecked_at is not None and now - mark.rechecked_at < recheck.every):
            return 0
        today = entity.calendar.day_of(tools.client.partner_now())
        days = open_days(connection, entity, recheck, today=today)
    captured = 0
    for day in days:
        if tools.clock.monotonic() > deadline:
            return captured
        captured += capture_day(tools, entity, day=day)
    with tools.database.connect() as connection:
        mark_rechecked(connection, entity.system, entity.name, rechecked_at=now)
    tools.reached("recheck_marked")
    return captured


def open_days(connection: Connection, entity: Entity, recheck: Recheck, *, today: date) -> list[date]:
    """Days not older than `at_most` with landed records whose field has none of the closing values."""
    table = entity_tools(entity).table
    rows = connection.execute(
        sql.SQL(
            "select distinct _business_day from {} where _business_day >= %(oldest)s and _deleted_at is null"
            " and ({field}::text <> all (%(closed)s) or {field} is null) order by 1"
        ).format(table.identifier, field=sql.Identifier(recheck.field)),
        {"oldest": today - timedelta(days=recheck.at_most.days), "closed": list(recheck.until)},
    )
    return [day for (day,) in rows]
