"""What people do on the pages, as it is written into the audit log, in the transaction of what they do."""

from __future__ import annotations

from typing import Any

from sync_platform.audit.entry import Action
from sync_platform.audit.log import record
from sync_platform.gateway.pages.visit import Visit


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
