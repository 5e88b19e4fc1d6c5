"""The hidden identities: who the customers are, before any partner system wrote them down in its own way.

No partner system serves this. Two records are of one customer exactly when they are of one person here.
"""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.names import CITIES, STREETS, TONGUES, Name, Tongue

RELATIVE_SHARE = 0.10
"""Households with a second customer: same address and family name, another given name."""
SHARED_PHONE_SHARE = 0.6
"""Relatives who give the household's telephone number as theirs."""
SHARED_EMAIL_SHARE = 0.1
"""Relatives who give the household's e-mail address as theirs."""
SECOND_NAME_SHARE = 0.3
"""People with two given names."""
_DOMAINS = ("example.com", "example.net", "example.org", "mail.example")
"""Domains that belong to nobody (RFC 2606)."""


@dataclass(frozen=True)
class Person:
    """`phone` is the national number without its leading 0, of a range that belongs to nobody."""

    household: int
    given: Name
    second: Name | None
    family: Name
    phone: str
    email: str
    address: str
    city: str
    postcode: str


def derive_people(households: IntArray, draws: Draws) -> tuple[Person, ...]:
    """The first customer of each household in the order given, then the relatives. Common names occur many times."""
    members = _People(np.asarray(households), np.arange(len(households)), draws)
    heads = [members.head(position) for position in range(len(households))]
    related = np.flatnonzero(draws.shares("relative", members.households) < RELATIVE_SHARE)
    number = len(heads)
    return (*heads, *(members.relative(heads[place], place, number + n) for n, place in enumerate(related.tolist())))


class _People:
    """Draws by household, all at once."""

    def __init__(self, households: IntArray, numbers: IntArray, draws: Draws) -> None:
        self.households, self._numbers, self._draws = households, numbers, draws
        names = ("tongue", "given", "other given", "family", "second", "second given", "street", "city", "domain")
        self._shares = {name: draws.shares(f"person {name}", households).tolist() for name in names}
        for name in ("shared phone", "shared email"):
            self._shares[name] = draws.shares(f"relative {name}", households).tolist()

    def head(self, position: int) -> Person:
        tongue = self._tongue(position)
        household = int(self.households[position])
        given, family = self._name(tongue.given, "given", position), self._name(tongue.family, "family", position)
        return Person(
            household=household,
            given=given,
            second=self._second(tongue, given, position),
            family=family,
            phone=_phone(position),
            email=_email(given, family, position, self._one_of(_DOMAINS, "domain", position)),
            address=f"{1 + household % 240} {self._one_of(STREETS, 'street', position)}",
            city=self._one_of(CITIES, "city", position),
            postcode=f"{10_000 + household % 900 * 100}",
        )

    def relative(self, head: Person, position: int, number: int) -> Person:
        tongue = self._tongue(position)
        others = tuple(name for name in tongue.given if name != head.given)
        given = self._name(others, "other given", position)
        email = _email(given, head.family, number, self._one_of(_DOMAINS, "domain", position))
        return Person(
            household=head.household,
            given=given,
            second=None,
            family=head.family,
            phone=head.phone if self._shares["shared phone"][position] < SHARED_PHONE_SHARE else _phone(number),
            email=head.email if self._shares["shared email"][position] < SHARED_EMAIL_SHARE else email,
            address=head.address,
            city=head.city,
            postcode=head.postcode,
        )

    def _tongue(self, position: int) -> Tongue:
        share = self._shares["tongue"][position]
        for tongue in TONGUES:
            share -= tongue.share
            if share < 0:
                return tongue
        return TONGUES[0]

    def _second(self, tongue: Tongue, given: Name, position: int) -> Name | None:
        if self._shares["second"][position] >= SECOND_NAME_SHARE:
            return None
        return self._name(tuple(name for name in tongue.given if name != given), "second given", position)

    def _name(self, names: tuple[Name, ...], what: str, position: int) -> Name:
        """The first of the list are the most common: half of the draws fall on its first third."""
        return names[int(len(names) * self._shares[what][position] ** 1.6)]

    def _one_of(self, choices: tuple[str, ...], what: str, position: int) -> str:
        return choices[int(len(choices) * self._shares[what][position])]


def _phone(number: int) -> str:
    """Spread over 100,000 numbers, so that neighbours in the list are no neighbours on the dial."""
    return f"70{number * 7919 % 100_000:07d}"


def _email(given: Name, family: Name, number: int, domain: str) -> str:
    return f"{given.latin}.{family.latin}{number % 97:02d}{number // 97}@{domain}".lower()
