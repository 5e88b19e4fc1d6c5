"""Replays a range of days, oldest first: each entity's day, then what is derived of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from sync_platform.declarations.partner_system import Entity
from sync_platform.replay.day import DayReplay, replay_day
from sync_platform.replay.derived import Refreshed, derived_of, refresh
from sync_platform.replay.replaying import Replaying


def replay_days(
    replaying: Replaying, entities: Sequence[Entity], days: Sequence[date]
) -> Iterator[DayReplay | Refreshed]:
    """What was done, as soon as it is: stopped between two, what was done stays done. Raises as `replay_day`."""
    for day in days:
        for entity in entities:
            yield replay_day(replaying, entity, day=day)
        for derivation in derived_of(replaying.derived, entities):
            yield refresh(replaying.tools, derivation, day=day)
