"""The declared webhooks of all systems with their secrets: what the gateway listens for, and what it cannot yet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sync_platform.contracts.contract import VersionKind
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.partners.webhooks.verify import missing_variables, read_secret


@dataclass(frozen=True)
class Source:
    """One webhook that is listened for. `variables` name the `secrets`, position by position.

    `url` is the address that the partner signs, where it signs one. `content_tells`: equal content is one delivery.
    """

    system: PartnerSystem
    webhook: Webhook
    secrets: tuple[bytes, ...] = field(repr=False)
    variables: tuple[str, ...] = ()
    url: str = ""
    content_tells: bool = False

    @property
    def path(self) -> str:
        return path_of(self.system, self.webhook)


@dataclass(frozen=True)
class Unready:
    """A declared webhook that cannot be verified, because none of these variables is set."""

    path: str
    missing: tuple[str, ...]


@dataclass(frozen=True)
class Sources:
    """By path. What is not ready is answered "later", so that nothing is lost while somebody sets the variable."""

    ready: Mapping[str, Source]
    unready: Mapping[str, Unready]


def path_of(system: PartnerSystem, webhook: Webhook) -> str:
    """Where the partner sends its deliveries."""
    return f"/webhooks/{system.name}/{webhook.name}"


def read_sources(systems: Iterable[PartnerSystem], environment: Mapping[str, str]) -> Sources:
    """Every declared webhook. Raises DeclarationError for a secret that cannot be one."""
    ready: dict[str, Source] = {}
    unready: dict[str, Unready] = {}
    for system in systems:
        for webhook in system.declaration.webhooks:
            path = path_of(system, webhook)
            missing = missing_variables(webhook, environment)
            if missing:
                unready[path] = Unready(path, missing)
                continue
            variables = tuple(name for name in webhook.secrets_env if environment.get(name))
            ready[path] = Source(
                system=system,
                webhook=webhook,
                secrets=tuple(read_secret(webhook, environment[name], variable=name) for name in variables),
                variables=variables,
                url=environment[webhook.url_env] if webhook.url_env else "",
                content_tells=_content_tells(system, webhook),
            )
    return Sources(ready=ready, unready=unready)


def _content_tells(system: PartnerSystem, webhook: Webhook) -> bool:
    """Whether equal content under another id says nothing new: where a version tells all of a record's states apart.

    Elsewhere a record may go back to what it was, and an event that carries only an id looks the same each time.
    Xero's deliveries have no id, and something random in each.
    """
    if webhook.kind == "xero":
        return True
    routes = [route for route in webhook.events if route.entity is not None]
    return bool(routes) and all(
        route.record is not None and system.entity(str(route.entity)).contract.source_version.kind is VersionKind.STRICT
        for route in routes
    )
