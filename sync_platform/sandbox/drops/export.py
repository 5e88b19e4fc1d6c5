"""One file that a partner system leaves: which day it is of, when it was produced, and what stands in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class Export:
    """`companions` are written beside it, by what their names add to its own; the last of them says that it is done."""

    folder: str
    name: str
    content: bytes
    produced_ms: int
    companions: Sequence[tuple[str, bytes]] = ()


class Exporter(Protocol):
    """A partner system that leaves files. `keeps_days` is how far back it still has them."""

    folder: str
    keeps_days: int

    def export(self, day: int, *, at_ms: int) -> Export:
        """The file of a Colombo day as it was produced at a moment."""


def digest_line(name: str, content: bytes) -> bytes:
    """As sha256sum writes it."""
    return f"{sha256(content).hexdigest()}  {name}\n".encode()
