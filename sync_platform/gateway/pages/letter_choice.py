"""Which dead letters an address or a form means."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode

from sync_platform.errors import AccessRefused
from sync_platform.gateway.pages.visit import Visit
from sync_platform.landing.letter_queue import STATES, KeptLetter, Selection, not_open, select_letters

REASON = ("system", "entity", "reason", "field")
"""By what an address or a form names the letters of one reason."""
_MOST_DIGITS = 18


def chosen_state(values: Mapping[str, str]) -> str | None:
    """The state; open where none is named, None for any. Raises AccessRefused for what is none."""
    state = values.get("state") or "open"
    if state not in (*STATES, "any"):
        raise AccessRefused("There is no such state of a dead letter.", status=404)
    return None if state == "any" else state


def chosen_reason(values: Mapping[str, str]) -> Selection:
    """The letters of one entity with one reason and field, in the named state. Raises AccessRefused."""
    missing = [name for name in ("system", "entity", "reason") if not values.get(name)]
    if missing:
        raise AccessRefused("Choose a reason from the list of dead letters.", status=404)
    return Selection(
        system=values["system"],
        entity=values["entity"],
        reason=values["reason"],
        field=values.get("field", ""),
        state=chosen_state(values),
    )


def reason_query(selection: Selection) -> str:
    """The selection as the query of an address."""
    return urlencode(
        {
            "system": selection.system or "",
            "entity": selection.entity or "",
            "reason": selection.reason or "",
            "field": selection.field or "",
            "state": selection.state or "any",
        }
    )


def named_letter(visit: Visit) -> KeptLetter:
    """The letter of the address. Raises AccessRefused when there is none."""
    number = read_number(visit.path["number"])
    wanted = Selection(numbers=() if number is None else (number,), state=None)
    for letter in select_letters(visit.connection, wanted, limit=1):
        return letter
    raise AccessRefused("There is no such dead letter.", status=404)


def named_open_letter(visit: Visit) -> KeptLetter:
    """The letter of the address, which is open. Raises AccessRefused, and DeclarationError when it is not."""
    letter = named_letter(visit)
    if letter.state != "open":
        raise not_open(letter.dead_letter_id, letter.state)
    return letter


def read_number(text: str) -> int | None:
    """A number as an address has it; None for anything else, and for one that is none of the database's."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS else None
