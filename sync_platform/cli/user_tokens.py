"""`sync-platform users token|tokens|revoke`: tokens by which programs use the gateway's API."""

from __future__ import annotations

import getpass
import os
from datetime import timedelta
from typing import Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout

TABLES = ("access.user", "access.api_token", "access.access_log", "audit.entry")


def register(commands: typer.Typer) -> None:
    """Add the commands to those of users."""
    commands.command(
        name="token",
        short_help="Make a token for the API",
        epilog="Examples: sync-platform users token nimali --scope status:read; "
        "sync-platform users token nimali --scope status:read --scope access_log:read --days 30 --json",
    )(token)
    commands.command(
        name="tokens",
        short_help="List tokens",
        epilog="Examples: sync-platform users tokens; sync-platform users tokens nimali --json",
    )(tokens)
    commands.command(
        name="revoke",
        short_help="End a token",
        epilog="Examples: sync-platform users revoke sp_1a2b3c4d; sync-platform users revoke sp_1a2b3c4d --dry-run",
    )(revoke)


def token(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user in whose name it acts.")],
    scope: Annotated[list[str], typer.Option(help="What it may do: status:read, access_log:read. May be repeated.")],
    days: Annotated[int, typer.Option(min=1, max=366, help="How long it is valid.")] = 90,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be made; make nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """It is shown this once and kept as a hash. It may never do more than its user, nor longer."""
    from sync_platform.access.login import make_token
    from sync_platform.access.role import SCOPES, is_at_least, read_scopes
    from sync_platform.cli.users import acting
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.users import require_user

    scopes = read_scopes(scope)
    with acting("users token", name, dry_run=dry_run) as (connection, now):
        user = require_user(connection, name)
        beyond = [one for one in scopes if not is_at_least(user.role, SCOPES[one])]
        if beyond:
            raise DeclarationError(
                f"{user.name} is {user.role}, and {beyond[0]} needs {SCOPES[beyond[0]]}.",
                remedy="Leave the scope out, or choose another user.",
            )
        made, kept = make_token(connection, user, scopes, lasts=timedelta(days=days), by=getpass.getuser(), now=now)
    shown = None if dry_run else made
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "token": shown, "scopes": scopes, "expires_at": kept.expires_at})
        return
    if shown:
        stdout().print(shown, markup=False, soft_wrap=True)
    say(
        f"{'would be' if dry_run else 'is'} valid until {kept.expires_at:%Y-%m-%d %H:%M} UTC for {', '.join(scopes)}; "
        "send it as `Authorization: Bearer ...`. It is not shown again."
    )


def tokens(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only this user's.")] = None,
    as_json: AsJson = False,
) -> None:
    """Their first characters, scopes and ends; never the tokens themselves."""
    from rich.table import Table

    from sync_platform.clock import SystemClock
    from sync_platform.landing.api_tokens import list_tokens
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *TABLES)
        found = list_tokens(connection, name=name)
    if as_json:
        print_object({"ok": True, "tokens": found})
        return
    now = SystemClock().now()
    table = Table("token", "user", "scopes", "until", "last used", "state", box=None, pad_edge=False)
    for each in found:
        state = "revoked" if each.revoked_at else "valid" if each.expires_at > now else "ended"
        used = each.used_at.isoformat(timespec="minutes") if each.used_at else "never"
        table.add_row(each.prefix, each.name, ", ".join(each.scopes), f"{each.expires_at:%Y-%m-%d}", used, state)
    if found:
        stdout().print(table)
    else:
        say("there are no tokens; make one with: sync-platform users token NAME --scope status:read")


def revoke(
    prefix: Annotated[str, typer.Argument(metavar="TOKEN", help="Its first characters, as `tokens` shows them.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be ended; end nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """No request is answered for it from now on."""
    from sync_platform.cli.users import acting
    from sync_platform.landing.api_tokens import revoke_token

    # Whoever pastes the whole token means this one, and its secret is not to be repeated.
    prefix = "_".join(prefix.split("_")[:2])
    with acting("users revoke", prefix, dry_run=dry_run) as (connection, now):
        revoke_token(connection, prefix, now=now)
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "revoked": prefix})
    else:
        stdout().print(f"{prefix}: {'would be ' if dry_run else ''}revoked", markup=False)
