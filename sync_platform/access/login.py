"""Logging in with a password, starting and ending sessions, and API tokens: secrets go out once, hashes stay."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sync_platform.access.password import Passwords
from sync_platform.access.secret import hash_of, new_secret
from sync_platform.landing.api_tokens import ApiToken, add_token, find_token
from sync_platform.landing.database import Connection
from sync_platform.landing.login_attempts import lockout, record_attempt
from sync_platform.landing.sessions import begin_session, find_session
from sync_platform.landing.users import User, find_user, mark_login, set_password_hash

_MARK, _PREFIX_CHARACTERS = "sp", 8


@dataclass(frozen=True)
class Attempt:
    """What somebody typed, and the address it came from."""

    name: str
    password: str = field(repr=False)
    peer: str


@dataclass(frozen=True)
class Outcome:
    """Of an attempt: the user, or how long nobody may try, or neither: name and password do not belong together."""

    user: User | None
    locked_for: timedelta | None = None


def log_in(connection: Connection, passwords: Passwords, attempt: Attempt, *, now: datetime) -> Outcome:
    """Judge an attempt, in the caller's transaction. Unknown, disabled and mistaken look and take the same."""
    name = attempt.name.strip().lower()
    locked_for = lockout(connection, name, attempt.peer, now=now)
    if locked_for is not None:
        return Outcome(None, locked_for=locked_for)
    user = None if "\0" in name else find_user(connection, name)
    fits = passwords.verify(user.password_hash if user else None, attempt.password)
    welcome = user if user and fits and user.disabled_at is None else None
    record_attempt(connection, name, attempt.peer, succeeded=welcome is not None, now=now)
    if welcome is not None and welcome.password_hash and passwords.is_outdated(welcome.password_hash):
        set_password_hash(connection, welcome, passwords.hash(attempt.password))
    return Outcome(welcome)


def open_session(connection: Connection, user: User, *, now: datetime) -> str:
    """The secret for the cookie of a new session; never one that a browser brought along."""
    secret = new_secret()
    begin_session(connection, user.user_id, hash_of(secret), now=now)
    mark_login(connection, user, now=now)
    return secret


def user_of_session(connection: Connection, secret: str, *, now: datetime) -> User | None:
    """Who is logged in by this cookie."""
    row = find_session(connection, hash_of(secret), now=now)
    return User(*row) if row else None


def make_token(
    connection: Connection, user: User, scopes: tuple[str, ...], *, lasts: timedelta, by: str, now: datetime
) -> tuple[str, ApiToken]:
    """A new token, told this once, and what is kept of it."""
    prefix = f"{_MARK}_{hash_of(new_secret()).hex()[:_PREFIX_CHARACTERS]}"
    token = f"{prefix}_{new_secret()}"
    kept = ApiToken(prefix=prefix, secret_hash=hash_of(token), scopes=scopes, expires_at=now + lasts)
    add_token(connection, user, kept, by=by, now=now)
    return token, kept


def user_of_token(connection: Connection, token: str, *, now: datetime) -> tuple[User, tuple[str, ...]] | None:
    """Whose token it is and its scopes."""
    mark, _, rest = token.partition("_")
    shown, _, secret = rest.partition("_")
    if mark != _MARK or not secret or "\0" in token:
        return None
    return find_token(connection, f"{mark}_{shown}", hash_of(token), now=now)
