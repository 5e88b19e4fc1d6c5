"""Users of the gateway's pages, as the database has them; what makes a good password is decided elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import datetime

from psycopg.rows import class_row

from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries
from sync_platform.landing.sessions import end_sessions

_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")
# Two admins who disable one another at the same moment would leave none.
_LOCK = "select pg_advisory_xact_lock(hashtext('access.user'))"


@dataclass(frozen=True)
class User:
    """One user. `disabled_at` is None while it may come in."""

    user_id: int
    name: str
    role: str
    password_hash: str | None = field(repr=False)
    disabled_at: datetime | None


@dataclass(frozen=True)
class NewUser:
    """A user to be. One without a hash comes by OpenID Connect, known to `issuer` as `subject`."""

    name: str
    role: str
    password_hash: str | None = field(default=None, repr=False)
    issuer: str | None = None
    subject: str | None = None


@dataclass(frozen=True)
class ListedUser:
    """A user as lists show it. `way` is password, openid or none, `tokens` those that are valid now."""

    name: str
    role: str
    created_at: datetime
    created_by: str
    disabled_at: datetime | None
    last_login_at: datetime | None
    way: str
    tokens: int


def read_name(text: str) -> str:
    """The name as it is kept. Raises DeclarationError for what cannot be one."""
    name = text.strip().lower()
    if not _NAME.fullmatch(name):
        raise DeclarationError(
            f"{text.strip()[:100]!r} cannot be a user's name.",
            remedy="Write 1 to 100 letters a-z, digits and . _ @ + -, a letter or digit first.",
        )
    return name


def add_user(connection: Connection, new: NewUser, *, by: str, now: datetime) -> User:
    """The user, added. Raises DeclarationError when the name is taken."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        row = cursor.execute(queries("users")["add"], {**vars(new), "by": by, "now": now}).fetchone()
    if row is None:
        raise DeclarationError(f"there is a user {new.name} already.", remedy="See `sync-platform users list`.")
    return row


def find_user(connection: Connection, name: str) -> User | None:
    """The user of that name, disabled or not; locked until the transaction ends."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(queries("users")["by_name"], {"name": name}).fetchone()


def find_subject(connection: Connection, *, issuer: str, subject: str) -> User | None:
    """The user that this issuer knows by this subject; locked until the transaction ends."""
    with connection.cursor(row_factory=class_row(User)) as cursor:
        return cursor.execute(queries("users")["by_subject"], {"issuer": issuer, "subject": subject}).fetchone()


def require_user(connection: Connection, name: str) -> User:
    """The user of that name. Raises DeclarationError when there is none."""
    user = find_user(connection, read_name(name))
    if user is None:
        raise DeclarationError(f"there is no user {name}.", remedy="See `sync-platform users list`.")
    return user


def list_users(connection: Connection, *, now: datetime) -> list[ListedUser]:
    """All users, those who may come in first."""
    with connection.cursor(row_factory=class_row(ListedUser)) as cursor:
        return cursor.execute(queries("users")["listed"], {"now": now}).fetchall()


def set_password(connection: Connection, user: User, password_hash: str) -> None:
    """Replace the password and end the user's sessions: whoever had the old one is out."""
    set_password_hash(connection, user, password_hash)
    end_sessions(connection, user.user_id)


def set_password_hash(connection: Connection, user: User, password_hash: str) -> None:
    """The same password with another hash; sessions go on."""
    connection.execute(queries("users")["set_password"], {"user_id": user.user_id, "password_hash": password_hash})


def set_role(connection: Connection, user: User, role: str) -> None:
    """What the user may do from the next request on. Raises DeclarationError when it is the last admin."""
    if role != "admin":
        _require_another_admin(connection, user)
    connection.execute(queries("users")["set_role"], {"user_id": user.user_id, "role": role})


def take_role(connection: Connection, user: User, role: str) -> User:
    """The user with the role that its issuer gives it, even if no admin remains: that is the issuer's to decide."""
    connection.execute(queries("users")["set_role"], {"user_id": user.user_id, "role": role})
    return replace(user, role=role)


def set_disabled(connection: Connection, user: User, disabled_at: datetime | None) -> None:
    """Keep the user out, by session and token, or let it in again. Raises DeclarationError for the only admin."""
    if disabled_at is not None:
        _require_another_admin(connection, user)
        end_sessions(connection, user.user_id)
    connection.execute(queries("users")["set_disabled"], {"user_id": user.user_id, "disabled_at": disabled_at})


def mark_login(connection: Connection, user: User, *, now: datetime) -> None:
    """Write down when the user came in."""
    connection.execute(queries("users")["logged_in"], {"user_id": user.user_id, "now": now})


def _require_another_admin(connection: Connection, user: User) -> None:
    connection.execute(_LOCK)
    row = connection.execute(queries("users")["other_admins"], {"user_id": user.user_id}).fetchone()
    if user.role == "admin" and user.disabled_at is None and not (row and row[0]):
        raise DeclarationError(
            f"{user.name} is the only admin.",
            remedy="Make another one first: `sync-platform users add NAME --role admin`.",
        )
