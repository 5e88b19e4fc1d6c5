"""What the pages and the API are answered with, made once when the gateway starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sync_platform.access.oidc import Issuer
from sync_platform.access.password import Passwords
from sync_platform.clock import Clock
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.gateway.counts import Counts
from sync_platform.gateway.pages.settings import ConsoleSettings, read_console_settings
from sync_platform.gateway.source import Sources
from sync_platform.landing.database import Database
from sync_platform.landing.letter_seal import NO_KEYS, LetterSeal, read_letter_seal

NO_SOURCES = Sources(ready={}, unready={})


@dataclass(frozen=True)
class ConsoleTools:
    """Each request takes a connection of `database` for itself; `issuer` is None where OpenID Connect is not set up.

    `sources` and `counts` are those of the webhooks beside, `seal` is that of dead letters.
    """

    database: Database
    systems: tuple[PartnerSystem, ...]
    clock: Clock
    passwords: Passwords
    settings: ConsoleSettings
    issuer: Issuer | None = None
    seal: LetterSeal = NO_KEYS
    sources: Sources = NO_SOURCES
    counts: Counts = field(default_factory=lambda: Counts(lambda *_, **__: None))

    @property
    def entities(self) -> dict[tuple[str, str], Entity]:
        """Every declared entity by system and name."""
        return {(entity.system, entity.name): entity for system in self.systems for entity in system.entities}

    def entity(self, system: str, name: str) -> Entity:
        """The entity. Raises DeclarationError when it is not declared any more."""
        found = self.entities.get((system, name))
        if found is None:
            raise DeclarationError(f"{system}/{name} is not declared.", remedy="Look at what is: the first page.")
        return found


def console_tools(
    database: Database,
    systems: tuple[PartnerSystem, ...],
    *,
    environment: Mapping[str, str],
    clock: Clock,
    sources: Sources,
    counts: Counts,
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
        seal=read_letter_seal(environment),
        sources=sources,
        counts=counts,
    )
