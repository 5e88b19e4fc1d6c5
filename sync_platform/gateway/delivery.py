"""What is stored of a verified request: by which id and content it is told apart, and which headers are kept."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec

from sync_platform.errors import PartnerMisbehaved, WebhookRejected
from sync_platform.gateway.source import Source
from sync_platform.landing.webhook_deliveries import ReceivedDelivery
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.webhooks.incoming import Incoming, VerifiedDelivery
from sync_platform.partners.webhooks.stripe import lasting_content

_JSON_STARTS = (b"{", b"[")
_LONGEST_ID = 255
# Never stored, whatever a partner calls it: what could be used again to be let in somewhere.
_CREDENTIALS = ("authorization", "cookie", "token", "secret", "password", "api-key", "apikey")


def received_delivery(source: Source, incoming: Incoming, verified: VerifiedDelivery) -> ReceivedDelivery:
    """The delivery to store. Raises WebhookRejected for a body that is not JSON, or nested without end."""
    webhook = source.webhook
    _check_json(incoming.body)
    content = lasting_content(incoming.body) if webhook.kind == "stripe" else incoming.body
    content_hash = sha256(content).digest()
    content_key = content_hash if source.content_tells else None
    event_id = verified.delivery_id or _event_id(source, incoming)
    if event_id is None:
        event_id = content_hash.hex() if content_key else uuid4().hex
    return ReceivedDelivery(
        system=source.system.name,
        webhook=webhook.name,
        event_id=event_id,
        content_hash=content_hash,
        content_key=content_key,
        headers=kept_headers(incoming.headers),
        body=incoming.body,
        secret=None if verified.secret is None else source.variables[verified.secret],
    )


def kept_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Those that hold no credentials."""
    return {name: value for name, value in headers.items() if not any(word in name for word in _CREDENTIALS)}


def _check_json(body: bytes) -> None:
    try:
        body.decode()
        if not body.lstrip().startswith(_JSON_STARTS):
            raise WebhookRejected("not_json", status=400)
        msgspec.json.decode(body, type=msgspec.Raw)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise WebhookRejected("not_json", status=400) from error


def _event_id(source: Source, incoming: Incoming) -> str | None:
    """The partner's own id; None where its webhooks have none. Raises WebhookRejected where one is missing."""
    place = source.webhook.id_place
    if place is None:
        return None
    value: Any = None
    if place.header is not None:
        value = incoming.headers.get(place.header.lower())
    elif place.body is not None:
        try:
            value = Envelope(incoming.body, origin=source.path).value(place.body)
        except PartnerMisbehaved as error:
            raise WebhookRejected("not_json", status=400) from error
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise WebhookRejected("id_missing", status=400)
    text = str(value)
    if not 0 < len(text) <= _LONGEST_ID or "\0" in text or not text.isprintable():
        raise WebhookRejected("id_malformed", status=400)
    return text
