"""The issuer of OpenID Connect by which people are known, as the environment names it; without it there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from sync_platform.access.role import ROLES, read_role
from sync_platform.errors import DeclarationError
from sync_platform.settings import required_variable

ISSUER = "SYNC_PLATFORM_OIDC_ISSUER"
CLIENT_ID = "SYNC_PLATFORM_OIDC_CLIENT_ID"
CLIENT_SECRET = "SYNC_PLATFORM_OIDC_CLIENT_SECRET"  # noqa: S105 - a variable's name
ROLE_CLAIM = "SYNC_PLATFORM_OIDC_ROLE_CLAIM"
ROLE_VALUES = "SYNC_PLATFORM_OIDC_ROLES"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class OidcSettings:
    """`roles` says which of our roles a value of `role_claim` gives; who has none of them is not let in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    role_claim: str
    roles: tuple[tuple[str, str], ...]

    def role_of(self, claim: object) -> str | None:
        """The highest role that the claim's value or values give."""
        values = claim if isinstance(claim, list) else [claim]
        given = [role for value, role in self.roles if value in values]
        return max(given, key=ROLES.index) if given else None


def read_oidc_settings(environment: Mapping[str, str]) -> OidcSettings | None:
    """The settings, None where no issuer is named. Raises DeclarationError that names the variable."""
    issuer = environment.get(ISSUER, "").rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise DeclarationError(f"{ISSUER} is not https.", remedy=f"export {ISSUER}=https://login.example.com")
    return OidcSettings(
        issuer=issuer,
        client_id=required_variable(environment, CLIENT_ID),
        client_secret=required_variable(environment, CLIENT_SECRET),
        role_claim=environment.get(ROLE_CLAIM) or "groups",
        roles=_read_roles(required_variable(environment, ROLE_VALUES)),
    )


def _read_roles(text: str) -> tuple[tuple[str, str], ...]:
    couples = [part.strip().rpartition("=") for part in text.split(",") if part.strip()]
    if not couples or not all(value and role for value, _, role in couples):
        raise DeclarationError(
            f"{ROLE_VALUES} does not say which value gives which role.",
            remedy=f"export {ROLE_VALUES}=hub-admins=admin,shop-team=operator,everyone=viewer",
        )
    return tuple((value.strip(), read_role(role.strip())) for value, _, role in couples)
