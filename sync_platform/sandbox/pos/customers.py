"""POS customers: members as cashiers typed them in, one name field, a mobile number, seldom an e-mail address."""

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, OFFSET_MS
from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.handwriting import Habits, Handwriting, Writing, email_text, mistyped, phone_text, spelled
from sync_platform.sandbox.people import Person
from sync_platform.sandbox.registrations import derive_registrations, edits
from sync_platform.sandbox.world import World

AGAIN_SHARE = 0.04
"""Members who registered a second time, mostly for want of their card."""
RELATIVE_SHARE = 0.6
"""Relatives of a household's first customer who have a card of their own."""
HABITS = Habits(
    spelling=0.15,
    typo=0.06,
    second_name=0.5,
    name=((0.10, "swapped"), (0.18, "initials"), (0.18, "upper"), (0.05, "comma"), (0.07, "title"), (0.03, "script")),
    phone=((0.10, "missing"), (0.02, "wrong digit")),
    email=((0.55, "missing"), (0.08, "upper"), (0.05, "capital"), (0.05, "dots"), (0.03, "typo")),
)
FIRST_NUMBER = 100_001


class MemberNames:
    """How cashiers wrote the members down; the key of a record's draws decides."""

    def __init__(self, draws: Draws, keys: IntArray) -> None:
        self._written = Handwriting(draws, "pos", keys)

    def contact(self, record: int, person: Person) -> Document:
        """Full name, mobile and e-mail as they stand in the POS."""
        writing = self._written.of(record)
        return {
            "fullName": _full_name(person, writing),
            "mobile": phone_text(person.phone, writing, HABITS.phone) or None,
            "email": email_text(person.email, writing, HABITS.email) or None,
        }


class Customers:
    """The record number of a member is the card's number less FIRST_NUMBER."""

    name = "customers"

    def __init__(self, world: World, clock: SystemClock) -> None:
        self._world, self._clock = world, clock
        self.registered = derive_registrations(world, "pos", members(world), again=AGAIN_SHARE)
        self._names = MemberNames(world.draws, self.registered.keys)
        self._points = world.draws.between("points", self.registered.keys, 0, 4000).tolist()
        self.feed = self._build_feed()

    def _build_feed(self) -> Feed:
        record, moment, number = edits(self._world, "pos", self.registered)
        every = np.arange(len(self.registered))
        happened = np.concatenate((self.registered.created, moment))
        records = np.concatenate((every, record))
        return Feed.of_versions(
            record=records,
            happened=happened,
            changed=happened,
            visible=happened + self._world.lateness("member", happened * 4096 + records),
            content={"edit": np.concatenate((np.zeros(len(every), dtype=np.int64), number))},
            clock=self._clock,
        )

    def person(self, record: int) -> int:
        """Whose record it is; known to nobody but the tests."""
        return int(self.registered.person[record])

    def key(self, record: int) -> str:
        """`L0100001`."""
        return f"L{FIRST_NUMBER + record:07d}"

    def record(self, key: str) -> int | None:
        """The member of a card number."""
        number = int(key[1:]) - FIRST_NUMBER if key[:1] == "L" and key[1:].isdigit() and len(key) == 8 else -1
        return number if 0 <= number < len(self.registered) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows that became true on a day."""
        start = day * DAY_MS - OFFSET_MS
        changed = self.feed.changed(np.arange(len(self.feed)))
        return np.flatnonzero((changed >= start) & (changed < start + DAY_MS))

    def touch(self, rows: IntArray, *, now: int) -> int:
        """Ten more points."""
        self.feed.touch(rows, now=now, stamp=now)
        return self._clock.stamp(now)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Members as JSON objects."""
        record = self.feed.record(rows)
        fields = zip(
            record.tolist(),
            (self.feed.content("edit", rows) + self.feed.revision(rows)).tolist(),
            self._clock.stamps(self.registered.created[record]).tolist(),
            self.feed.changed(rows).tolist(),
            strict=True,
        )
        return [self._record(*values) for values in fields]

    def _record(self, record: int, edit: int, joined_at: int, modified_at: int) -> Document:
        person = self._world.people[self.person(record)]
        return {
            "customerNo": self.key(record),
            **self._names.contact(record, person),
            "town": person.city.upper(),
            "points": self._points[record] + 10 * edit,
            "active": True,
            "joinedAt": joined_at,
            "modifiedAt": modified_at,
        }


def members(world: World) -> IntArray:
    """The people who have a card: every household's first customer, and some of the relatives."""
    every = np.arange(len(world.people))
    joins = world.draws.shares("pos relative", every) < RELATIVE_SHARE
    return every[(every < len(world.households)) | joins]


def _full_name(person: Person, writing: Writing) -> str:
    way = writing.way("name", HABITS.name)
    given = spelled(person.given, "given", writing, share=HABITS.spelling)
    family = spelled(person.family, "family", writing, share=HABITS.spelling)
    if writing.happens("typo", HABITS.typo):
        family = mistyped(family, writing)
    second = person.second if writing.happens("second", HABITS.second_name) else None
    both = f"{given} {second.latin}" if second else given
    initials = f"{given[0]}.{second.latin[0]}." if second else f"{given[0]}."
    ways = {
        "swapped": f"{family} {both}",
        "initials": f"{initials} {family}",
        "upper": f"{both} {family}".upper(),
        "comma": f"{family}, {both}",
        "title": f"Mr/Ms {both} {family}",
        "script": f"{person.given.script} {person.family.script}",
    }
    return ways.get(way, f"{both} {family}")
