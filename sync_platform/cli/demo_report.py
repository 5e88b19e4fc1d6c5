"""The demo's summary: a table for people, one object for programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rich.table import Table
from rich.text import Text

from sync_platform.cli.answer import stdout
from sync_platform.cli.moment import in_zone
from sync_platform.freshness.failed_rules import write_failed_rules
from sync_platform.operations.demo_plan import DemoPlan
from sync_platform.operations.demo_summary import DemoSummary

if TYPE_CHECKING:
    from sync_platform.operations.demo_login import DemoLogin
    from sync_platform.operations.demo_run import RunningDemo

_MOST_SHOWN = 10


def summary_object(summary: DemoSummary, plan: DemoPlan, *, running: RunningDemo | None) -> dict[str, Any]:
    """The object of `--json`; `ui`, `pages` and `login` are null where nothing was left running."""
    login = running.login if running else None
    return {
        "ok": summary.ok,
        "entities": [
            {
                "system": entity.system,
                "entity": entity.entity,
                "days": entity.days,
                "rows": entity.rows,
                "dead_letters": entity.dead_letters,
                "as_of": entity.as_of,
                "checks_passed": entity.checks_passed,
                "checks_failed": entity.checks_failed,
                "blocking_failed": entity.blocking_failed,
                "warning_rules": {rule.rule for rule in entity.failed_rules if not rule.blocking},
                "blocking_rules": {rule.rule for rule in entity.failed_rules if rule.blocking},
            }
            for entity in summary.entities
        ],
        "seconds": round(summary.seconds, 1),
        "seconds_to_first_rows": round(summary.seconds_to_first_rows, 1) if summary.seconds_to_first_rows else None,
        "changed": summary.changed,
        "already_complete_days": summary.already_complete_days,
        "stock_pairs_compared": summary.compared,
        "timed_out": summary.timed_out,
        "missing": summary.missing,
        "failed": summary.failed,
        "left_out": summary.left_out,
        "ui": plan.ui if running else None,
        "pages": running.pages if running else None,
        "login": {"name": login.name, "password": login.password} if login else None,
        "report": plan.report if plan.report.exists() else None,
    }


def show_summary(summary: DemoSummary, plan: DemoPlan, *, zone: ZoneInfo, running: RunningDemo | None) -> None:
    """The table, what is missing, and where to look next."""
    console = stdout()
    console.print(_table(summary, zone))
    unsettled = (*summary.missing, *summary.failed)
    for one in unsettled[:_MOST_SHOWN]:
        words = f"{one.system}/{one.entity} {one.day}: {one.state}; {' '.join(one.reason.split())}"
        console.print(Text(words, style="red"))
    if len(unsettled) > _MOST_SHOWN:
        console.print(f"… and {len(unsettled) - _MOST_SHOWN} more; see sync-platform status")
    for left_out in summary.left_out:
        console.print(Text(left_out.words, style="yellow"), soft_wrap=True)
    console.print(_verdict(summary), markup=False)
    if running:
        console.print(f"Dagster UI: {plan.ui}", markup=False)
        console.print(f"dead letters, deliveries, traces: {running.pages}", markup=False)
        console.print(_login_words(running.login), markup=False, soft_wrap=True)
    if plan.report.exists():
        console.print(f"freshness report: {plan.report}", markup=False)


def _login_words(login: DemoLogin | None) -> str:
    if login is None:
        return "log in there as a user of this database; add one: sync-platform users add NAME --role admin"
    if login.password is None:
        return f"log in there as {login.name} with the password that you chose"
    return f"log in there as {login.name} with the password {login.password}"


def _table(summary: DemoSummary, zone: ZoneInfo) -> Table:
    table = Table("entity", box=None, pad_edge=False)
    for name in ("days", "rows", "dead letters"):
        table.add_column(name, justify="right")
    table.add_column("as of")
    table.add_column("checks passed", justify="right")
    table.add_column("failed")
    for entity in summary.entities:
        table.add_row(
            f"{entity.system}/{entity.entity}",
            f"{entity.days} of {entity.days_wanted}",
            f"{entity.rows:,}",
            f"{entity.dead_letters:,}",
            in_zone(entity.as_of, zone),
            f"{entity.checks_passed:,}",
            write_failed_rules(entity.failed_rules) or "none",
        )
    return table


def _verdict(summary: DemoSummary) -> str:
    if summary.timed_out:
        return f"not through after {summary.seconds:.0f} s: {len(summary.missing)} entity-days are missing"
    if not summary.ok:
        return (
            f"after {summary.seconds:.0f} s {len(summary.missing)} entity-days are missing, and the newest load of "
            f"{len(summary.failed)} more failed; what was good stays served"
        )
    if not summary.changed:
        return f"nothing to do, {summary.already_complete_days} days were already complete"
    first = f", the first rows after {summary.seconds_to_first_rows:.0f} s" if summary.seconds_to_first_rows else ""
    return f"synced in {summary.seconds:.0f} s{first}; {summary.compared:,} stock pairs compared, POS against shop"
