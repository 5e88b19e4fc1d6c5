"""`sync-platform users`: who may use the gateway's pages and its API, in which role."""

from __future__ import annotations

import getpass
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli import user_tokens
from sync_platform.cli.answer import AsJson, print_object, say, stdout
from sync_platform.cli.recorded import record_command

if TYPE_CHECKING:
    from sync_platform.landing.database import Connection
    from sync_platform.landing.users import ListedUser

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name, as one logs in with.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")]

commands = typer.Typer(
    no_args_is_help=True,
    help="Add users of the gateway's pages, choose what they may do, keep them out, and make tokens for the API. "
    "Passwords are asked for, or read from standard input; they are never an argument.",
    epilog="Examples: sync-platform users add nimali --role admin; sync-platform users list; "
    "sync-platform users disable nimali; sync-platform users token nimali --scope status:read",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    user_tokens.register(commands)
    app.add_typer(commands, name="users", short_help="Decide who may use the gateway's pages")


@commands.command(
    name="add",
    short_help="Add a user",
    epilog="Examples: sync-platform users add nimali --role admin; "
    "pass show hub/ravi | sync-platform users add ravi; sync-platform users add ravi --role operator --dry-run",
)
def add(
    name: Name,
    role: Annotated[str, typer.Option(help="viewer looks, operator acts on data, admin decides who may.")] = "viewer",
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """The password is asked for twice, or read from the first line of standard input."""
    from sync_platform.access.password import Passwords, check_password
    from sync_platform.access.role import read_role
    from sync_platform.errors import DeclarationError
    from sync_platform.landing.users import NewUser, add_user, find_user, read_name

    name, role = read_name(name), read_role(role)
    with acting("users add", name, dry_run=dry_run) as (connection, now):
        if find_user(connection, name) is not None:
            raise DeclarationError(f"there is a user {name} already.", remedy="See `sync-platform users list`.")
        if not dry_run:
            password = _read_password()
            check_password(password, name=name)
            new = NewUser(name=name, role=role, password_hash=Passwords().hash(password))
            add_user(connection, new, by=getpass.getuser(), now=now)
    _tell(name, f"added as {role}", dry_run=dry_run, as_json=as_json)


@commands.command(
    name="list",
    short_help="List users",
    epilog="Examples: sync-platform users list; sync-platform users list --json",
)
def list_(as_json: AsJson = False) -> None:
    """All users with role, how they come in, and when they last did."""
    from sync_platform.clock import SystemClock
    from sync_platform.landing.users import list_users
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *user_tokens.TABLES)
        found = list_users(connection, now=SystemClock().now())
    if as_json:
        print_object({"ok": True, "users": found})
    else:
        _show(found)


@commands.command(
    name="disable",
    short_help="Keep a user out",
    epilog="Examples: sync-platform users disable ravi; sync-platform users disable ravi --dry-run",
)
def disable(name: Name, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """Sessions end and tokens stop at once; what the user did stays in the access log."""
    from sync_platform.landing.users import require_user, set_disabled

    with acting("users disable", name, dry_run=dry_run) as (connection, now):
        set_disabled(connection, require_user(connection, name), now)
    _tell(name, "disabled", dry_run=dry_run, as_json=as_json)


@commands.command(
    name="enable",
    short_help="Let a disabled user in again",
    epilog="Examples: sync-platform users enable ravi; sync-platform users enable ravi --json",
)
def enable(name: Name, dry_run: DryRun = False, as_json: AsJson = False) -> None:
    """With the password and the tokens it had."""
    from sync_platform.landing.users import require_user, set_disabled

    with acting("users enable", name, dry_run=dry_run) as (connection, _):
        set_disabled(connection, require_user(connection, name), None)
    _tell(name, "enabled", dry_run=dry_run, as_json=as_json)


@commands.command(
    name="role",
    short_help="Choose what a user may do",
    epilog="Examples: sync-platform users role ravi operator; sync-platform users role ravi viewer --dry-run",
)
def role_(
    name: Name,
    role: Annotated[str, typer.Argument(metavar="ROLE", help="viewer, operator or admin.")],
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Counts from the user's next request on."""
    from sync_platform.access.role import read_role
    from sync_platform.landing.users import require_user, set_role

    role = read_role(role)
    with acting("users role", name, dry_run=dry_run) as (connection, _):
        set_role(connection, require_user(connection, name), role)
    _tell(name, f"{role} from now on", dry_run=dry_run, as_json=as_json)


@commands.command(
    name="password",
    short_help="Give a user a new password",
    epilog="Examples: sync-platform users password nimali; pass show hub/ravi | sync-platform users password ravi",
)
def password(name: Name, as_json: AsJson = False) -> None:
    """Sessions with the old one end; a name that is locked after failed logins may be tried again."""
    from sync_platform.access.password import Passwords, check_password
    from sync_platform.landing.login_attempts import forgive
    from sync_platform.landing.users import require_user, set_password

    with acting("users password", name, dry_run=False) as (connection, _):
        user = require_user(connection, name)
        new = _read_password()
        check_password(new, name=user.name)
        set_password(connection, user, Passwords().hash(new))
        forgive(connection, user.name)
    _tell(name, "has a new password", dry_run=False, as_json=as_json)


@contextmanager
def acting(command: str, about: str, *, dry_run: bool) -> Iterator[tuple[Connection, datetime]]:
    """A transaction that ends with the action's line in the access log, or with nothing when it is a dry run."""
    from sync_platform.clock import SystemClock
    from sync_platform.landing.access_log import Access, log_access
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    now = SystemClock().now()
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, *user_tokens.TABLES)
        with connection.transaction(force_rollback=dry_run):
            yield connection, now
            done = Access(
                at=now,
                name=getpass.getuser(),
                way="cli",
                method="CLI",
                path=command,
                about=about,
                status=200,
                peer=None,
            )
            log_access(connection, done)
            record_command(connection, command.replace(" ", "."), subject=about)


def _read_password() -> str:
    """Asked for twice on a terminal; elsewhere the first line of standard input."""
    from sync_platform.errors import DeclarationError

    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("The same again: ") != first:
        raise DeclarationError("the two passwords differ.", remedy="Nothing was changed; try again.")
    return first


def _tell(name: str, what: str, *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_object({"ok": True, "dry_run": dry_run, "user": name, "done": what})
    else:
        stdout().print(f"{name}: {'would be ' if dry_run else ''}{what}", markup=False)


def _show(found: list[ListedUser]) -> None:
    # rich's tables: 0.05 s.
    from rich.table import Table

    table = Table("name", "role", "comes in by", "last login", "tokens", "state", box=None, pad_edge=False)
    for user in found:
        last = user.last_login_at.isoformat(timespec="minutes") if user.last_login_at else "never"
        state = "disabled" if user.disabled_at else "enabled"
        table.add_row(user.name, user.role, user.way, last, str(user.tokens), state)
    if found:
        stdout().print(table)
    else:
        say("there are no users yet; begin with: sync-platform users add NAME --role admin")
