"""Which settled days are due to be verified."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.verifications import VERIFIED, DayVerdict, read_verdicts
from sync_platform.verification.settled import settled_through

# A day that does not agree is asked about again daily; one that changed since or was asked about in vain, after an
# hour: the partner's budget belongs to what is new.
DAILY, HOURLY = timedelta(hours=24), timedelta(hours=1)
_FIRST_DAY = date(1971, 1, 1)


def days_due(connection: Connection, system: PartnerSystem, entity: Entity, *, now: datetime) -> list[date]:
    """The settled days of an entity that are due, oldest first: what is verified grows from its first day on."""
    verify = entity.declaration.verify
    if verify is None:
        return []
    known = read_verdicts(
        connection,
        system=system.name,
        entity=entity.name,
        since=verify.since or _FIRST_DAY,
        through=settled_through(entity.calendar, late_days=system.declaration.late_days, now=now),
    )
    return due_of(known)


def due_of(known: Iterable[DayVerdict]) -> list[date]:
    """Those that were never verified, are landed anew since, were asked about in vain or do not agree, and rested."""
    return sorted(one.day for one in known if _is_due(one))


def _is_due(known: DayVerdict) -> bool:
    if known.failed_ago is not None and known.failed_ago < HOURLY:
        return False
    if known.verdict is None or known.rested is None or known.failed_ago is not None:
        return True
    if known.changed_since:
        return known.rested >= HOURLY
    return known.verdict not in VERIFIED and known.rested >= DAILY
