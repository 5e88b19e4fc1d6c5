"""Deliveries that nobody signed: taken from this machine alone, and not from a proxy that runs on it."""

from __future__ import annotations

from ipaddress import ip_address

from sync_platform.errors import WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, VerifiedDelivery

_SENT_ON = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


def verify_unsigned(incoming: Incoming) -> VerifiedDelivery:
    """Raises WebhookRejected for whatever came over a network."""
    if any(name in incoming.headers for name in _SENT_ON) or not _is_loopback(incoming.peer):
        raise WebhookRejected("not_local")
    return VerifiedDelivery()


def _is_loopback(peer: str | None) -> bool:
    try:
        return peer is not None and ip_address(peer).is_loopback
    except ValueError:
        return False
