"""Sessions of the gateway's pages: begun by a login, found by their cookie's hash, ended by time or by somebody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

# OWASP Session Management Cheat Sheet (read November 2026): 15 to 30 minutes idle for applications of low risk, 4 to 8
# hours in all for an office day. People here watch a page over a shift, so both are taken at their long end.
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=8)
_SEEN_EVERY = timedelta(minutes=1)


def begin_session(connection: Connection, user_id: int, session_hash: bytes, *, now: datetime) -> None:
    """Begin one, and forget those that have ended."""
    connection.execute(queries("sessions")["prune"], _limits(now))
    connection.execute(queries("sessions")["begin"], {"session_hash": session_hash, "user_id": user_id, "now": now})


def find_session(connection: Connection, session_hash: bytes, *, now: datetime) -> tuple[Any, ...] | None:
    """The fields of its user in the order of `User`, if it goes on and the user may come in; it counts as used now."""
    row = connection.execute(queries("sessions")["find"], {"session_hash": session_hash, **_limits(now)}).fetchone()
    if row is None:
        return None
    *user, seen_at = row
    if now - seen_at >= _SEEN_EVERY:
        connection.execute(queries("sessions")["seen"], {"session_hash": session_hash, "now": now})
    return tuple(user)


def end_session(connection: Connection, session_hash: bytes) -> None:
    """Nobody comes in by it again."""
    connection.execute(queries("sessions")["end"], {"session_hash": session_hash})


def end_sessions(connection: Connection, user_id: int) -> None:
    """All of a user's."""
    connection.execute(queries("sessions")["end_all"], {"user_id": user_id})


def _limits(now: datetime) -> dict[str, datetime]:
    return {"seen_since": now - IDLE, "began_since": now - LONGEST}
