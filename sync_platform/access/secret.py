"""Secrets that we hand out: made at random, known to us by their hash alone, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import secrets

# 256 bits: nothing to guess, so a plain hash without salt is enough to keep it by.
_SECRET_BYTES = 32


def new_secret() -> str:
    """A secret for a cookie or a token, safe in a header and in a form."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def hash_of(secret: str) -> bytes:
    """By which a secret is looked up."""
    return hashlib.sha256(secret.encode("utf-8", errors="surrogateescape")).digest()


def csrf_token(cookie_secret: str) -> str:
    """What a form must repeat: only who can read our pages under this very cookie knows it."""
    return hmac.new(cookie_secret.encode("utf-8", errors="surrogateescape"), b"form", hashlib.sha256).hexdigest()


def is_csrf_token(given: str, cookie_secret: str) -> bool:
    """Whether a form repeated what its page held."""
    return hmac.compare_digest(given.encode("utf-8", errors="surrogateescape"), csrf_token(cookie_secret).encode())
