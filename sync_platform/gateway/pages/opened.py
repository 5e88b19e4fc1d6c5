"""The pages as the gateway opens them: what stands in their way is said, and never keeps webhooks out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.applications import Starlette

from sync_platform.clock import Clock
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import SyncError
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.tools import console_tools
from sync_platform.gateway.source import Sources
from sync_platform.landing.database import Database
from sync_platform.landing.users import list_users
from sync_platform.operations.platform_database import require_tables

_TABLES = ("access.user", "access.session", "access.access_log", "audit.entry", "sync.dead_letter_action")
_NOBODY = "nobody can log in to the pages yet; add a first user: sync-platform users add NAME --role admin"


@dataclass(frozen=True)
class OpenedPages:
    """`app` is None where the pages are not served. `problem` is one line about that, or about who cannot log in."""

    app: Starlette | None
    problem: str | None


def open_pages(
    database: Database,
    systems: tuple[PartnerSystem, ...],
    *,
    environment: Mapping[str, str],
    clock: Clock,
    sources: Sources,
    counts: Counts,
) -> OpenedPages:
    """The pages, as far as settings, tables and users allow."""
    try:
        tools = console_tools(database, systems, environment=environment, clock=clock, sources=sources, counts=counts)
        with database.connect() as connection:
            require_tables(connection, *_TABLES)
            users = list_users(connection, now=clock.now())
    except SyncError as error:
        return OpenedPages(None, f"the pages are not served, webhooks are: {error}")
    may_log_in = tools.issuer is not None or any(user.disabled_at is None for user in users)
    return OpenedPages(console(tools), None if may_log_in else _NOBODY)
