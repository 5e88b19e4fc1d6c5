"""A contract's version, MAJOR.MINOR.PATCH, and which of the three a change must raise."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

_WRITTEN = re.compile(r"(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})")


class Level(IntEnum):
    """How much a version is raised; the order is that of weight.

    `major`: who reads it may break. `minor`: readers get more, or a firmer promise. `patch`: words for people.
    """

    PATCH = 0
    MINOR = 1
    MAJOR = 2

    @property
    def word(self) -> str:
        """As people write it."""
        return self.name.lower()


@dataclass(frozen=True, order=True)
class SemanticVersion:
    """`1.4.0`; 1.10.0 is newer than 1.9.0."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"

    def raised_by(self, level: Level) -> SemanticVersion:
        """The next version of that level: 1.4.2 raised by minor is 1.5.0."""
        match level:
            case Level.MAJOR:
                return SemanticVersion(self.major + 1, 0, 0)
            case Level.MINOR:
                return SemanticVersion(self.major, self.minor + 1, 0)
            case Level.PATCH:
                return SemanticVersion(self.major, self.minor, self.patch + 1)

    def level_from(self, older: SemanticVersion) -> Level | None:
        """The heaviest part in which this version is higher than `older`; None when it is not newer."""
        if self <= older:
            return None
        if self.major != older.major:
            return Level.MAJOR
        return Level.MINOR if self.minor != older.minor else Level.PATCH


def read_version(text: str) -> SemanticVersion:
    """`'1.4.0'` as a version. Raises ValueError for anything else, `1.4` and `v1.4.0` included."""
    match = _WRITTEN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a version; write MAJOR.MINOR.PATCH, like 1.0.0")
    return SemanticVersion(*map(int, match.groups()))
