"""Which address a request came from: the connection's own, or what a declared proxy says of it."""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from sync_platform.errors import DeclarationError

TRUSTED_PROXIES = "SYNC_PLATFORM_TRUSTED_PROXIES"
Networks = tuple[IPv4Network | IPv6Network, ...]


def read_trusted_proxies(environment: Mapping[str, str]) -> Networks:
    """The addresses and networks that the variable names. Raises DeclarationError for what is neither."""
    named = [part.strip() for part in environment.get(TRUSTED_PROXIES, "").split(",") if part.strip()]
    try:
        return tuple(ip_network(part) for part in named)
    except ValueError as error:
        raise DeclarationError(
            f"{TRUSTED_PROXIES}: {error}.", remedy=f"Write addresses or networks: export {TRUSTED_PROXIES}=10.0.0.7"
        ) from error


def true_peer(connected: str | None, forwarded: list[str], *, proxies: Networks) -> str:
    """The nearest address that is no declared proxy's.

    `forwarded` are the values of X-Forwarded-For in their order. Each proxy appends whom it was asked by, so they are
    read from the end, and only for as long as a declared proxy vouches for them: what stands before is the sender's
    own invention.
    """
    peer = connected or "unknown"
    told = [part.strip() for value in forwarded for part in value.split(",")]
    while told and _is_proxy(peer, proxies):
        named = _address(told.pop())
        if named is None:
            break
        peer = str(named)
    return peer


def _is_proxy(peer: str, proxies: Networks) -> bool:
    address = _address(peer)
    return address is not None and any(address in network for network in proxies)


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text)
    except ValueError:
        return None
