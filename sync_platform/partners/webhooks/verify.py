"""Says of a received request whether it is the partner's, by the kind that is declared; and reads a kind's secrets."""

from __future__ import annotations

import binascii
from base64 import b64decode
from collections.abc import Mapping

from sync_platform.declarations.webhooks import Webhook
from sync_platform.errors import DeclarationError
from sync_platform.partners.webhooks.body_signature import (
    verify_github,
    verify_shopify,
    verify_square,
    verify_woocommerce,
    verify_xero,
)
from sync_platform.partners.webhooks.declared_signature import verify_declared
from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.standard import verify_standard
from sync_platform.partners.webhooks.stripe import verify_stripe
from sync_platform.partners.webhooks.unsigned import verify_unsigned

_ENCODED_SECRETS = ("standard_webhooks", "svix")


def verify_delivery(webhook: Webhook, incoming: Incoming, keys: Keys) -> VerifiedDelivery:
    """What is known of a delivery that is the partner's. Raises WebhookRejected for any other, whatever it holds."""
    match webhook.kind:
        case "standard_webhooks":
            return verify_standard(incoming, keys)
        case "svix":
            return verify_standard(incoming, keys, prefix="svix")
        case "stripe":
            return verify_stripe(incoming, keys)
        case "shopify":
            return verify_shopify(incoming, keys)
        case "woocommerce":
            return verify_woocommerce(incoming, keys)
        case "xero":
            return verify_xero(incoming, keys)
        case "github":
            return verify_github(incoming, keys)
        case "square":
            return verify_square(incoming, keys)
        case "hmac":
            if webhook.signature is None:
                raise DeclarationError("a webhook of kind hmac needs a signature.")
            return verify_declared(incoming, keys, declared=webhook.signature)
        case "none":
            return verify_unsigned(incoming)


def missing_variables(webhook: Webhook, environment: Mapping[str, str]) -> tuple[str, ...]:
    """What has to be set before its deliveries can be verified.

    Of the secrets one is enough: the others of a rotation may be gone already, or not there yet.
    """
    secrets = () if any(environment.get(name) for name in webhook.secrets_env) else webhook.secrets_env
    url = (webhook.url_env,) if webhook.url_env and not environment.get(webhook.url_env) else ()
    return (*secrets, *url)


def read_secret(webhook: Webhook, text: str, *, variable: str) -> bytes:
    """The key that a secret stands for. Raises DeclarationError that names the variable and not its value."""
    if webhook.kind not in _ENCODED_SECRETS:
        return text.encode()
    try:
        return b64decode(text.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError):
        raise DeclarationError(
            f"{variable} is no secret of Standard Webhooks.", remedy="It begins with whsec_, and base64 follows."
        ) from None
