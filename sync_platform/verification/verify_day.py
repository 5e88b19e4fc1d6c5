"""Verifies one business day of an entity against its partner."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.errors import DeclarationError, PartnerError
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, read_day
from sync_platform.landing.verifications import DAY, SO_FAR
from sync_platform.landing.watermarks import read_watermark
from sync_platform.partners.question import DayPart
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.verification.comparison import compare
from sync_platform.verification.settled import settled_through
from sync_platform.verification.verification import (
    Verification,
    Verified,
    VerifyTools,
    not_loaded,
    settle_answer,
    settle_failure,
)

_ONE_DAY = timedelta(days=1)


def verify_day(tools: VerifyTools, system: PartnerSystem, entity: Entity, *, day: date) -> Verification:
    """Hold a landed day against its partner; a day that has not ended as far as the partner can be asked for a part.

    An answer that did not come is an outcome of its own, and never a verdict; so is a day that was never loaded whole,
    of which nobody is asked. Landed data stay as they are.
    Raises DeclarationError where there is no way to ask, LandingUnavailable when the database is away.
    """
    if entity.declaration.verify is None:
        raise DeclarationError(
            f"{entity.address} cannot be asked for figures.",
            remedy="Declare verify in its defs.yaml; docs/verification.md says how.",
        )
    key = DayKey(system=entity.system, entity=entity.name, day=day)
    settled = settled_through(entity.calendar, late_days=system.declaration.late_days, now=tools.clock.now())
    verified = Verified(entity, key, scope=DAY, settled=settled)
    exchanges = ExchangeLedger(tools.client, correlation_id=tools.correlation_id)
    with tools.database.connect() as connection:
        landed = read_day(connection, key)
        if landed is None or landed.complete_at is None:
            return not_loaded(verified)
        try:
            # Whatever its clock shows, two days ago has ended: the partner need not be asked for the time.
            recent = day >= entity.calendar.day_of(tools.clock.now() - _ONE_DAY)
            if recent and day >= entity.calendar.day_of(tools.client.partner_now()):
                verified = replace(verified, scope=SO_FAR, until=_settled_until(connection, entity, key))
            part = DayPart(day, until=verified.until)
            comparison = compare(connection, tools.client, entity, key=key, part=part, seal=tools.seal)
        except PartnerError as error:
            return settle_failure(tools, verified, error, exchanges=exchanges)
    return settle_answer(tools, verified, comparison, exchanges=exchanges)


def _settled_until(connection: Connection, entity: Entity, key: DayKey) -> datetime:
    """Up to which moment of an open day everything is landed: the watermark less what may become visible late."""
    verify, changed = entity.declaration.verify, entity.declaration.changed_since
    windows = verify.windows if verify else None
    mark = read_watermark(connection, entity.system, entity.name)
    by_own_moment = windows is not None and windows.field == entity.contract.business_day_field
    if not by_own_moment or changed is None or mark is None:
        raise DeclarationError(
            f"{entity.address} {key.day} has not ended, and the partner cannot be asked for a settled part of it.",
            remedy="Verify it when it is settled, or declare verify.windows by the field of the business day.",
        )
    return mark.changed_until - changed.overlap
