"""Standard Webhooks (standardwebhooks.com, specification 1.0.0), and Svix, whose headers have another prefix.

Signed is `id.timestamp.body`; the header lists signatures, `v1,` and base64 each. Other versions are passed over.
"""

from __future__ import annotations

from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.signature import check_timestamp, header_bytes, matching_secret, required_header


def verify_standard(incoming: Incoming, keys: Keys, *, prefix: str = "webhook") -> VerifiedDelivery:
    """Raises WebhookRejected."""
    delivery_id = required_header(incoming, f"{prefix}-id")
    timestamp = required_header(incoming, f"{prefix}-timestamp")
    listed = required_header(incoming, f"{prefix}-signature")
    check_timestamp(timestamp, keys)
    signed = b".".join((header_bytes(delivery_id), timestamp.encode(), incoming.body))
    versions = (one.partition(",") for one in listed.split(" "))
    given = (signature for version, _, signature in versions if version == "v1")
    secret = matching_secret(keys, signed, given=given, encoding="base64")
    return VerifiedDelivery(delivery_id=delivery_id, secret=secret)
