"""The guard at each way in: while a freeze window covers the moment, nothing is asked for and nothing changes."""

from __future__ import annotations

from datetime import datetime

from sync_platform.declarations.partner_system import Entity
from sync_platform.errors import PipelineFrozen


def refuse_frozen(entity: Entity, now: datetime) -> None:
    """Raise PipelineFrozen that says until when, why, and how to load all the same."""
    freeze = entity.freeze_at(now)
    if freeze is not None:
        until = freeze.ends_at.astimezone(entity.calendar.zone)
        raise PipelineFrozen(
            f"{entity.address} is frozen until {until:%Y-%m-%d %H:%M} ({freeze.reason}); nothing was asked or changed. "
            f"To load before then, shorten the window under freezes in sync_platform/defs/{entity.system}/defs.yaml."
        )
