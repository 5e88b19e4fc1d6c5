"""`sync-platform gateway`: take in what partner systems send us, and serve the pages, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated

import typer

from sync_platform.cli.answer import AsJson, print_object, say, stdout

if TYPE_CHECKING:
    from sync_platform.gateway.pages.opened import OpenedPages
    from sync_platform.gateway.source import Sources


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        name="gateway",
        short_help="Take in what partner systems send us",
        help="Listen for the declared webhooks: verify, store, answer, apply within a second. Beside them the pages, "
        "for people with a login: status, dead letters, deliveries, traces (docs/access.md). Until Ctrl-C or SIGTERM.",
        epilog="Examples: sync-platform gateway; sync-platform gateway --port 8443 --json; "
        "sync-platform gateway --host 0.0.0.0 (behind a proxy that ends TLS)",
    )(gateway)


def gateway(
    host: Annotated[
        str, typer.Option(help="Address to listen on. There is no TLS here: a proxy in front ends it.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 takes any free one.")] = 3020,
    as_json: AsJson = False,
) -> None:
    """Secrets are named in the declarations and set in the environment."""
    # uvicorn and starlette 0.3 s, declarations 0.25 s, psycopg 0.14 s.
    import structlog

    from sync_platform.clock import SystemClock
    from sync_platform.declarations.partner_system import read_partner_systems
    from sync_platform.errors import DeclarationError
    from sync_platform.gateway.counts import Counts
    from sync_platform.gateway.log import log_to_stderr
    from sync_platform.gateway.pages.opened import open_pages
    from sync_platform.gateway.run import run_gateway
    from sync_platform.gateway.source import read_sources
    from sync_platform.landing.letter_seal import read_letter_seal
    from sync_platform.operations.platform_database import open_platform_database, require_tables
    from sync_platform.operations.port import require_free_port

    systems = read_partner_systems()
    sources = read_sources(systems, os.environ)
    if not sources.ready:
        missing = sorted({name for one in sources.unready.values() for name in one.missing})
        raise DeclarationError(
            "there is no webhook to listen for.",
            remedy=f"Set what the declared ones are signed with: export {' '.join(f'{name}=…' for name in missing)}"
            if missing
            else "Declare one: docs/webhooks.md.",
        )
    # Said now, and not by an applier that dies of it each second.
    read_letter_seal(os.environ)
    require_free_port(port, purpose="the gateway", remedy="Choose another: sync-platform gateway --port 3021")
    with open_platform_database(os.environ) as database:
        with database.connect() as connection:
            require_tables(connection, "sync.webhook_delivery")
        log_to_stderr()
        counts = Counts(structlog.get_logger("gateway").info)
        pages = open_pages(
            database, systems, environment=os.environ, clock=SystemClock(), sources=sources, counts=counts
        )
        run_gateway(
            sources,
            pages=pages.app,
            counts=counts,
            database=database,
            environment=os.environ,
            host=host,
            port=port,
            on_ready=lambda listening: _tell_ready(sources, pages, host, listening, as_json=as_json),
        )


def _tell_ready(sources: Sources, pages: OpenedPages, host: str, port: int, *, as_json: bool) -> None:
    address = f"http://{f'[{host}]' if ':' in host else host}:{port}"
    left_out = [{"path": one.path, "missing": list(one.missing)} for one in sources.unready.values()]
    if as_json:
        print_object(
            {
                "ok": True,
                "ready": True,
                "url": address,
                "webhooks": sorted(sources.ready),
                "left_out": left_out,
                "pages": {"served": pages.app is not None, "problem": pages.problem},
            }
        )
        return
    for path in sorted(sources.ready):
        stdout().print(f"POST {address}{path}", markup=False, soft_wrap=True)
    for one in sources.unready.values():
        say(f"{one.path} is answered 503: not set in the environment: {', '.join(one.missing)}")
    if pages.app is not None:
        stdout().print(f"pages {address}/", markup=False, soft_wrap=True)
    if pages.problem:
        say(pages.problem)
    say(f"listening at {address}; Ctrl-C ends it")
