"""`sync-platform demo`: everything on one machine, from nothing to synced, until Ctrl-C."""

from __future__ import annotations

import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, say

if TYPE_CHECKING:
    from datetime import datetime

    from sync_platform.declarations.partner_system import PartnerSystem
    from sync_platform.operations.demo_plan import DemoPlan, LeftOut, Target
    from sync_platform.operations.demo_progress import Progress
    from sync_platform.operations.demo_run import DemoDatabases, RunningDemo
    from sync_platform.operations.demo_summary import DemoSummary
    from sync_platform.operations.supervisor import Supervisor


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="demo",
        short_help="Start everything, sync, and leave the UI running",
        help="Start everything on real retail data, sync today and the last days, and leave the Dagster UI running.",
        epilog="Examples: sync-platform demo; sync-platform demo --once --json; sync-platform demo --port 3001; "
        "sync-platform demo --data generated --days 3",
    )(demo)


def demo(
    once: Annotated[bool, typer.Option("--once", help="End after the summary; exit 0 only if all passed.")] = False,
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port of the Dagster UI.")] = 3000,
    days: Annotated[int, typer.Option(min=0, max=365, help="Business days before today to sync.")] = 14,
    data: Annotated[str, typer.Option(help="completejourney (real, 32 MB package) or generated (small).")] = (
        "completejourney"
    ),
    folder: Annotated[
        Path | None, typer.Option("--state-dir", help="Keeps database, logs, reports. Default: .sync_platform")
    ] = None,
    timeout: Annotated[str, typer.Option(help="How long the first sync may take.")] = "20m",
    browse: Annotated[
        bool, typer.Option("--open/--no-open", help="Open the UI in a browser when all is there.")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Nothing needs to be set; a database of your own is used where SYNC_PLATFORM_DATABASE_URL names one."""
    # pydantic 0.25 s, psycopg 0.14 s.
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.operations.demo_plan import demo_targets, find_left_out
    from sync_platform.operations.demo_run import open_demo_databases, run_platform
    from sync_platform.settings import STATE_DIR

    plan = _plan(port=port, days=days, data=data, folder=folder, timeout=timeout)
    # For what is below us, and for the log of something unforeseen.
    os.environ[STATE_DIR] = str(plan.state_dir)
    systems = read_partner_systems()
    started_at = SystemClock().now()
    left_out = find_left_out(systems, os.environ)
    for one in left_out:
        say(one.words)
    left_out_names = {one.system for one in left_out}
    asked = tuple(system for system in systems if system.name not in left_out_names)
    targets = demo_targets(asked, now=started_at, days=days)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with open_demo_databases(plan, systems, say=say) as databases:
        before = _look(databases, targets, started_at)
        if once and before.synced:
            _end(_summary(before, before, started_at, left_out=left_out), plan, systems, as_json=as_json, running=None)
            return
        with run_platform(plan, systems, databases=databases, environment=os.environ, say=say) as running:
            summary = _sync(
                plan,
                databases,
                running.supervisor,
                targets=targets,
                left_out=left_out,
                before=before,
                started_at=started_at,
            )
            _write_reports(databases, systems, plan)
            _end(summary, plan, systems, as_json=as_json, running=None if once else running)
            if not once:
                _stay(plan, running.supervisor, browse=browse and not as_json)
    if once and not summary.ok:
        raise typer.Exit(1)


def _plan(*, port: int, days: int, data: str, folder: Path | None, timeout: str) -> DemoPlan:
    from sync_platform.contracts.duration import read_duration
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.demo_plan import DATA_SETS, DemoPlan
    from sync_platform.settings import DAGSTER_DATABASE_URL, DATABASE_URL, state_dir

    if data not in DATA_SETS:
        raise DeclarationError(f"there is no data set {data!r}.", remedy=f"Choose from {', '.join(DATA_SETS)}.")
    try:
        limit = read_duration(timeout)
    except ValueError as error:
        raise DeclarationError(f"--timeout {timeout!r}: {error}.", remedy="Write for example 20m.") from error
    home = folder.resolve() if folder else state_dir(os.environ)
    return DemoPlan(
        state_dir=home,
        port=port,
        days=days,
        data=data,
        timeout=limit,
        database_url=_foreign_url(DATABASE_URL, home),
        dagster_database_url=_foreign_url(DAGSTER_DATABASE_URL, home),
    )


def _foreign_url(name: str, home: Path) -> str | None:
    """The database that the environment names, unless it is the demo's own of an earlier start: that one is started."""
    from sync_platform.operations.demo_plan import is_own_embedded
    from sync_platform.settings import libpq_url

    url = libpq_url(os.environ[name]) if os.environ.get(name) else None
    return None if url is None or is_own_embedded(url, home) else url


def _look(databases: DemoDatabases, targets: tuple[Target, ...], since: datetime) -> Progress:
    from sync_platform.operations.demo_progress import read_progress

    return read_progress(databases.database, targets, since=since)


def _sync(
    plan: DemoPlan,
    databases: DemoDatabases,
    supervisor: Supervisor,
    *,
    targets: tuple[Target, ...],
    left_out: tuple[LeftOut, ...],
    before: Progress,
    started_at: datetime,
) -> DemoSummary:
    """Watch until Dagster's runs have brought everything in."""
    from sync_platform.cli.demo_display import open_display
    from sync_platform.clock import SystemClock
    from sync_platform.operations.demo_watch import watch_sync

    if before.synced:
        return _summary(before, before, started_at, left_out=left_out)
    say(f"syncing: today first, then {plan.days} days backwards; meanwhile the UI is at {plan.ui}")
    with open_display() as display:
        watched = watch_sync(
            databases.database,
            targets,
            since=started_at,
            timeout=plan.timeout,
            clock=SystemClock(),
            check=supervisor.check,
            show=display.show,
        )
    return _summary(before, watched.progress, started_at, left_out=left_out, timed_out=watched.timed_out)


def _summary(
    before: Progress,
    last: Progress,
    started_at: datetime,
    *,
    left_out: tuple[LeftOut, ...],
    timed_out: bool = False,
) -> DemoSummary:
    from sync_platform.clock import SystemClock
    from sync_platform.operations.demo_summary import summarise

    return summarise(
        last,
        left_out=left_out,
        started_at=started_at,
        ended_at=SystemClock().now(),
        already_complete=before.complete_count,
        timed_out=timed_out,
    )


def _write_reports(databases: DemoDatabases, systems: tuple[PartnerSystem, ...], plan: DemoPlan) -> None:
    """The reports as things stand at the end: the platform's own are up to five minutes older."""
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.retention import read_retention
    from sync_platform.reports.report import REPORTS, ReportTools

    tools = ReportTools(
        database=databases.database,
        systems=systems,
        zone=systems[0].declaration.calendar.zone,
        now=SystemClock().now(),
        polls_kept=read_retention().uneventful_exchanges,
    )
    for report in REPORTS:
        report.write(tools, plan.report.parent)


def _end(
    summary: DemoSummary,
    plan: DemoPlan,
    systems: tuple[PartnerSystem, ...],
    *,
    as_json: bool,
    running: RunningDemo | None,
) -> None:
    from sync_platform.cli.demo_report import show_summary, summary_object

    if as_json:
        print_object(summary_object(summary, plan, running=running))
    else:
        show_summary(summary, plan, zone=systems[0].declaration.calendar.zone, running=running)


def _stay(plan: DemoPlan, supervisor: Supervisor, *, browse: bool) -> None:
    """Stay up, sensors running, until Ctrl-C, which is the expected end; raises ChildDied when a child ends."""
    import time

    # Beside the interpreter: the environment's programs need not be on the other terminal's PATH.
    script = Path(sys.executable).with_name("sync-platform")
    status = f". {shlex.quote(str(plan.variables_file))} && {shlex.quote(str(script))} status"
    say(f"staying up; Ctrl-C ends everything. In another terminal: {status}")
    if browse and sys.stdout.isatty() and (sys.platform == "darwin" or os.environ.get("DISPLAY")):
        import webbrowser

        webbrowser.open(plan.ui)
    try:
        while True:
            supervisor.check()
            time.sleep(1)
    except KeyboardInterrupt:
        say("ending everything")


def _interrupt(_number: int, _frame: Any) -> None:
    raise KeyboardInterrupt
