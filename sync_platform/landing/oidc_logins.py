"""Logins by OpenID Connect between going and coming back: kept a few minutes, taken once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg.rows import class_row

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# Long enough for a second factor at the issuer.
LONGEST = timedelta(minutes=10)


@dataclass(frozen=True)
class OidcLogin:
    """What only we and the issuer know of a login under way, and the path of ours to go on to."""

    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    return_to: str


def keep_login(connection: Connection, state_hash: bytes, login: OidcLogin, *, now: datetime) -> None:
    """Keep it until it comes back, and forget those that did not."""
    connection.execute(queries("oidc_logins")["prune"], {"since": now - LONGEST})
    connection.execute(queries("oidc_logins")["begin"], {"state_hash": state_hash, "now": now, **vars(login)})


def take_login(connection: Connection, state_hash: bytes, *, now: datetime) -> OidcLogin | None:
    """The login, once; None when it is unknown, used or too old."""
    with connection.cursor(row_factory=class_row(OidcLogin)) as cursor:
        named = {"state_hash": state_hash, "since": now - LONGEST}
        return cursor.execute(queries("oidc_logins")["take"], named).fetchone()
