"""Keeps in the audit log that somebody used a command that changes something, or that shows personal data."""

from __future__ import annotations

import getpass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sync_platform.landing.database import Connection


def record_command(
    connection: Connection,
    action: str,
    *,
    who: str | None = None,
    system: str | None = None,
    entity: str | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """`action` is the noun and the verb, like `dead_letters.discard`; `who` is the machine's user unless named.

    In the caller's transaction. A command of several transactions is recorded before its first one, so that what is not
    recorded is not done.
    """
    from sync_platform.audit.entry import Action
    from sync_platform.audit.log import record
    from sync_platform.clock import SystemClock

    done = Action(who or getpass.getuser(), action, system, entity, subject, detail=detail)
    with connection.transaction():
        record(connection, done, now=SystemClock().now())
