"""A day's webhook deliveries taken through again: those that wait, and those that nobody could read when they came.

What a delivery brought is in the change log, which is applied again as a whole; only a dead one brought nothing.
"""

from __future__ import annotations

from datetime import date
from math import inf

from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.webhook_deliveries import count_dead, revive_dead
from sync_platform.pull.deliveries import AppliedDeliveries, apply_deliveries
from sync_platform.pull.tools import PullTools


def dead_deliveries(connection: Connection, system: PartnerSystem, entity: Entity, *, day: date) -> int:
    """How many deliveries of the entity's webhooks that came on that day are dead."""
    since, until = entity.calendar.start_of(day), entity.calendar.end_of(day)
    return count_dead(connection, system.name, _webhooks(system, entity), since=since, until=until)


def redeliver(tools: PullTools, system: PartnerSystem, entity: Entity, *, day: date) -> AppliedDeliveries:
    """Read that day's dead deliveries again, and apply what waits of the system's. Raises LandingUnavailable."""
    webhooks = _webhooks(system, entity)
    if not webhooks:
        return AppliedDeliveries()
    since, until = entity.calendar.start_of(day), entity.calendar.end_of(day)
    with tools.database.connect() as connection:
        revive_dead(connection, system.name, webhooks, since=since, until=until)
    tools.reached("deliveries_revived")
    return apply_deliveries(tools, system, deadline=inf)


def _webhooks(system: PartnerSystem, entity: Entity) -> list[str]:
    return [
        webhook.name
        for webhook in system.declaration.webhooks
        if any(route.entity == entity.name for route in webhook.events)
    ]
