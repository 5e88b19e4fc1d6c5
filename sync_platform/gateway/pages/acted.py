"""What people do on the pages: why, as they say it, and the line in the audit log, in the transaction of the act."""

from __future__ import annotations

from typing import Any

from sync_platform.audit.entry import Action
from sync_platform.audit.log import record
from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.visit import Visit

_LONGEST_WHY = 500


def record_act(
    visit: Visit,
    action: str,
    *,
    system: str | None = None,
    entity: str | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """`action` is the noun and the verb, like `dead_letters.discard`; `subject` is masked where it is personal."""
    act = Action(visit.who, action, system=system, entity=entity, subject=subject, detail=detail)
    record(visit.connection, act, now=visit.now)


def read_why(visit: Visit) -> str:
    """Why, as the form says. Raises AccessRefused when it says nothing."""
    why = " ".join(visit.form.get("why", "").split())
    if not why:
        raise AccessRefused("Say why: whoever reads the history has to understand it.", status=422)
    return why[:_LONGEST_WHY]
