"""Takes secrets and personal data out of text before it reaches a log, an error, metadata or a report."""

from __future__ import annotations

import re

MASK = "•••"

_CREDENTIAL_PATTERNS = (
    re.compile(r"(?i)(authorization\s*[:=]\s*)(?:bearer|basic|token)?\s*[^\s,;'\"]+"),
    re.compile(
        r"(?i)([?&\"']?(?:[a-z_\-]*(?:secret|token|password|passwd|api[_\-]?key|consumer_key|consumer_secret|signature))"
        r"[\"']?\s*[=:]\s*[\"']?)[^\s&,;\"'}]+"
    ),
    re.compile(r"(?i)(\b[a-z][a-z0-9+.\-]*://[^\s/:@]*:)[^\s/@]+(?=@)"),
)


def redact(text: str, *, secrets: tuple[str, ...] = ()) -> str:
    """`text` without the given secret values and without whatever looks like a credential."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, MASK)
    for pattern in _CREDENTIAL_PATTERNS:
        text = pattern.sub(lambda match: f"{match.group(1)}{MASK}", text)
    return text


def excerpt(text: str, *, secrets: tuple[str, ...] = (), characters: int = 200) -> str:
    """The redacted head of an answer's text, on one line, for an error message."""
    head = " ".join(redact(text[: characters * 2], secrets=secrets).split())
    return head if len(head) <= characters else head[:characters] + "…"


def mask_value(value: object) -> str:
    """A value a person can recognise by its shape but not read: `'4711'` becomes `4••1`; shorter ones vanish."""
    text = str(value)
    if len(text) <= 3:
        return MASK
    return f"{text[0]}{'•' * min(len(text) - 2, 8)}{text[-1]}"
