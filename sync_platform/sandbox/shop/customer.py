"""Synthetic web customers: the same household always has the same invented name and address."""

import numpy as np

from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.entity import Document

_FIRST_NAMES = ("Nimali", "Kasun", "Dilani", "Ruwan", "Sanduni", "Tharindu", "Fathima", "Arjun", "Meena", "Chamari")
_LAST_NAMES = (
    "Perera",
    "Fernando",
    "Silva",
    "Jayasinghe",
    "Bandara",
    "Rajapakse",
    "Nazeer",
    "Selvam",
    "Wickrama",
    "Dias",
)
_STREETS = ("Galle Road", "Temple Road", "Lake Drive", "Station Road", "Flower Road", "Hill Street", "Beach Road")
_CITIES = ("Colombo", "Kandy", "Galle", "Jaffna", "Negombo", "Matara", "Kurunegala")


def billing(household: int, draws: Draws) -> Document:
    """A Woo billing address; mail domain (RFC 2606) and number range belong to nobody."""
    key = np.array([household])

    def pick(name: str, choices: tuple[str, ...]) -> str:
        return choices[int(draws.between(name, key, 0, len(choices) - 1)[0])]

    first, last = pick("first name", _FIRST_NAMES), pick("last name", _LAST_NAMES)
    return {
        "first_name": first,
        "last_name": last,
        "company": "",
        "address_1": f"{1 + household % 240} {pick('street', _STREETS)}",
        "address_2": "",
        "city": pick("city", _CITIES),
        "state": "",
        "postcode": f"{10_000 + household % 900 * 100}",
        "country": "LK",
        "email": f"{first}.{last}.{household}@example.com".lower(),
        "phone": f"+94 70 000 {household % 10_000:04d}",
    }
