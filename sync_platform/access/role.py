"""The three roles, each of which may do what the ones before it may, and the scopes of API tokens."""

from __future__ import annotations

from sync_platform.errors import DeclarationError

VIEWER, OPERATOR, ADMIN = "viewer", "operator", "admin"
ROLES = (VIEWER, OPERATOR, ADMIN)
"""Rising: a viewer looks, an operator acts on data, an admin also decides who may."""

STATUS_READ, ACCESS_LOG_READ = "status:read", "access_log:read"
SCOPES = {STATUS_READ: VIEWER, ACCESS_LOG_READ: ADMIN}
"""What a token may be given, and the role that its user needs for that, whenever it is used."""


def is_at_least(role: str, needed: str) -> bool:
    """Whether who has `role` may do what `needed` may."""
    return role in ROLES and ROLES.index(role) >= ROLES.index(needed)


def read_role(text: str) -> str:
    """The role of that name. Raises DeclarationError."""
    if text not in ROLES:
        raise DeclarationError(f"there is no role {text!r}.", remedy=f"Choose from {', '.join(ROLES)}.")
    return text


def read_scopes(texts: list[str]) -> tuple[str, ...]:
    """The scopes of these names, each once. Raises DeclarationError, also when there is none."""
    unknown = [text for text in texts if text not in SCOPES]
    if unknown or not texts:
        what = f"there is no scope {unknown[0]!r}." if unknown else "a token without a scope can do nothing."
        raise DeclarationError(what, remedy=f"Choose from {', '.join(SCOPES)}.")
    return tuple(dict.fromkeys(texts))
