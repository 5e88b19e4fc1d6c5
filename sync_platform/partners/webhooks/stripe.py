"""Stripe: `Stripe-Signature: t=…,v1=…`, signed is `t.body` (docs.stripe.com/webhooks/signature, read 2026-11-21)."""

from __future__ import annotations

import re

from sync_platform.errors import WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.signature import check_timestamp, matching_secret, required_header

_PENDING = re.compile(rb'"pending_webhooks"\s*:\s*\d+')


def verify_stripe(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    items = [item.partition("=") for item in required_header(incoming, "stripe-signature").split(",")]
    times = [value for name, _, value in items if name.strip() == "t"]
    if len(times) != 1:
        raise WebhookRejected("header_malformed")
    check_timestamp(times[0], keys)
    given = (value for name, _, value in items if name.strip() == "v1")
    signed = times[0].encode() + b"." + incoming.body
    return VerifiedDelivery(secret=matching_secret(keys, signed, given=given))


def lasting_content(body: bytes) -> bytes:
    """The body without the one number that differs between two attempts to deliver one event."""
    return _PENDING.sub(b"", body)
