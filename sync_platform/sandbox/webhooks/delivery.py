"""One delivery as a partner system sends it, signed as that system signs."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass

from sync_platform.sandbox.entity import Document

SHOP_PATH, PAYMENTS_PATH = "/webhooks/shop/events", "/webhooks/payments/events"


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """A POST to `path` of whoever listens."""

    path: str
    headers: Mapping[str, str]
    body: bytes


def woocommerce_delivery(record: Document, *, resource: str, event: str, id_: str, secret: str) -> Delivery:
    """As WooCommerce sends it: the record as the REST API shows it, and base64 of the body's HMAC."""
    body = _json(record)
    digest = hmac.new(secret.encode(), body, hashlib.sha256).digest()
    return Delivery(
        path=SHOP_PATH,
        headers={
            "X-WC-Webhook-Source": "http://shop.sandbox/",
            "X-WC-Webhook-Topic": f"{resource}.{event}",
            "X-WC-Webhook-Resource": resource,
            "X-WC-Webhook-Event": event,
            "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-WC-Webhook-ID": "1",
            "X-WC-Webhook-Delivery-ID": id_,
        },
        body=body,
    )


def stripe_delivery(event: Document, *, secret: str, now_ms: int) -> Delivery:
    """As Stripe sends it: the event as `/v1/events` lists it, and an HMAC of the time of sending and the body."""
    body = _json(event)
    stamp = str(now_ms // 1000)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return Delivery(path=PAYMENTS_PATH, headers={"Stripe-Signature": f"t={stamp},v1={digest}"}, body=body)


def _json(document: Document) -> bytes:
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
