"""A short piece of a partner's answer that may stand in an error: no secret, no address, no long number."""

from __future__ import annotations

import re

from sync_platform.redact import MASK, excerpt

_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]+|\+?\d[\d ()-]{6,}\d")


def sample(body: bytes, *, secrets: tuple[str, ...]) -> str:
    """The head of an answer on one line, for a person who has to find out what the partner meant."""
    text = _PERSONAL.sub(MASK, body[:2000].decode("utf-8", errors="replace"))
    return excerpt(text, secrets=secrets, characters=200)
