"""Dead letters: records that could not be taken in, each once, with its reason, until somebody resolves it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from hashlib import sha256
from uuid import UUID

from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import LetterSeal
from sync_platform.landing.queries import queries

# So many wait in memory at most, however many records of a load are rejected.
MOST_KEPT = 500


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A rejected record: its payload as received, and why. `record_key` is None where even the key is unreadable.

    `source_version` is None where that cannot be read either; `observed_at` is by the partner's clock.
    """

    business_day: date
    record_key: str | None
    reason: str
    field: str
    message: str
    payload: bytes
    source_version: int | None = None
    observed_at: datetime | None = None
    as_of: datetime | None = None
    exchange_id: UUID | None = None
    delivery_id: int | None = None


@dataclass(frozen=True)
class MetBy:
    """The load that met rejected records: `way` is whole_day, current, delta, file or out.

    A load applies what was polled and what webhooks brought alike: a letter with a delivery came by `webhook`, one
    whose exchange is a file by `file`, whatever the load's way is.
    """

    load_id: UUID
    way: str
    correlation_id: UUID


class StagedLetters:
    """The dead letters of one load, in a temporary table of its connection until they are stored or thrown away."""

    def __init__(self, connection: Connection, table: EntityTable, seal: LetterSeal) -> None:
        self._connection = connection
        self._table = table
        self._seal = seal
        self._kept: list[DeadLetter] = []
        self._staged = 0
        self.first: DeadLetter | None = None

    def __len__(self) -> int:
        return self._staged + len(self._kept)

    @property
    def is_full(self) -> bool:
        """Whether so many are in memory that they should be staged."""
        return len(self._kept) >= MOST_KEPT

    def extend(self, letters: Iterable[DeadLetter]) -> None:
        """Add letters; nothing is written yet."""
        self._kept.extend(letters)
        if self.first is None and self._kept:
            self.first = self._kept[0]

    def stage(self) -> None:
        """Move what is in memory into the temporary table; not within a transaction that may be rolled back."""
        if not self._kept:
            return
        self._connection.execute(queries("dead_letters")["create_staged"])
        if not self._staged:
            self._connection.execute("delete from staged_letter")
        with (
            self._connection.cursor() as cursor,
            cursor.copy(queries("dead_letters")["copy_staged"]) as copy,
        ):
            for letter in self._kept:
                copy.write_row(self._row(letter))
        self._staged += len(self._kept)
        self._kept.clear()

    def store(self, met_by: MetBy) -> None:
        """Store what is staged in the caller's transaction; the same bytes met again count as one more attempt."""
        if self._kept:
            raise RuntimeError("letters are staged before the transaction that stores them")
        if self._staged:
            self._connection.execute(
                queries("dead_letters")["store"],
                {
                    "system": self._table.system,
                    "entity": self._table.entity,
                    "contract_version": self._table.contract.version,
                    **asdict(met_by),
                },
            )

    def _row(self, letter: DeadLetter) -> tuple[object, ...]:
        kept = self._seal.keep(letter.payload, self._table.contract)
        return (
            letter.business_day,
            letter.record_key,
            letter.reason,
            letter.field,
            letter.message,
            letter.source_version,
            letter.observed_at,
            letter.as_of,
            letter.exchange_id,
            letter.delivery_id,
            kept.payload,
            kept.sealed,
            payload_hash(letter.payload),
        )


def insert_dead_letters(
    connection: Connection, table: EntityTable, letters: Sequence[DeadLetter], *, met_by: MetBy, seal: LetterSeal
) -> None:
    """Stage and store letters in the caller's transaction, all or none."""
    staged = StagedLetters(connection, table, seal)
    staged.extend(letters)
    staged.stage()
    staged.store(met_by)


def payload_hash(payload: bytes) -> bytes:
    """What tells two dead letters apart."""
    return sha256(payload).digest()
