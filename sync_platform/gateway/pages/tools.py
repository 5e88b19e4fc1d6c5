"""What the pages and the API are answered with, made once when the gateway starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sync_platform.access.oidc import Issuer
from sync_platform.access.password import Passwords
from sync_platform.clock import Clock
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.gateway.pages.settings import ConsoleSettings, read_console_settings
from sync_platform.landing.database import Database


@dataclass(frozen=True)
class ConsoleTools:
    """Each request takes a connection of `database` for itself; `issuer` is None where OpenID Connect is not set up."""

    database: Database
    systems: tuple[PartnerSystem, ...]
    clock: Clock
    passwords: Passwords
    settings: ConsoleSettings
    issuer: Issuer | None = None


def console_tools(
    database: Database, systems: tuple[PartnerSystem, ...], *, environment: Mapping[str, str], clock: Clock
) -> ConsoleTools:
    """The tools of a gateway. Raises DeclarationError that names the variable which is wrong or missing."""
    settings = read_console_settings(environment)
    return ConsoleTools(
        database=replace(database, keeps=True),
        systems=systems,
        clock=clock,
        passwords=Passwords(),
        settings=settings,
        issuer=Issuer(settings.oidc) if settings.oidc else None,
    )
