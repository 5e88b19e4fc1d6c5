"""`sync-platform pull`: bring in days or changes of one entity, by the same write path as the sensors and runs."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.load_outcome import exit_code
from sync_platform.cli.pull_tools import pull_tools
from sync_platform.cli.recorded import record_command

if TYPE_CHECKING:
    from sync_platform.declarations.partner_system import Entity
    from sync_platform.landing.database import Database
    from sync_platform.landing.loads import Load
    from sync_platform.operations.dry_run import DryRun
    from sync_platform.partners.client import PartnerClient
    from sync_platform.pull.delta import DeltaReport
    from sync_platform.pull.tools import PullTools

_NOT_OBTAINABLE = "not_obtainable: a past state that nobody observed cannot be asked for"
_COUNTS = ("read", "inserted", "updated", "unchanged", "superseded", "dead_lettered", "tombstoned", "revived", "moved")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="pull",
        short_help="Bring in days or changes of one entity",
        help="Bring in one entity: a day whole, a range of days (newest first), or what changed since the last time.",
        epilog="Examples: sync-platform pull pos/sales; sync-platform pull shop/orders --day 2026-11-20; "
        "sync-platform pull pos/sales --from 2026-11-01 --to 2026-11-14; sync-platform pull shop/orders --delta; "
        "sync-platform pull pos/sales --day yesterday --dry-run",
    )(pull)


def pull(
    address: Annotated[str, typer.Argument(metavar="SYSTEM/ENTITY", help="A declared entity, like pos/sales.")],
    day: Annotated[str | None, typer.Option(help="One business day: 2026-11-20, today or yesterday.")] = None,
    first: Annotated[str | None, typer.Option("--from", help="The first day of a range.")] = None,
    last: Annotated[str | None, typer.Option("--to", help="Its last day; today when left out.")] = None,
    delta: Annotated[bool, typer.Option("--delta", help="What changed since the watermark.")] = False,
    dry: Annotated[bool, typer.Option("--dry-run", help="Read and decode only; needs no database.")] = False,
    as_json: AsJson = False,
) -> None:
    """Without an option: today, whole."""
    # pydantic 0.25 s, requests 0.15 s, psycopg 0.14 s.
    from sync_platform.cli.address import choose_entity
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.operations.pull_plan import wanted_days
    from sync_platform.partners.client import PartnerClient

    system, entity = choose_entity(read_partner_systems(), address)
    if entity.file is not None:
        raise DeclarationError(
            f"{entity.address} comes as files and cannot be asked for.", remedy=f"sync-platform files take {address}"
        )
    if delta and (day or first or last or dry):
        raise DeclarationError("--delta takes neither days nor --dry-run.", remedy="Leave the others out.")
    clock = SystemClock()
    client = PartnerClient(system.declaration, environment=os.environ, clock=clock)

    def tools(database: Database) -> PullTools:
        made = pull_tools(database, [entity], client, clock, holder="pull")
        days = [first or day, last or day]
        with database.connect() as connection:
            require_tables(connection, "audit.entry")
            record_command(connection, "pull", system=entity.system, entity=entity.name, days=days, delta=delta)
        return made

    try:
        if delta:
            with open_platform_database(os.environ) as database:
                code = _pull_delta(tools(database), entity, as_json=as_json)
        else:
            # What is typed is judged before anybody is asked; the partner's own today is asked for with the first page.
            days = wanted_days(entity, today=entity.calendar.day_of(clock.now()), day=day, first=first, last=last)
            if dry:
                code = _show_dry_runs(client, entity, days, as_json=as_json)
            else:
                with open_platform_database(os.environ) as database:
                    code = _pull_days(tools(database), entity, days, as_json=as_json)
    finally:
        client.close()
    if code:
        raise typer.Exit(code)


def _pull_days(tools: PullTools, entity: Entity, days: tuple[Any, ...], *, as_json: bool) -> int:
    from sync_platform.pull.whole_day import pull_day

    loads = []
    for day in days:
        load = pull_day(tools, entity, day=day)
        loads.append(load)
        if not as_json:
            _show_load(entity, load)
    code = exit_code(loads)
    if as_json:
        print_object({"ok": code == 0, "loads": [_object(load) for load in loads]})
    return code


def _pull_delta(tools: PullTools, entity: Entity, *, as_json: bool) -> int:
    from sync_platform.pull.delta import pull_delta

    report = pull_delta(tools, entity)
    code = exit_code(list(report.loads))
    if as_json:
        print_object(
            {
                "ok": code == 0,
                "read": report.capture.read,
                "captured": report.capture.captured,
                "changed_until": report.capture.changed_until,
                "looked_at": report.capture.looked_at,
                "behind": report.capture.behind,
                "loads": [_object(load) for load in report.loads],
            }
        )
    else:
        _show_delta(entity, report)
    return code


def _show_dry_runs(client: PartnerClient, entity: Entity, days: tuple[Any, ...], *, as_json: bool) -> int:
    from sync_platform.operations.dry_run import dry_run

    runs = []
    for day in days:
        run = dry_run(client, entity, day=day)
        runs.append(run)
        if not as_json:
            _show_dry_run(entity, run)
    unfit = [run for run in runs if not run.obtainable or run.rejected > entity.contract.max_rejected * run.read]
    if as_json:
        print_object({"ok": not unfit, "dry_run": True, "days": runs})
    return 1 if unfit else 0


def _show_load(entity: Entity, load: Load) -> None:
    from sync_platform.cli.moment import in_zone

    counts = ", ".join(f"{getattr(load, name):,} {name.replace('_', '-')}" for name in _COUNTS if getattr(load, name))
    outcome = _NOT_OBTAINABLE if load.outcome == "not_obtainable" else load.outcome
    details = f"; {counts}" if counts else ""
    as_of = f"; as of {in_zone(load.as_of, entity.calendar.zone)}" if load.as_of else ""
    stdout().print(
        f"{entity.address} {load.business_day}: {outcome}{details}{as_of}; "
        f"{load.requests} requests, {load.seconds:.1f} s",
        markup=False,
    )
    if load.error:
        say(f"sync-platform: {' '.join(load.error.split())}")


def _show_delta(entity: Entity, report: DeltaReport) -> None:
    from sync_platform.cli.moment import in_zone

    capture = report.capture
    until = f"; complete until {in_zone(capture.changed_until, entity.calendar.zone)}" if capture.changed_until else ""
    behind = "; more is waiting, run it again" if capture.behind else ""
    stdout().print(
        f"{entity.address}: {capture.read:,} changed records read, {capture.captured:,} of them new{until}{behind}",
        markup=False,
    )
    for load in report.loads:
        _show_load(entity, load)


def _show_dry_run(entity: Entity, run: DryRun) -> None:
    console = stdout()
    if not run.obtainable:
        console.print(f"{entity.address} {run.day}: {_NOT_OBTAINABLE}", markup=False)
        return
    partner = f" (the partner counts {run.partner_count:,})" if run.partner_count is not None else ""
    share = f" ({run.rejected_share:.1%}, allowed {entity.contract.max_rejected:.1%})" if run.rejected else ""
    console.print(
        f"{entity.address} {run.day}: {run.read:,} records{partner} on {run.pages} pages; {run.accepted:,} accepted, "
        f"{run.distinct:,} different keys; {run.rejected:,} would be dead letters{share}; nothing was stored",
        markup=False,
    )
    for reject in run.rejects:
        key = f" {reject.key}" if reject.key else ""
        console.print(f"  {reject.reason}{key}: {reject.field} {reject.message}", markup=False)


def _object(load: Load) -> dict[str, Any]:
    return {
        "load_id": load.load_id,
        "system": load.system,
        "entity": load.entity,
        "day": load.business_day,
        "way": load.way,
        "outcome": load.outcome,
        **{name: getattr(load, name) for name in (*_COUNTS, "changed_without_version", "partner_count", "pages")},
        "requests": load.requests,
        "as_of": load.as_of,
        "looked_at": load.looked_at,
        "loaded_at": load.loaded_at,
        "seconds": round(load.seconds, 3),
        "error_kind": load.error_kind,
        "error": load.error,
    }
