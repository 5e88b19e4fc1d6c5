"""The keys that details are encrypted with, one per person or record; once erased, what it encrypted is unreadable."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

_QUERIES = queries("keys", package="sync_platform.audit")


@dataclass(frozen=True)
class DetailKey:
    """A key that lives, with its number."""

    key_id: int
    fernet: Fernet


def key_for(connection: Connection, subject: str) -> DetailKey:
    """The subject's living key, made where there is none; two that make it at once get the same one."""
    values = {"subject": subject, "fernet_key": _fernet().generate_key().decode()}
    row = connection.execute(_QUERIES["living_key"], values).fetchone()
    while row is None:
        connection.execute(_QUERIES["make_key"], values)
        row = connection.execute(_QUERIES["living_key"], values).fetchone()
    return DetailKey(key_id=row[0], fernet=_fernet()(row[1]))


def has_key(connection: Connection, subject: str) -> bool:
    """Whether something was written of the subject, and its key not erased."""
    return connection.execute(_QUERIES["living_key"], {"subject": subject}).fetchone() is not None


def find_key(connection: Connection, key_id: int) -> Fernet | None:
    """The key of that number; None when it was erased."""
    row = connection.execute(_QUERIES["find_key"], {"key_id": key_id}).fetchone()
    return _fernet()(row[0]) if row and row[0] else None


def erase_key(connection: Connection, subject: str, *, now: datetime) -> bool:
    """Forget the subject's key; whether there was one. What is written of it later gets a new one."""
    return connection.execute(_QUERIES["erase_key"], {"subject": subject, "now": now}).rowcount > 0


@cache
def _fernet() -> type[Fernet]:
    # cryptography: 0.1 s and 10 MB, and most loads keep no body.
    from cryptography.fernet import Fernet

    return Fernet
