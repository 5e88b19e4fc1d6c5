"""`sync-platform exchange`: what a partner answered to one request, byte for byte, where it is kept."""

from __future__ import annotations

import getpass
import os
from pathlib import Path
from typing import Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, stdout
from sync_platform.cli.output_file import require_folder


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="exchange",
        short_help="Write a partner's kept answer into a file",
        help="Write what a partner answered to one request into a file, as it was received and held against its "
        "checksum. It may hold personal data; that you read it is kept in the audit log.",
        epilog="Examples: sync-platform exchange 0b9f3c1e-5d0a-4c7e-9c55-3b1f6a2d7e10 --to answer.json; "
        "sync-platform exchange 0b9f3c1e-5d0a-4c7e-9c55-3b1f6a2d7e10 --to answer.json --json",
    )(exchange)


def exchange(
    exchange_id: Annotated[str, typer.Argument(metavar="EXCHANGE_ID", help="As `sync-platform trace` shows it.")],
    to: Annotated[Path, typer.Option(help="The file to write.")],
    as_json: AsJson = False,
) -> None:
    """Reads our own tables only."""
    # psycopg and cryptography: 0.2 s.
    from uuid import UUID

    from sync_platform.audit.body_store import read_body_store
    from sync_platform.audit.entry import Action
    from sync_platform.audit.exchange_body import read_body
    from sync_platform.audit.log import record
    from sync_platform.clock import SystemClock
    from sync_platform.errors import DeclarationError
    from sync_platform.operations.platform_database import open_platform_database, require_tables

    try:
        wanted = UUID(exchange_id)
    except ValueError as error:
        raise DeclarationError(
            f"{exchange_id!r} is no exchange's id.", remedy="`sync-platform trace NUMBER --json` shows them."
        ) from error
    require_folder(to)
    with open_platform_database(os.environ) as database, database.connect() as connection:
        require_tables(connection, "sync.exchange_body", "audit.entry")
        body = read_body(connection, wanted, store=read_body_store(os.environ))
        if body is None:
            raise DeclarationError(
                f"no body of exchange {wanted} is kept.",
                remedy="A system keeps them with api.keep_bodies: true, for as long as the retention says.",
            )
        action = Action(getpass.getuser(), "exchange.read", detail={"exchange_id": str(wanted)})
        with connection.transaction():
            record(connection, action, now=SystemClock().now())
    to.write_bytes(body)
    if as_json:
        print_object({"ok": True, "exchange_id": wanted, "file": to.resolve(), "bytes": len(body)})
    else:
        stdout().print(f"{len(body):,} bytes in {to}", markup=False)
