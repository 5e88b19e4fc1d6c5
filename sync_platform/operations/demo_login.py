"""The demo's login to the gateway's pages: a user of its own, its password made at random, kept in the state folder."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sync_platform.access.password import Passwords
from sync_platform.access.role import ADMIN
from sync_platform.landing.database import Database
from sync_platform.landing.users import NewUser, add_user, find_user

NAME = "demo"
PASSWORD_FILE = "pages_password"  # noqa: S105 - a file's name


@dataclass(frozen=True)
class DemoLogin:
    """`password` is None where somebody chose another one on the pages."""

    name: str
    password: str | None = field(repr=False)


def demo_login(state_dir: Path, database: Database, *, now: datetime) -> DemoLogin:
    """The user `demo`, an admin of the demo's own database, added at the first start."""
    passwords = Passwords()
    password = _kept(state_dir / PASSWORD_FILE)
    with database.connect() as connection, connection.transaction():
        user = find_user(connection, NAME)
        if user is None:
            new = NewUser(name=NAME, role=ADMIN, password_hash=passwords.hash(password))
            add_user(connection, new, by="sync-platform demo", now=now)
        elif not passwords.verify(user.password_hash, password):
            return DemoLogin(NAME, None)
    return DemoLogin(NAME, password)


def _kept(file: Path) -> str:
    """Made anew at the first start, for its owner's eyes alone."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return file.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as stream:
        stream.write(secrets.token_urlsafe(15))
    return file.read_text(encoding="ascii").strip()
