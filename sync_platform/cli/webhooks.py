"""`sync-platform webhooks`: what partner systems sent by themselves and what became of it; dead ones are retried."""

from __future__ import annotations

import getpass
import os
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.webhook_display import show_counts, show_each, told_delivery

if TYPE_CHECKING:
    from sync_platform.landing.database import Connection

_TABLE = "sync.webhook_delivery"
Of = Annotated[str | None, typer.Option("--of", metavar="SYSTEM[/WEBHOOK]", help="Only of this system or webhook.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="The delivery's number, as `list --each` shows it.")]

commands = typer.Typer(
    no_args_is_help=True,
    help="Look at the deliveries that partner systems sent to the gateway, and try again what was given up: "
    "docs/webhooks.md.",
    epilog="Examples: sync-platform webhooks list; sync-platform webhooks show 4711; "
    "sync-platform webhooks retry 4711 --why 'its type is declared now'",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(commands, name="webhooks", short_help="Look at what partner systems sent, retry what was given up")


@commands.command(
    name="list",
    short_help="List deliveries by webhook and state, or each",
    epilog="Examples: sync-platform webhooks list; sync-platform webhooks list --of shop --each --state dead --json",
)
def list_(
    of: Of = None,
    state: Annotated[
        str, typer.Option("--state", help="With --each: waiting, captured, ignored, dead or any.")
    ] = "any",
    each: Annotated[bool, typer.Option("--each", help="One line per delivery, the newest first.")] = False,
    days: Annotated[int, typer.Option(min=1, max=3_650, help="How far back to count what is through.")] = 7,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="With --each, at most so many.")] = 50,
    as_json: AsJson = False,
) -> None:
    """What waits or was given up counts whenever it came."""
    from datetime import timedelta

    from sync_platform.clock import SystemClock
    from sync_platform.landing.delivery_queue import count_deliveries, list_deliveries
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    system, webhook = _chosen(of)
    wanted = _state(state)
    since = SystemClock().now() - timedelta(days=days)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, _TABLE)
        counts = count_deliveries(connection, since=since, system=system, webhook=webhook)
        listed = list_deliveries(connection, state=wanted, limit=limit, system=system, webhook=webhook) if each else []
    if as_json:
        print_object({"ok": True, "counts": counts, "deliveries": [told_delivery(one) for one in listed]})
    elif each:
        show_each(listed)
    else:
        show_counts(counts, days=days)


@commands.command(
    name="show",
    short_help="Show one delivery",
    epilog="Examples: sync-platform webhooks show 4711; sync-platform webhooks show 4711 --reveal --json",
)
def show(
    number: Number,
    reveal: Annotated[bool, typer.Option("--reveal", help="Show headers and body; who did is kept.")] = False,
    as_json: AsJson = False,
) -> None:
    """What became of it and why. Headers and body may be personal, and are shown only when asked for."""
    from sync_platform.landing.delivery_queue import read_content, require_delivery
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, _TABLE, "audit.entry")
        delivery = require_delivery(connection, number)
        content = read_content(connection, number) if reveal else None
        if reveal:
            with connection.transaction():
                _record(connection, "webhooks.reveal", delivery.system, delivery.webhook, deliveries=[number])
    body = None if content is None else content.body.decode("utf-8", "backslashreplace")
    headers = None if content is None else dict(content.headers)
    if as_json:
        print_object(
            {"ok": True, "delivery": told_delivery(delivery), "headers": headers, "body": body, "revealed": reveal}
        )
        return
    for name, value in told_delivery(delivery).items():
        stdout().print(f"{name}: {'' if value is None else value}".rstrip(), markup=False, soft_wrap=True)
    for name, value in (headers or {}).items():
        stdout().print(f"  {name}: {value}", markup=False, soft_wrap=True)
    if body is not None:
        stdout().print(body, markup=False, soft_wrap=True)


@commands.command(
    name="retry",
    short_help="Try again what was given up",
    epilog="Examples: sync-platform webhooks retry 4711 4712 --why 'its type is declared now'; "
    "sync-platform webhooks retry --of shop/events --why 'as above' --dry-run",
)
def retry(
    why: Annotated[str, typer.Option("--why", help="Why, for those who read the audit log.")],
    numbers: Annotated[list[int] | None, typer.Argument(metavar="[NUMBER...]", help="Numbers of deliveries.")] = None,
    of: Of = None,
    who: Annotated[str | None, typer.Option("--who", help="Who decides. Default: the user of this machine.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Dead deliveries wait again: the next round of the applier, or of the sensor, takes them in."""
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.delivery_queue import dead_deliveries, retry_deliveries
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    if bool(numbers) == (of is not None):
        raise DeclarationError("a retry needs numbers or --of, not both.", remedy="`webhooks list --each` shows them.")
    if not why.strip():
        raise DeclarationError("there is no reason.", remedy="Say why: --why 'its type is declared now'.")
    system, webhook = _chosen(of)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, _TABLE, "audit.entry")
        with connection.transaction():
            dead = dead_deliveries(connection, delivery_ids=numbers, system=system, webhook=webhook)
            again = dead if dry_run else retry_deliveries(connection, dead)
            if again and not dry_run:
                _record(
                    connection, "webhooks.retry", system, webhook, who=who, deliveries=again, why=" ".join(why.split())
                )
    left = sorted(set(numbers or ()) - set(again))
    if as_json:
        print_object({"ok": not left, "dry_run": dry_run, "retried": again, "not_dead": left})
    else:
        stdout().print(f"{len(again):,} deliveries {'would wait' if dry_run else 'wait'} again", markup=False)
        if left:
            say(f"not dead, or not there: {', '.join(map(str, left))}")
    if left:
        raise typer.Exit(1)


def _chosen(of: str | None) -> tuple[str | None, str | None]:
    """System and webhook. Raises DeclarationError for what is not declared."""
    from sync_platform.cli.address import choose_system
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError

    if of is None:
        return None, None
    name, _, webhook = of.partition("/")
    system = choose_system(read_partner_systems(), name)
    known = [one.name for one in system.declaration.webhooks]
    if webhook and webhook not in known:
        raise DeclarationError(
            f"{name} has no webhook {webhook!r}.", remedy=f"Those that it has: {', '.join(known) or 'none'}."
        )
    return system.name, webhook or None


def _state(state: str) -> str | None:
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.delivery_queue import STATES

    if state not in (*STATES, "any"):
        raise DeclarationError(f"state is {state!r}.", remedy=f"Choose from {', '.join(STATES)}, any.")
    return None if state == "any" else state


def _record(
    connection: Connection,
    action: str,
    system: str | None,
    webhook: str | None,
    *,
    who: str | None = None,
    **detail: Any,
) -> None:
    from sync_platform.audit.entry import Action
    from sync_platform.audit.log import record
    from sync_platform.clock import SystemClock

    act = Action(who or getpass.getuser(), action, system=system, detail={"webhook": webhook, **detail})
    record(connection, act, now=SystemClock().now())
