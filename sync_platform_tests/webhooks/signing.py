"""Signs deliveries as partner systems do, by their published formulas; written apart from what verifies them."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sync_platform.declarations.webhooks import Webhook
from sync_platform.partners.webhooks.incoming import Incoming, Keys, VerifiedDelivery
from sync_platform.partners.webhooks.verify import read_secret, verify_delivery

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
URL = "https://hub.example.com/webhooks/shop/orders"
SECRET, OLD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"
BODY = b'{"id":"evt_1","event_id":"evt_1","type":"order.paid","data":{"id":7,"name":"Zo\xc3\xab"}}'
ROUTES = [{"types": ["*"], "ignore": True}]
DECLARED = {
    "header": "X-Signature",
    "algorithm": "sha512",
    "encoding": "base64",
    "prefix": "v0=",
    "signed": "v0:{timestamp}:{id}:{url}:{body}",
    "timestamp": "X-Timestamp",
    "id": "X-Id",
}
KINDS = ("standard_webhooks", "svix", "stripe", "shopify", "square", "woocommerce", "xero", "github", "hmac")
TIMED = ("standard_webhooks", "svix", "stripe", "hmac")


def webhook(kind: str, **more: Any) -> Webhook:
    """A declared webhook of a kind, with what the kind needs."""
    needed: dict[str, Any] = {} if kind == "none" else {"secrets_env": ["SECRET", "OLD_SECRET"]}
    if kind in ("square", "hmac"):
        needed["url_env"] = "HUB_URL"
    if kind == "hmac":
        needed["signature"] = DECLARED
    if kind in ("xero", "hmac", "none"):
        needed["type"] = {"body": "type"}
    return Webhook.model_validate({"name": "orders", "kind": kind, "events": ROUTES, **needed, **more})


@dataclass(frozen=True)
class Signed:
    """One delivery as it is sent."""

    kind: str
    body: bytes = BODY
    headers: dict[str, str] = field(default_factory=dict)
    url: str = URL

    def but(self, **changed: Any) -> Signed:
        return replace(self, **changed)

    def with_header(self, name: str, value: str) -> Signed:
        return replace(self, headers={**self.headers, name: value})

    def verify(self, *, now: datetime = NOW, declared: Webhook | None = None) -> VerifiedDelivery:
        """What the platform says of it; it knows both secrets."""
        declared = declared or webhook(self.kind)
        secrets = tuple(read_secret(declared, text, variable="SECRET") for text in (SECRET, OLD_SECRET))
        incoming = Incoming(headers=self.headers, body=self.body, url=self.url, peer="203.0.113.9")
        return verify_delivery(declared, incoming, Keys(secrets, now, timedelta(minutes=5)))


def sign(kind: str, body: bytes = BODY, *, secret: str = SECRET, stamp: str = STAMP, id_: str = "msg_1") -> Signed:
    """The delivery with the headers of its kind."""
    match kind:
        case "standard_webhooks" | "svix":
            prefix = "webhook" if kind == "standard_webhooks" else "svix"
            key = base64.b64decode(secret.removeprefix("whsec_"))
            digest = _base64(key, f"{id_}.{stamp}.".encode() + body)
            headers = {f"{prefix}-id": id_, f"{prefix}-timestamp": stamp, f"{prefix}-signature": f"v1,{digest}"}
        case "stripe":
            digest = _hex(secret.encode(), f"{stamp}.".encode() + body)
            headers = {"stripe-signature": f"t={stamp},v1={digest},v0=ignored"}
        case "shopify":
            topic = {"x-shopify-topic": "orders/paid", "x-shopify-webhook-id": id_}
            headers = {"x-shopify-hmac-sha256": _base64(secret.encode(), body), **topic}
        case "woocommerce":
            topic = {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-delivery-id": id_}
            headers = {"x-wc-webhook-signature": _base64(secret.encode(), body), **topic}
        case "xero":
            headers = {"x-xero-signature": _base64(secret.encode(), body)}
        case "github":
            headers = {"x-hub-signature-256": f"sha256={_hex(secret.encode(), body)}", "x-github-delivery": id_}
        case "square":
            headers = {"x-square-hmacsha256-signature": _base64(secret.encode(), URL.encode() + body)}
        case "hmac":
            signed = f"v0:{stamp}:{id_}:{URL}:".encode() + body
            digest = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha512).digest()).decode()
            headers = {"x-signature": f"v0={digest}", "x-timestamp": stamp, "x-id": id_}
        case _:
            headers = {}
    return Signed(kind=kind, body=body, headers=headers)


def _hex(key: bytes, signed: bytes) -> str:
    return hmac.new(key, signed, hashlib.sha256).hexdigest()


def _base64(key: bytes, signed: bytes) -> str:
    return base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
