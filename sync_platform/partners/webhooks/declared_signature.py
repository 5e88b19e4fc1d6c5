"""An HMAC that the declaration describes, for partners that have no kind of their own."""

from __future__ import annotations

import re

from sync_platform.declarations.webhooks import DeclaredSignature
from sync_platform.errors import WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.signature import check_timestamp, header_bytes, matching_secret, required_header

_PART = re.compile(r"\{(body|timestamp|id|url)\}")


def verify_declared(incoming: Incoming, keys: Keys, *, declared: DeclaredSignature) -> VerifiedDelivery:
    """Raises WebhookRejected."""
    given = required_header(incoming, declared.header.lower())
    if not given.startswith(declared.prefix):
        raise WebhookRejected("header_malformed")
    given = given.removeprefix(declared.prefix)
    parts = {"body": incoming.body, "url": incoming.url.encode()}
    delivery_id = None
    if declared.timestamp is not None:
        timestamp = required_header(incoming, declared.timestamp.lower())
        check_timestamp(timestamp, keys)
        parts["timestamp"] = timestamp.encode()
    if declared.id is not None:
        delivery_id = required_header(incoming, declared.id.lower())
        parts["id"] = header_bytes(delivery_id)
    texts = _PART.split(declared.signed)
    signed = b"".join(parts[text] if number % 2 else text.encode() for number, text in enumerate(texts))
    secret = matching_secret(
        keys,
        signed,
        given=[given.lower() if declared.encoding == "hex" else given],
        algorithm=declared.algorithm,
        encoding=declared.encoding,
    )
    return VerifiedDelivery(delivery_id=delivery_id, secret=secret)
