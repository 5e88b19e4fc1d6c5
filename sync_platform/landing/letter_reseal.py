"""Rotates the keys of dead letters: what an older key sealed is sealed anew by the newest one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sync_platform.landing.database import Connection
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.queries import queries

_CHUNK = 1_000
_KINDS = ("letters", "edits")


@dataclass(frozen=True)
class Resealed:
    """Of `payloads` sealed ones `current` had the newest key already, `resealed` have it now, or would have.

    `unopened` no key opens: they stay as they are.
    """

    payloads: int = 0
    current: int = 0
    resealed: int = 0
    unopened: int = 0

    @property
    def only_newest_needed(self) -> bool:
        """Whether nothing is left that an older key could open."""
        return self.payloads == self.current + self.resealed


def reseal_letters(connection: Connection, seal: LetterSeal, *, dry_run: bool) -> Resealed:
    """Seal everything by the newest key, a thousand payloads to a transaction; stopped between two, run it again."""
    done = Resealed()
    for kind in _KINDS:
        for chunk in _chunks(connection, kind):
            anew = [
                (number, payload, seal.sealed_anew(payload)) for number, payload in chunk if not seal.is_newest(payload)
            ]
            opened = [one for one in anew if one[2] is not None]
            if opened and not dry_run:
                numbers, before, sealed_anew = zip(*opened, strict=True)
                values = {"numbers": list(numbers), "before": list(before), "sealed_anew": list(sealed_anew)}
                with connection.transaction():
                    connection.execute(queries("letter_reseal")[f"reseal_{kind}"], values)
            done = Resealed(
                payloads=done.payloads + len(chunk),
                current=done.current + len(chunk) - len(anew),
                resealed=done.resealed + len(opened),
                unopened=done.unopened + len(anew) - len(opened),
            )
    return done


def _chunks(connection: Connection, kind: str) -> Iterator[list[tuple[int, bytes]]]:
    after = 0
    query = queries("letter_reseal")[f"sealed_{kind}"]
    while rows := connection.execute(query, {"after": after, "limit": _CHUNK}).fetchall():
        yield [(number, bytes(payload)) for number, payload in rows]
        after = rows[-1][0]
