"""Whether an entity's declared `poll` is over: what changes slowly is not asked for as often as its system's orders."""

from __future__ import annotations

from datetime import timedelta

from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.watermarks import read_watermark
from sync_platform.pull.tools import PullTools

# Who asks comes by every few seconds: a poll that is over in an instant is asked for now and not a round later.
_ROUND = timedelta(seconds=1)


def poll_is_due(tools: PullTools, entity: Entity, *, pace: timedelta) -> bool:
    """Whether to ask what changed, by the last complete answer; `pace` is how often whoever asks comes by.

    An entity that is polled as often as that is due each time. Raises LandingUnavailable.
    """
    poll = entity.declaration.poll
    if poll <= pace:
        return True
    with tools.database.connect() as connection:
        mark = read_watermark(connection, entity.system, entity.name)
    return mark is None or tools.clock.now() - mark.looked_at >= poll - _ROUND
