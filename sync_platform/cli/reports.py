"""`sync-platform reports`: write the reports anew and open them, export their tables, or serve them on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout

if TYPE_CHECKING:
    from collections.abc import Callable
    from zoneinfo import ZoneInfo

    from sync_platform.reports.report import ReportTools, WrittenReport
    from sync_platform.reports.view_file import ExportedView

Zone = Annotated[
    str | None, typer.Option(help="Tell times in this zone, like Europe/Oslo. Default: that of defs/reports/defs.yaml.")
]


def register(app: typer.Typer) -> None:
    """Add the command and its subcommand."""
    commands = typer.Typer(
        name="reports",
        short_help="Write the reports and open them",
        help="Write the reports on freshness, quality and KPIs anew, list them, and open them in a browser.",
        epilog="Examples: sync-platform reports; sync-platform reports --zone Europe/Oslo --to oslo; "
        "sync-platform reports --csv exported --parquet exported; sync-platform reports serve",
        invoke_without_command=True,
        rich_markup_mode=None,
        add_completion=False,
    )
    commands.callback()(reports)
    commands.command(
        name="serve",
        short_help="Serve the reports on this machine",
        help="Serve the reports at http://localhost:3010, rendered anew for each reader's zone, until Ctrl-C. "
        "There is no login, so it listens on this machine only.",
        epilog="Examples: sync-platform reports serve; sync-platform reports serve --port 8080",
    )(serve)
    app.add_typer(commands)


def reports(
    context: typer.Context,
    zone: Zone = None,
    folder: Annotated[
        Path | None, typer.Option("--to", help="Write into this folder. Default: reports/ of the state folder.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Export every view of the schema report as CSV here.")] = None,
    parquet: Annotated[Path | None, typer.Option(help="The same as Parquet.")] = None,
    browse: Annotated[
        bool | None, typer.Option("--open/--no-open", help="Open the pages. Default: on a terminal with a display.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The same pages as the assets `reports/…` write while the platform runs."""
    if context.invoked_subcommand is not None:
        return
    # The templates and psycopg 0.3 s; the first chart of a process 0.9 s.
    from sync_platform.reports.report import REPORTS
    from sync_platform.reports.view_file import export_views
    from sync_platform.settings import state_dir

    to = (folder or state_dir(os.environ) / "reports").resolve()
    exported: list[ExportedView] = []
    with _report_tools(zone) as (make_tools, shown):
        tools = make_tools(shown)
        written = {report.name: report.write(tools, to) for report in REPORTS}
        for form, place in (("csv", csv), ("parquet", parquet)):
            if place is not None:
                exported.extend(export_views(tools.database, place.resolve(), form=form, zone=shown))
    if as_json:
        print_object(
            {
                "ok": True,
                "at": tools.now.astimezone(shown),
                "reports": [_told(name, one) for name, one in written.items()],
                "exported": exported,
            }
        )
    else:
        _show(written)
        for one in exported:
            stdout().print(f"{one.view}: {one.rows:,} rows in {one.file}", markup=False, soft_wrap=True)
    if browse if browse is not None else (not as_json and _has_display()):
        _open([one.page for one in written.values()])


def serve(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port, on 127.0.0.1.")] = 3010,
    zone: Zone = None,
) -> None:
    """Pages are rendered when they are asked for; the CSV files are those that were written last."""
    import uvicorn

    from sync_platform.clock import SystemClock
    from sync_platform.operations.port import LOCAL, require_free_port
    from sync_platform.reports.served import reports_app
    from sync_platform.settings import state_dir

    require_free_port(port, purpose="the reports", remedy="Choose another: sync-platform reports serve --port 3011")
    with _report_tools(zone) as (make_tools, shown):
        app = reports_app(make_tools, folder=state_dir(os.environ) / "reports", zone=shown, clock=SystemClock())
        say(f"reports at http://localhost:{port}; Ctrl-C ends it")
        uvicorn.run(app, host=LOCAL, port=port, log_level="warning", server_header=False, access_log=False)


@contextmanager
def _report_tools(zone: str | None) -> Iterator[tuple[Callable[[ZoneInfo], ReportTools], ZoneInfo]]:
    """Makes what a report is written with now, for a zone; and the zone that was asked for, else the declared one."""
    from sync_platform.cli.moment import read_zone
    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.declarations.reports import read_reports
    from sync_platform.declarations.retention import read_retention
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.reports.report import ReportTools

    systems, polls_kept = read_partner_systems(), read_retention().uneventful_exchanges
    shown = read_zone(zone or read_reports().zone)
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, "sync.entity_day", "sync.kpi_day", "report.quality")

        def make_tools(told_in: ZoneInfo) -> ReportTools:
            return ReportTools(
                database=database, systems=systems, zone=told_in, now=SystemClock().now(), polls_kept=polls_kept
            )

        yield make_tools, shown


def _told(name: str, written: WrittenReport) -> dict[str, object]:
    return {
        "report": name,
        "headline": written.headline,
        "path": written.page,
        "url": written.page.as_uri(),
        "tables": written.tables,
        "figures": dict(written.figures),
    }


def _show(written: dict[str, WrittenReport]) -> None:
    console = stdout()
    for name, one in written.items():
        console.print(f"{name}: {one.headline}", markup=False, soft_wrap=True)
        console.print(f"    {one.page.as_uri()}", markup=False, soft_wrap=True)


def _has_display() -> bool:
    """A person at a terminal who can be shown a window: over ssh or in a pipe nothing is opened."""
    if not sys.stdout.isatty():
        return False
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _open(pages: list[Path]) -> None:
    import webbrowser

    for page in pages:
        webbrowser.open(page.as_uri())
