"""How the pages are reached and by whom people are known, as the environment says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from sync_platform.access.oidc_settings import OidcSettings, read_oidc_settings
from sync_platform.errors import DeclarationError
from sync_platform.gateway.pages.peer import Networks, read_trusted_proxies

PUBLIC_URL = "SYNC_PLATFORM_PUBLIC_URL"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class ConsoleSettings:
    """`public_url` is scheme and host as browsers see them; None: this machine's own browsers only, without TLS.

    `trusted_proxies` are believed about whom they ask for, and nobody else is.
    """

    public_url: str | None = None
    oidc: OidcSettings | None = None
    trusted_proxies: Networks = ()

    @property
    def is_secure(self) -> bool:
        """Whether browsers come by https, so that cookies need never travel otherwise."""
        return (self.public_url or "").startswith("https://")

    def is_our_host(self, host: str) -> bool:
        """Whether a request's Host is ours: any other name is a mistake or a rebound DNS name."""
        try:
            named = urlsplit(f"//{host}")
            name, port = named.hostname, named.port
        except ValueError:
            return False
        if named.username is not None:
            return False
        if self.public_url is None:
            return name in _LOOPBACK
        ours = urlsplit(self.public_url)
        default = _DEFAULT_PORTS[ours.scheme]
        return (name, port or default) == (ours.hostname, ours.port or default)

    def is_our_origin(self, origin: str, host: str) -> bool:
        """Whether a page of ours, as reached under this Host, sent the request."""
        if self.public_url is not None:
            return origin == self.public_url
        return origin == f"http://{host}"


def read_console_settings(environment: Mapping[str, str]) -> ConsoleSettings:
    """The settings. Raises DeclarationError that names the variable which is wrong or missing."""
    public_url = environment.get(PUBLIC_URL, "").rstrip("/") or None
    if public_url is not None:
        _check_public_url(public_url)
    oidc = read_oidc_settings(environment)
    if oidc is not None and public_url is None:
        raise DeclarationError(
            f"OpenID Connect needs an address to come back to, and {PUBLIC_URL} is not set.",
            remedy=f"export {PUBLIC_URL}=https://hub.example.com",
        )
    return ConsoleSettings(public_url=public_url, oidc=oidc, trusted_proxies=read_trusted_proxies(environment))


def _check_public_url(url: str) -> None:
    parts = urlsplit(url)
    plain = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not (parts.scheme == "https" or plain) or not parts.hostname or parts.path or parts.query or "@" in parts.netloc:
        raise DeclarationError(
            f"{PUBLIC_URL} is not an address of pages.",
            remedy=f"Write scheme and host, https but for this machine alone: export {PUBLIC_URL}=https://hub.example.com",
        )
