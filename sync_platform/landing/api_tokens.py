"""Tokens of the API as the database has them: found by the part that is shown, judged by the hash of the whole."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg.rows import class_row

from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries
from sync_platform.landing.users import User

_USED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class ApiToken:
    """A token to be kept. `prefix` is the part that is shown, `secret_hash` of the whole."""

    prefix: str
    secret_hash: bytes
    scopes: tuple[str, ...]
    expires_at: datetime


@dataclass(frozen=True)
class ListedToken:
    """A token as lists show it; `name` is its user's."""

    prefix: str
    name: str
    scopes: list[str]
    created_at: datetime
    created_by: str
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def add_token(connection: Connection, user: User, token: ApiToken, *, by: str, now: datetime) -> None:
    """Keep a new token of the user."""
    row = {**vars(token), "scopes": list(token.scopes), "user_id": user.user_id, "by": by, "now": now}
    connection.execute(queries("api_tokens")["add"], row)


def find_token(
    connection: Connection, prefix: str, secret_hash: bytes, *, now: datetime
) -> tuple[User, tuple[str, ...]] | None:
    """The token's user and scopes, if it is this one, has not ended, and the user may come in; it counts as used."""
    row = connection.execute(queries("api_tokens")["find"], {"prefix": prefix, "now": now}).fetchone()
    if row is None:
        return None
    *user, prefix, kept_hash, scopes, used_at = row
    if not hmac.compare_digest(bytes(kept_hash), secret_hash):
        return None
    if used_at is None or now - used_at >= _USED_EVERY:
        connection.execute(queries("api_tokens")["used"], {"prefix": prefix, "now": now})
    return User(*user), tuple(scopes)


def list_tokens(connection: Connection, *, name: str | None) -> list[ListedToken]:
    """All tokens, or those of one user."""
    with connection.cursor(row_factory=class_row(ListedToken)) as cursor:
        return cursor.execute(queries("api_tokens")["listed"], {"name": name}).fetchall()


def revoke_token(connection: Connection, prefix: str, *, now: datetime) -> None:
    """End a token at once; again changes nothing. Raises DeclarationError when there is none with this prefix."""
    if connection.execute(queries("api_tokens")["revoke"], {"prefix": prefix, "now": now}).fetchone() is None:
        raise DeclarationError(
            f"there is no token that begins with {prefix[:40]!r}.", remedy="See `sync-platform users tokens`."
        )
