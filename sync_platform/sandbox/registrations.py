"""Who is registered with a partner system, since when and how often, and when those records were edited."""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.colombo import DAY_MS, HOUR_MS, OFFSET_MS
from sync_platform.sandbox.columns import IntArray, Times
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.world import World

EDITED_A_DAY = 0.015
"""Records that are edited on any one day."""
LONG_AGO_SHARE = 0.85
"""Customers who registered in the three years before the data begins."""
_YEARS_BEFORE = 1000
_OPEN, _CLOSE = 6 * HOUR_MS, 23 * HOUR_MS
"""Registrations and edits happen in waking hours."""
_COPIES = 4


@dataclass(frozen=True, kw_only=True)
class Registrations:
    """One element per record, in the order of registration: whose it is, the key of its draws, and since when."""

    person: IntArray
    keys: IntArray
    created: Times

    def __len__(self) -> int:
        return len(self.person)

    def first_of(self, person: int) -> int | None:
        """The record of a person's first registration."""
        found = np.flatnonzero((self.person == person) & (self.keys % _COPIES == 0))
        return int(found[0]) if len(found) else None


def who_registered(draws: Draws, system: str, persons: IntArray, *, again: float) -> tuple[IntArray, IntArray]:
    """Persons and draw keys, those who registered a second time twice; a few of these did a third time."""
    person, keys = [persons], [persons * _COPIES]
    for copy in (1, 2):
        persons = persons[draws.shares(f"{system} registered again {copy}", persons) < again * (1 if copy == 1 else 3)]
        person.append(persons)
        keys.append(persons * _COPIES + copy)
    return np.concatenate(person), np.concatenate(keys)


def derive_registrations(world: World, system: str, persons: IntArray, *, again: float) -> Registrations:
    """First registrations lie before the first basket of the household, second ones anywhere in the data's time."""
    person, keys = who_registered(world.draws, system, persons, again=again)
    first_day, last_day = int(world.baskets.day.min()), int(world.baskets.day.max())
    long_ago = (keys % _COPIES == 0) & (world.draws.shares(f"{system} long ago", keys) < LONG_AGO_SHARE)
    before = world.draws.between(f"{system} days before", keys, 1, _YEARS_BEFORE)
    during = world.draws.between(f"{system} days after", keys, 0, last_day - first_day)
    day = np.where(long_ago, first_day - before, first_day + during)
    head = (keys % _COPIES == 0) & (person < len(world.first_day))
    day = np.where(head, np.minimum(day, world.first_day[np.minimum(person, len(world.first_day) - 1)] - 1), day)
    created = _at_day(day, world.draws.between(f"{system} hour", keys, _OPEN, _CLOSE))
    order = np.lexsort((keys, created))
    return Registrations(person=person[order], keys=keys[order], created=created[order])


def edits(world: World, system: str, registered: Registrations) -> tuple[IntArray, Times, IntArray]:
    """Record, moment and running number of every edit in the data's time, after the registration."""
    first_day = int(world.baskets.day.min())
    days = int(world.baskets.day.max()) - first_day + 1
    cells = registered.keys[:, None].astype(np.int64) * 4096 + np.arange(days)[None, :]
    record, day = np.nonzero(world.draws.shares(f"{system} edited", cells) < EDITED_A_DAY)
    moment = _at_day(first_day + day, world.draws.between(f"{system} edited at", cells[record, day], _OPEN, _CLOSE))
    later = moment > registered.created[record] + HOUR_MS
    record, moment = record[later], moment[later]
    number = np.arange(len(record)) - np.searchsorted(record, record) + 1
    return record, moment, number


def _at_day(day: IntArray, milliseconds: IntArray) -> Times:
    moments: Times = day.astype(np.int64) * DAY_MS - OFFSET_MS + milliseconds
    return moments
