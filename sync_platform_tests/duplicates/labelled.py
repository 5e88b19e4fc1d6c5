"""The labelled set: the sandbox's hidden people as two partner systems wrote them down, and who is who.

The sandbox makes the set and knows nothing of the linkage; the linkage sees only what the partner systems serve.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sync_platform.duplicates.customer import Customer, read_customer
from sync_platform.duplicates.linkage import Pair
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.people import Person, derive_people
from sync_platform.sandbox.pos.customers import AGAIN_SHARE as POS_AGAIN
from sync_platform.sandbox.pos.customers import MemberNames
from sync_platform.sandbox.registrations import who_registered
from sync_platform.sandbox.shop.customers import AGAIN_SHARE as SHOP_AGAIN
from sync_platform.sandbox.shop.customers import AccountNames

Record = tuple[str, str]


@dataclass(frozen=True)
class Labelled:
    """Customers of both systems, and the person behind each record."""

    customers: list[Customer]
    person: dict[Record, Person]
    owner: dict[Record, int]

    @property
    def truth(self) -> set[tuple[Record, Record]]:
        """Every pair of records of one person."""
        records: dict[int, list[Record]] = defaultdict(list)
        for record, owner in self.owner.items():
            records[owner].append(record)
        return {couple for each in records.values() for couple in combinations(sorted(each), 2)}


@dataclass(frozen=True)
class Quality:
    """How well proposals fit the truth; `wrong` and `missed` are pairs."""

    precision: float
    recall: float
    wrong: set[tuple[Record, Record]]
    missed: set[tuple[Record, Record]]


def labelled(households: int, *, seed: int = 7) -> Labelled:
    """Nearly everybody has a card of the POS, three of four an account in the shop."""
    draws = Draws(seed)
    people = derive_people(np.arange(1, households + 1), draws)
    every = np.arange(len(people))
    customers: list[Customer] = []
    owner: dict[Record, int] = {}
    for system, share, again in (("pos", 0.95, POS_AGAIN), ("shop", 0.75, SHOP_AGAIN)):
        there = every[draws.shares(f"labelled {system}", every) < share]
        persons, keys = who_registered(draws, system, there, again=again)
        names = (MemberNames if system == "pos" else AccountNames)(draws, keys)
        for record, person in enumerate(persons.tolist()):
            written = names.contact(record, people[person])
            customer = read_customer(
                system,
                f"{record:06d}",
                name=written.get("fullName") or f"{written['first_name']} {written['last_name']}",
                phone=written["mobile"] if system == "pos" else written["phone"],
                email=written["email"],
                town=people[person].city,
                country="LK",
            )
            customers.append(customer)
            owner[customer.record] = person
    return Labelled(customers, {record: people[number] for record, number in owner.items()}, owner)


def quality(pairs: tuple[Pair, ...], truth: set[tuple[Record, Record]]) -> Quality:
    """Precision and recall of proposed pairs."""
    proposed = {(pair.left, pair.right) for pair in pairs}
    right = proposed & truth
    return Quality(len(right) / len(proposed), len(right) / len(truth), proposed - truth, truth - proposed)
