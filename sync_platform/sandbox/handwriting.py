"""How a customer's name, telephone number and e-mail address come to be written: by clerks, by customers, by phones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from sync_platform.sandbox.columns import IntArray
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.names import Name

Habit = Sequence[tuple[float, str]]
"""How often each way is taken; what is left over is the plain way."""


@dataclass(frozen=True, kw_only=True)
class Habits:
    """One partner system's ways, as shares of its records."""

    spelling: float
    typo: float
    second_name: float
    name: Habit
    phone: Habit
    email: Habit


@dataclass(frozen=True)
class Writing:
    """One record's draws, each in [0, 1)."""

    of: Callable[[str], float]

    def way(self, what: str, habit: Habit) -> str:
        """The way taken; `plain` when none of them is."""
        share = self.of(what)
        for (_, way), upto in zip(habit, accumulate(part for part, _ in habit), strict=True):
            if share < upto:
                return way
        return "plain"

    def happens(self, what: str, share: float) -> bool:
        return self.of(what) < share

    def index(self, what: str, count: int) -> int:
        return int(self.of(what) * count)


DRAWN = (
    *("given spelling", "given which", "family spelling", "family which", "second", "name", "typo", "typo at"),
    *("typo how", "phone", "phone format", "phone digit", "email", "email at", "other email"),
)


class Handwriting:
    """The draws of all of a partner system's records."""

    def __init__(self, draws: Draws, system: str, keys: IntArray) -> None:
        self._shares = {name: draws.shares(f"{system} customer {name}", keys).tolist() for name in DRAWN}

    def of(self, record: int) -> Writing:
        return Writing(lambda name: float(self._shares[name][record]))


def spelled(name: Name, what: str, writing: Writing, *, share: float) -> str:
    """The usual spelling, or now and then another."""
    if name.spellings and writing.happens(f"{what} spelling", share):
        return name.spellings[writing.index(f"{what} which", len(name.spellings))]
    return name.latin


def mistyped(text: str, writing: Writing) -> str:
    """Two letters swapped, one left out or one doubled; never the first."""
    if len(text) < 4:
        return text
    at = 1 + writing.index("typo at", len(text) - 2)
    how = writing.index("typo how", 3)
    if how == 0 and text[at] != text[at + 1]:
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + text[at + 1 :] if how == 1 else text[: at + 1] + text[at:]


def phone_text(number: str, writing: Writing, habit: Habit) -> str:
    """A national number as somebody wrote it; empty where none was given."""
    way = writing.way("phone", habit)
    if way == "missing":
        return ""
    if way == "wrong digit":
        at = 4 + writing.index("phone digit", 5)
        number = f"{number[:at]}{(int(number[at]) + 1) % 10}{number[at + 1 :]}"
    formats = (
        f"+94 {number[:2]} {number[2:5]} {number[5:]}",
        f"0{number}",
        f"0{number[:2]}-{number[2:]}",
        f"0{number[:2]} {number[2:5]} {number[5:]}",
        f"+94{number}",
        f"0094{number}",
        f"94{number}",
        f"(0{number[:2]}) {number[2:]}",
    )
    return formats[writing.index("phone format", len(formats))]


def email_text(email: str, writing: Writing, habit: Habit) -> str:
    """An address as somebody wrote it; empty where none was given."""
    local, _, domain = email.partition("@")
    match writing.way("email", habit):
        case "missing":
            return ""
        case "upper":
            return email.upper()
        case "capital":
            return f"{local.title()}@{domain}"
        case "dots":
            return f"{local.replace('.', '')}@{domain}"
        case "tag":
            return f"{local}+{('shop', 'offers', 'lk')[writing.index('email at', 3)]}@{domain}"
        case "typo":
            return f"{mistyped(local, writing)}@{domain}"
        case "another":
            return f"{local.split('.')[0]}{1960 + writing.index('other email', 45)}@{domain}"
    return email
