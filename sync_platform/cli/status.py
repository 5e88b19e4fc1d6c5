"""`sync-platform status`: where each entity stands."""

from __future__ import annotations

import os
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from sync_platform.operations.entity_status import EntityStatus


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="status",
        short_help="Show where each entity stands",
        help="Show per entity: today's state, last complete day, clocks, rows, dead letters, held and owed days.",
        epilog="Examples: sync-platform status; sync-platform status pos --zone UTC; sync-platform status --json",
    )(status)


def status(
    system: Annotated[str | None, typer.Argument(metavar="[SYSTEM]", help="Only this partner system.")] = None,
    zone: Annotated[
        str | None, typer.Option(help="Show times in this zone, like Asia/Colombo. Default: each system's own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reads our own tables only: what cannot be reached now is still shown as it was, with its as_of."""
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.cli.address import choose_system
    from sync_platform.cli.moment import read_zone
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.entity_status import read_status
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    systems = read_partner_systems()
    if system is not None:
        systems = (choose_system(systems, system),)
    chosen = read_zone(zone) if zone else None
    now = SystemClock().now()
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, "sync.entity_day")
        entities = [entity for declared in systems for entity in read_status(connection, declared, now=now)]
    if as_json:
        print_object(
            {
                "at": _moment(now, chosen or ZoneInfo("UTC")),
                "entities": [_row(entity, chosen, now) for entity in entities],
            }
        )
    else:
        _show(entities, chosen, now)


def _row(entity: EntityStatus, zone: ZoneInfo | None, now: datetime) -> dict[str, Any]:
    shown = zone or ZoneInfo(entity.zone)
    today = entity.today
    return {
        "system": entity.system,
        "entity": entity.entity,
        "kind": "state" if entity.is_state else "event",
        "business_day": entity.business_day,
        "state": today.state if today else "pending",
        "rows_today": today.rows if today else 0,
        "last_complete_day": entity.last_complete_day,
        "as_of": _moment(entity.as_of, shown),
        "as_of_age_seconds": (now - entity.as_of).total_seconds() if entity.as_of else None,
        "looked_at": _moment(entity.looked_at, shown),
        "loaded_at": _moment(entity.loaded_at, shown),
        "dead_letters": entity.dead_letters,
        "held_days": entity.held,
        "owed_days": entity.owed,
        "last_load": entity.last_load
        and {
            "day": entity.last_load.day,
            "outcome": entity.last_load.outcome,
            "error": entity.last_load.error,
            "started_at": _moment(entity.last_load.started_at, shown),
        },
    }


def _moment(moment: datetime | None, zone: ZoneInfo) -> str | None:
    return moment.astimezone(zone).isoformat(timespec="seconds") if moment else None


def _show(entities: list[EntityStatus], zone: ZoneInfo | None, now: datetime) -> None:
    from rich.table import Table

    from sync_platform.cli.moment import age, in_zone

    table = Table("entity", "today", "state", box=None, pad_edge=False)
    for name in ("rows today", "dead letters", "held", "owed"):
        table.add_column(name, justify="right")
    for name in ("last complete", "as_of", "age", "looked_at", "loaded_at"):
        table.add_column(name)
    for entity in entities:
        shown = zone or ZoneInfo(entity.zone)
        table.add_row(
            f"{entity.system}/{entity.entity}",
            entity.business_day.isoformat(),
            entity.today.state if entity.today else "pending",
            f"{entity.today.rows:,}" if entity.today else "-",
            f"{entity.dead_letters:,}",
            str(len(entity.held)),
            str(len(entity.owed)),
            entity.last_complete_day.isoformat() if entity.last_complete_day else "-",
            in_zone(entity.as_of, shown),
            age(entity.as_of, now),
            in_zone(entity.looked_at, shown),
            in_zone(entity.loaded_at, shown),
        )
    console = stdout()
    console.print(table)
    for entity in entities:
        last = entity.last_load
        if last is not None and last.error:
            console.print(f"{entity.system}/{entity.entity} {last.day}: {last.outcome}: {last.error}", markup=False)
