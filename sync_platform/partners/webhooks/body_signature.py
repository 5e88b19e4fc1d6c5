"""Partners that sign the body alone, or with their address before it: Shopify, WooCommerce, Xero, GitHub, Square.

None of them signs a time, so the tolerance does not apply: that a delivery counts once is what guards against replays.
Formulas as published: shopify.dev, woocommerce.com/document/webhooks, developer.xero.com, docs.github.com and
developer.squareup.com, read 2026-11-21.
"""

from __future__ import annotations

import re

from sync_platform.errors import WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.signature import matching_secret, required_header

_GITHUB = "sha256="
# What WooCommerce sends, unsigned, when a webhook is saved: it wants a 200 and says nothing.
_WOOCOMMERCE_PING = re.compile(rb"webhook_id=[0-9]{1,20}")


def verify_shopify(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    return _verify_base64(incoming, keys, header="x-shopify-hmac-sha256")


def verify_woocommerce(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    if _WOOCOMMERCE_PING.fullmatch(incoming.body):
        return VerifiedDelivery(greeting=True)
    return _verify_base64(incoming, keys, header="x-wc-webhook-signature")


def verify_xero(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected. Xero tries an endpoint with signed bodies of no event, and wrongly signed ones."""
    return _verify_base64(incoming, keys, header="x-xero-signature")


def verify_github(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    given = required_header(incoming, "x-hub-signature-256")
    if not given.startswith(_GITHUB):
        raise WebhookRejected("header_malformed")
    return VerifiedDelivery(secret=matching_secret(keys, incoming.body, given=[given.removeprefix(_GITHUB)]))


def verify_square(incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    given = required_header(incoming, "x-square-hmacsha256-signature")
    signed = incoming.url.encode() + incoming.body
    return VerifiedDelivery(secret=matching_secret(keys, signed, given=[given], encoding="base64"))


def _verify_base64(incoming: Incoming, keys: Keys, *, header: str) -> VerifiedDelivery:
    given = required_header(incoming, header)
    return VerifiedDelivery(secret=matching_secret(keys, incoming.body, given=[given], encoding="base64"))
