"""The queue of dead letters as people handle it: by reason, one by one, with what was done, by whom and why."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from psycopg import sql
from psycopg.rows import class_row

from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.letter_seal import KeptPayload, LetterSeal
from sync_platform.landing.queries import queries

STATES = ("open", "replayed", "resolved", "discarded", "superseded")
_CHUNK = 1_000


@dataclass(frozen=True)
class Selection:
    """Which letters are wanted; None means any. `day` to `until` are business days, both included."""

    numbers: tuple[int, ...] | None = None
    system: str | None = None
    entity: str | None = None
    reason: str | None = None
    field: str | None = None
    day: date | None = None
    until: date | None = None
    state: str | None = "open"

    @property
    def is_bulk(self) -> bool:
        """Whether nobody named each letter."""
        return self.numbers is None


@dataclass(frozen=True)
class Decision:
    """Who decided, why, and when."""

    who: str
    why: str
    at: datetime


@dataclass(frozen=True)
class ReasonGroup:
    """Letters of one entity with the same reason, field and state, and the ways in by which they came."""

    system: str
    entity: str
    reason: str
    field: str
    state: str
    letters: int
    attempts: int
    oldest_at: datetime
    newest_at: datetime
    first_day: date
    last_day: date
    ways: list[str]


@dataclass(frozen=True, kw_only=True)
class KeptLetter:
    """One letter. `payload` is as last edited, sealed where `sealed`; None where it is withheld.

    `exchange_id`, `delivery_id` or `file_name` say what brought it, by its `way`.
    """

    dead_letter_id: int
    system: str
    entity: str
    business_day: date
    record_key: str | None
    reason: str
    field: str
    message: str
    state: str
    attempts: int
    first_at: datetime
    last_at: datetime
    way: str | None
    correlation_id: UUID | None
    contract_version: str
    source_version: int | None
    observed_at: datetime | None
    as_of: datetime | None
    exchange_id: UUID | None
    delivery_id: int | None
    file_name: str | None
    load_id: UUID
    decided_by: str | None
    decided_at: datetime | None
    why: str | None
    received_hash: bytes
    payload_hash: bytes
    payload: bytes | None
    sealed: bool
    edited: bool

    def opened(self, seal: LetterSeal) -> bytes | None:
        """The record; None where it is withheld or no key opens it."""
        return None if self.payload is None else seal.open(self.payload, sealed=self.sealed)


@dataclass(frozen=True)
class LetterAction:
    """Something that was done with a letter. The hashes are of its payload before and after."""

    action: str
    who: str
    why: str
    at: datetime
    before_hash: bytes | None
    after_hash: bytes | None


def count_by_reason(connection: Connection, selection: Selection) -> list[ReasonGroup]:
    """The wanted letters by entity, reason, field and state, the most frequent first."""
    with connection.cursor(row_factory=class_row(ReasonGroup)) as cursor:
        return cursor.execute(_wanted("grouped", selection), _values(selection)).fetchall()


def select_letters(connection: Connection, selection: Selection, *, after: int = 0, limit: int) -> list[KeptLetter]:
    """At most `limit` wanted letters with numbers above `after`, in their order."""
    values = {**_values(selection), "after": after, "limit": limit}
    with connection.cursor(row_factory=class_row(KeptLetter)) as cursor:
        return cursor.execute(_wanted("selected", selection), values).fetchall()


def each_chunk(connection: Connection, selection: Selection) -> Iterator[list[KeptLetter]]:
    """All wanted letters, so many at a time that memory stays flat."""
    after = 0
    while letters := select_letters(connection, selection, after=after, limit=_CHUNK):
        yield letters
        after = letters[-1].dead_letter_id


def numbers_of(connection: Connection, selection: Selection) -> list[int]:
    """The numbers of the wanted letters."""
    return [number for (number,) in connection.execute(_wanted("numbers", selection), _values(selection))]


def read_letter(connection: Connection, dead_letter_id: int) -> KeptLetter:
    """One letter. Raises DeclarationError when there is none of that number."""
    found = select_letters(connection, Selection(numbers=(dead_letter_id,), state=None), limit=1)
    if not found:
        raise no_such_letter(dead_letter_id)
    return found[0]


def no_such_letter(dead_letter_id: int) -> DeclarationError:
    """That number is none."""
    return DeclarationError(
        f"there is no dead letter {dead_letter_id}.", remedy="`sync-platform dead-letters list` shows the numbers."
    )


def read_actions(connection: Connection, dead_letter_id: int) -> list[LetterAction]:
    """What was done with a letter, the first thing first."""
    with connection.cursor(row_factory=class_row(LetterAction)) as cursor:
        return cursor.execute(queries("letter_queue")["actions"], {"dead_letter_id": dead_letter_id}).fetchall()


def settle_letters(
    connection: Connection,
    dead_letter_ids: Sequence[int],
    *,
    action: Literal["replayed", "resolved", "discarded", "reopened"],
    decision: Decision,
) -> list[int]:
    """Take the letters out of the queue, or a discarded one back in; the numbers of those that it was done with.

    A letter that somebody else settled meanwhile is left alone.
    """
    values: dict[str, Any] = {
        "dead_letter_ids": list(dead_letter_ids),
        "action": action,
        "state": "open" if action == "reopened" else action,
        "before": "discarded" if action == "reopened" else "open",
        **asdict(decision),
    }
    return [number for (number,) in connection.execute(queries("letter_queue")["settled"], values)]


def record_edit(
    connection: Connection, letter: KeptLetter, kept: KeptPayload, *, after_hash: bytes, decision: Decision
) -> None:
    """Keep an edited payload beside the one received. Raises DeclarationError when the letter is no longer open."""
    values = {"dead_letter_id": letter.dead_letter_id}
    row = connection.execute(queries("letter_queue")["locked"], values).fetchone()
    if row is None or row[0] != "open":
        raise not_open(letter.dead_letter_id, row[0] if row else "gone")
    hashes = {"before_hash": letter.payload_hash, "after_hash": after_hash}
    connection.execute(queries("letter_queue")["edited"], {**values, **hashes, **asdict(kept), **asdict(decision)})


def not_open(dead_letter_id: int, state: str) -> DeclarationError:
    """Only open letters can be changed or replayed."""
    return DeclarationError(
        f"dead letter {dead_letter_id} is {state}, not open.",
        remedy=f"`sync-platform dead-letters show {dead_letter_id}` says who did what.",
    )


def _values(selection: Selection) -> dict[str, Any]:
    return {**asdict(selection), "numbers": list(selection.numbers or ())}


def _wanted(name: str, selection: Selection) -> sql.Composed:
    conditions: list[sql.Composable] = [
        sql.SQL("l.{} = {}").format(sql.Identifier(column), sql.Placeholder(column))
        for column in ("system", "entity", "reason", "field", "state")
        if getattr(selection, column) is not None
    ]
    if selection.numbers is not None:
        conditions.append(sql.SQL("l.dead_letter_id = any (%(numbers)s)"))
    if selection.day is not None:
        conditions.append(sql.SQL("l.business_day >= %(day)s"))
    if selection.until is not None:
        conditions.append(sql.SQL("l.business_day <= %(until)s"))
    wanted = sql.SQL(" and ").join(conditions) if conditions else sql.SQL("true")
    return sql.SQL(queries("letter_queue")[name]).format(wanted=wanted)
