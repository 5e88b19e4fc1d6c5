"""What all signature schemes do: compare in constant time with every secret, and hold a signed time against now."""

from __future__ import annotations

import hmac
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from itertools import islice
from typing import Literal

from sync_platform.errors import WebhookRejected
from sync_platform.partners.webhooks.incoming import Incoming, Keys

Algorithm = Literal["sha1", "sha256", "sha512"]
Encoding = Literal["hex", "base64"]
# A rotation has two, the libraries' own tests five; a hostile header could hold thousands.
MOST_SIGNATURES = 10
_MOST_DIGITS = 12


def matching_secret(
    keys: Keys,
    signed: bytes,
    *,
    given: Iterable[str],
    algorithm: Algorithm = "sha256",
    encoding: Encoding = "hex",
) -> int:
    """The position of the secret that made one of the given signatures. Raises WebhookRejected when none did.

    The signatures are compared as text: decoding them first would accept several spellings of one, and fail on others.
    """
    texts = [text.encode("utf-8", "surrogatepass") for text in islice(given, MOST_SIGNATURES)]
    found: int | None = None
    for position, secret in enumerate(keys.secrets):
        digest = hmac.digest(secret, signed, algorithm)
        expected = digest.hex().encode() if encoding == "hex" else b64encode(digest)
        for text in texts:
            if hmac.compare_digest(expected, text) and found is None:
                found = position
    if found is None:
        raise WebhookRejected("signature")
    return found


def required_header(incoming: Incoming, name: str) -> str:
    """A header's value. Raises WebhookRejected when it is missing or empty."""
    value = incoming.headers.get(name, "")
    if not value:
        raise WebhookRejected("header_missing")
    return value


def check_timestamp(text: str, keys: Keys) -> None:
    """Hold a signed time in epoch seconds against now, both ways. Raises WebhookRejected."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise WebhookRejected("timestamp_malformed")
    ahead = int(text) - _seconds(keys.now)
    if abs(ahead) > keys.tolerance.total_seconds():
        raise WebhookRejected("timestamp_future" if ahead > 0 else "timestamp_old")


def header_bytes(text: str) -> bytes:
    """A header as it was sent: servers give each of its bytes as one character."""
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError as error:
        raise WebhookRejected("header_malformed") from error


def _seconds(moment: datetime) -> float:
    return moment.timestamp()
