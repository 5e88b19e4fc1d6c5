"""Failed logins, counted in the database so that every process and every restart counts on."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# NIST SP 800-63B-4 (August 2025), 3.2.2 allows 100 in a row; five in a quarter of an hour are a person's own mistakes.
MOST_BY_NAME = 5
# Many names from one address; a proxy in front is one address for all its users.
MOST_BY_PEER = 100
WINDOW = timedelta(minutes=15)
_KEPT = timedelta(days=1)


def lockout(connection: Connection, name: str, peer: str, *, now: datetime) -> timedelta | None:
    """How long nobody may try this name, or this address any name; None when one may.

    Other attempts under the name wait until the transaction ends. Names that do not exist are counted like others.
    """
    named = {"name_hash": _hash(name), "peer": peer, "since": now - WINDOW}
    connection.execute(queries("login_attempts")["wait_turn"], named)
    row = connection.execute(queries("login_attempts")["failures"], named).fetchone()
    by_name, oldest_by_name, by_peer, oldest_by_peer = row or (0, None, 0, None)
    ends = [
        oldest + WINDOW
        for count, oldest, most in ((by_name, oldest_by_name, MOST_BY_NAME), (by_peer, oldest_by_peer, MOST_BY_PEER))
        if count >= most
    ]
    return max(ends) - now if ends else None


def record_attempt(connection: Connection, name: str, peer: str, *, succeeded: bool, now: datetime) -> None:
    """Count an attempt; a success begins the name's count anew."""
    connection.execute(queries("login_attempts")["prune"], {"since": now - _KEPT})
    connection.execute(
        queries("login_attempts")["record"],
        {"name_hash": _hash(name), "peer": peer, "succeeded": succeeded, "now": now},
    )


def forgive(connection: Connection, name: str) -> None:
    """Forget the failures under a name: an admin vouches for who tries next."""
    connection.execute(queries("login_attempts")["forgive"], {"name_hash": _hash(name)})


def _hash(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", errors="surrogateescape")).digest()
