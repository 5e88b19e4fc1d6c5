"""Web customers: accounts as their owners filled them in, with first and last name, and always an e-mail."""

from functools import lru_cache

import numpy as np

from sync_platform.sandbox.clock import SystemClock
from sync_platform.sandbox.colombo import DAY_MS, OFFSET_MS, SECOND_MS, utc_clocks, wall_clocks
from sync_platform.sandbox.columns import IntArray, Times
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.entity import Document
from sync_platform.sandbox.feed import Feed
from sync_platform.sandbox.handwriting import Habits, Handwriting, Writing, email_text, mistyped, phone_text, spelled
from sync_platform.sandbox.people import Person
from sync_platform.sandbox.registrations import derive_registrations, edits
from sync_platform.sandbox.world import World

AGAIN_SHARE = 0.05
"""Customers who made a second account, with the same address written otherwise or with another one."""
OTHERS_SHARE = 0.5
"""Households that never bought in the shop and have an account all the same."""
RELATIVE_SHARE = 0.5
"""Relatives of a household's first customer who have an account of their own."""
HABITS = Habits(
    spelling=0.12,
    typo=0.04,
    second_name=0.3,
    name=((0.06, "swapped"), (0.07, "initials"), (0.10, "lower"), (0.09, "script")),
    phone=((0.14, "missing"), (0.03, "wrong digit")),
    email=((0.05, "capital"), (0.06, "dots"), (0.05, "tag"), (0.10, "another")),
)
FIRST_ID = 2_001


class AccountNames:
    """How people wrote themselves down; the key of a record's draws decides."""

    def __init__(self, draws: Draws, keys: IntArray) -> None:
        self._written = Handwriting(draws, "shop", keys)

    def contact(self, record: int, person: Person) -> Document:
        """First and last name, telephone and e-mail as they stand in the shop."""
        writing = self._written.of(record)
        first, last = _names(person, writing)
        return {
            "first_name": first,
            "last_name": last,
            "phone": phone_text(person.phone, writing, HABITS.phone),
            "email": email_text(person.email, writing, HABITS.email),
        }


class Customers:
    """The record number of an account is its id less FIRST_ID."""

    name = "customers"

    def __init__(self, world: World, clock: SystemClock) -> None:
        self._world, self._clock = world, clock
        self.registered = derive_registrations(world, "shop", account_holders(world), again=AGAIN_SHARE)
        self._names = AccountNames(world.draws, self.registered.keys)
        self.feed = self._build_feed()
        heads = {household: number for number, household in enumerate(world.households.tolist())}
        self.account_of = lru_cache(maxsize=None)(lambda household: self._account(heads[household]))

    def _build_feed(self) -> Feed:
        record, moment, number = edits(self._world, "shop", self.registered)
        every = np.arange(len(self.registered))
        happened = np.concatenate((self.registered.created, moment))
        records = np.concatenate((every, record))
        return Feed.of_versions(
            record=records,
            happened=happened,
            changed=happened - happened % SECOND_MS,
            visible=happened + self._world.lateness("account", happened * 4096 + records),
            content={"edit": np.concatenate((np.zeros(len(every), dtype=np.int64), number))},
            clock=self._clock,
        )

    def _account(self, person: int) -> tuple[int, Document]:
        record = self.registered.first_of(person)
        if record is None:
            raise LookupError(f"person {person} has no account")
        return FIRST_ID + record, self._billing(record)

    def person(self, record: int) -> int:
        """Whose account it is; known to nobody but the tests."""
        return int(self.registered.person[record])

    def created(self, rows: IntArray) -> Times:
        """When the accounts were made, by the shop's clock."""
        return self._clock.stamps(self.registered.created[self.feed.record(rows)])

    def key(self, record: int) -> str:
        """The account's numeric id."""
        return str(FIRST_ID + record)

    def record(self, key: str) -> int | None:
        """The account of an id."""
        number = int(key) - FIRST_ID if key.isascii() and key.isdigit() and len(key) < 15 else -1
        return number if 0 <= number < len(self.registered) else None

    def day_rows(self, day: int) -> IntArray:
        """Rows that became true on a day."""
        start = day * DAY_MS - OFFSET_MS
        changed = self.feed.changed(np.arange(len(self.feed)))
        return np.flatnonzero((changed >= start) & (changed < start + DAY_MS))

    def touch(self, rows: IntArray, *, now: int) -> int:
        """The address says another floor."""
        stamp = now - now % SECOND_MS
        self.feed.touch(rows, now=now, stamp=stamp)
        return self._clock.stamp(stamp)

    def records(self, rows: IntArray, *, now: int) -> list[Document]:  # noqa: ARG002  a version says the same at any time
        """Accounts as Woo customers; `date_modified` is null until the first edit."""
        edit = self.feed.content("edit", rows) + self.feed.revision(rows)
        created, changed = self.created(rows), self.feed.changed(rows)
        fields = zip(
            self.feed.record(rows).tolist(),
            edit.tolist(),
            wall_clocks(created),
            utc_clocks(created),
            wall_clocks(changed),
            utc_clocks(changed),
            strict=True,
        )
        return [self._record(*values) for values in fields]

    def _record(
        self, record: int, edit: int, created: str, created_gmt: str, modified: str, modified_gmt: str
    ) -> Document:
        billing = self._billing(record) | {"address_2": f"Floor {edit}" if edit else ""}
        return {
            "id": FIRST_ID + record,
            "date_created": created,
            "date_created_gmt": created_gmt,
            "date_modified": modified if edit else None,
            "date_modified_gmt": modified_gmt if edit else None,
            "email": billing["email"],
            "first_name": billing["first_name"],
            "last_name": billing["last_name"],
            "role": "customer",
            "username": f"user{FIRST_ID + record}",
            "billing": billing,
            "is_paying_customer": self.person(record) < len(self._world.households),
            "meta_data": [],
        }

    def _billing(self, record: int) -> Document:
        """A Woo billing address."""
        person = self._world.people[self.person(record)]
        contact = self._names.contact(record, person)
        return {
            "first_name": contact["first_name"],
            "last_name": contact["last_name"],
            "company": "",
            "address_1": person.address,
            "address_2": "",
            "city": person.city,
            "state": "",
            "postcode": person.postcode,
            "country": "LK",
            "email": contact["email"],
            "phone": contact["phone"],
        }


def account_holders(world: World) -> IntArray:
    """The people with an account: who ever bought in the shop, and some of the others and of the relatives."""
    every = np.arange(len(world.people))
    heads = len(world.households)
    share = world.draws.shares("shop account", every)
    bought = np.concatenate((world.on_the_web, np.zeros(len(every) - heads, dtype=bool)))
    return every[bought | (share < np.where(every < heads, OTHERS_SHARE, RELATIVE_SHARE))]


def _names(person: Person, writing: Writing) -> tuple[str, str]:
    """First and last name."""
    way = writing.way("name", HABITS.name)
    given = spelled(person.given, "given", writing, share=HABITS.spelling)
    family = spelled(person.family, "family", writing, share=HABITS.spelling)
    if writing.happens("typo", HABITS.typo):
        given = mistyped(given, writing)
    if person.second is not None and writing.happens("second", HABITS.second_name):
        given = f"{given} {person.second.latin}"
    match way:
        case "swapped":
            return family, given
        case "initials":
            return ".".join(word[0] for word in given.split()) + ".", family
        case "lower":
            return given.lower(), family.lower()
        case "script":
            return person.given.script, person.family.script
    return given, family
