"""`sync-platform status`: where each entity stands."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout

if TYPE_CHECKING:
    from rich.table import Table

    from sync_platform.freshness.facts import Failure
    from sync_platform.freshness.promise import Verdict
    from sync_platform.operations.entity_status import EntityStatus

_GAP = 2
_NUMBERS = ("rows today", "dead letters", "held", "owed", "rules due", "waiting")
# On a narrow console the least important column goes first.
_FIRST_LEFT_OUT = (
    "looked_at",
    "loaded_at",
    "today",
    "rules due",
    "rows today",
    "waiting",
    "last complete",
    "verified",
    "age",
    "dead letters",
    "owed",
    "held",
)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="status",
        short_help="Show where each entity stands",
        help="Show per entity: today against its freshness promise, last complete day, clocks, rows, dead letters, "
        "days held back and owed (still to be read whole), days whose rules are due, changes waiting, and up to which "
        "day the partner itself agrees. The same verdicts and sentences are in the freshness report.",
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
    from sync_platform.freshness.landed import collect_freshness
    from sync_platform.operations.entity_status import read_status
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.operations.status_row import failures_of, status_row, write_time

    systems = read_partner_systems()
    if system is not None:
        systems = (choose_system(systems, system),)
    chosen = read_zone(zone) if zone else None
    now = SystemClock().now()
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, "sync.entity_day", "sync.freshness_verdict")
            entities = [entity for declared in systems for entity in read_status(connection, declared, now=now)]
        facts = collect_freshness(database, systems, now=now)
    verdicts = {(entity.system, entity.entity): entity.today.verdict for entity in facts.entities}
    failures = failures_of(facts)
    if as_json:
        rows = [
            status_row(
                one, verdicts[one.system, one.entity], failures.get((one.system, one.entity)), zone=chosen, now=now
            )
            for one in entities
        ]
        print_object({"ok": True, "at": write_time(now, chosen or ZoneInfo("UTC")), "entities": rows})
    else:
        _show(entities, verdicts, failures, chosen, now)


def _show(
    entities: list[EntityStatus],
    verdicts: Mapping[tuple[str, str], Verdict],
    failures: Mapping[tuple[str, str], Failure],
    zone: ZoneInfo | None,
    now: datetime,
) -> None:
    console = stdout()
    if not entities:
        console.print("no partner system is declared; see docs/declarations.md")
        return
    rows = [
        _cells(entity, verdicts[entity.system, entity.entity], zone or ZoneInfo(entity.zone), now)
        for entity in entities
    ]
    left_out = _left_out(rows, console.width)
    console.print(_table(rows, left_out), crop=False)
    if left_out:
        console.print(f"no room for {', '.join(left_out)}; a wider terminal shows them, --json always")
    for entity in entities:
        verdict = verdicts[entity.system, entity.entity]
        if not verdict.kept:
            told = verdict.words_in(zone or ZoneInfo(entity.zone))
            console.print(f"{entity.system}/{entity.entity}: {told}", markup=False)
        failure = failures.get((entity.system, entity.entity))
        if failure is not None:
            console.print(f"{entity.system}/{entity.entity}: the last request failed: {failure.text}", markup=False)
        last = entity.last_load
        if last is not None and last.error:
            console.print(f"{entity.system}/{entity.entity} {last.day}: {last.outcome}: {last.error}", markup=False)


def _cells(entity: EntityStatus, verdict: Verdict, zone: ZoneInfo, now: datetime) -> dict[str, str]:
    """One line of the table by column, in shown order."""
    from sync_platform.cli.moment import age, in_zone
    from sync_platform.freshness.state import state_of

    return {
        "entity": f"{entity.system}/{entity.entity}",
        "today": entity.business_day.isoformat(),
        "state": state_of(verdict.state).word,
        "rows today": f"{entity.today.rows:,}" if entity.today else "-",
        "dead letters": f"{entity.dead_letters:,}",
        "held": str(len(entity.owed.held)),
        "owed": str(len(entity.owed.unread)),
        "rules due": str(len(entity.owed.due)),
        "waiting": f"{entity.owed.waiting:,}",
        "verified": str(entity.verified.verified_through or "-") if entity.verified else "-",
        "last complete": entity.last_complete_day.isoformat() if entity.last_complete_day else "-",
        "as_of": in_zone(entity.as_of, zone),
        "age": age(entity.as_of, now),
        "looked_at": in_zone(entity.looked_at, zone),
        "loaded_at": in_zone(entity.loaded_at, zone),
    }


def _left_out(rows: list[dict[str, str]], width: int) -> list[str]:
    """The columns that a table of this many characters has no room for, the least important first."""
    widths = _widths(rows)
    left_out: list[str] = []
    for name in _FIRST_LEFT_OUT:
        if sum(widths.values()) + _GAP * (len(widths) - 1) <= width:
            break
        del widths[name]
        left_out.append(name)
    return left_out


def _widths(rows: list[dict[str, str]]) -> dict[str, int]:
    return {name: max(len(name), *(len(row[name]) for row in rows)) for name in rows[0]}


def _table(rows: list[dict[str, str]], left_out: list[str]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0))
    widths = {name: width for name, width in _widths(rows).items() if name not in left_out}
    for name, width in widths.items():
        # A least width, so that nothing is cut: a console too narrow for the rest breaks the line instead.
        table.add_column(name, justify="right" if name in _NUMBERS else "left", no_wrap=True, min_width=width)
    for row in rows:
        table.add_row(*(row[name] for name in widths))
    return table
