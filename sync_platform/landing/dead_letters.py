"""Dead letters: records that could not be taken in, each once, with its reason, until somebody resolves it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable

# So many wait in memory at most, however many records of a load are rejected.
MOST_KEPT = 500
_CREATE = """
create temporary table if not exists staged_letter (
    ordinal bigint generated always as identity, business_day date, record_key text, reason text, field text,
    message text, payload bytea, payload_hash bytea
)
"""
_COPY = """
copy staged_letter (business_day, record_key, reason, field, message, payload, payload_hash) from stdin
"""
# The same bytes twice in one load are one letter with two attempts, as they would be one after the other.
_STORE = """
insert into sync.dead_letter as letter (
    system, entity, business_day, record_key, reason, field, message, payload, payload_hash, contract_version, load_id,
    attempts
)
select %(system)s, %(entity)s, business_day, record_key, reason, field, message, payload, payload_hash,
    %(contract_version)s, %(load_id)s, attempts
from (
    select distinct on (payload_hash) *, count(*) over (partition by payload_hash) as attempts
    from staged_letter order by payload_hash, ordinal desc
) as newest
order by ordinal
on conflict (system, entity, payload_hash) where state = 'open' do update
set attempts = letter.attempts + excluded.attempts, last_at = now(), load_id = excluded.load_id,
    reason = excluded.reason, field = excluded.field, message = excluded.message,
    contract_version = excluded.contract_version
"""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A rejected record: its payload as received, and why. `record_key` is None where even the key is unreadable."""

    business_day: date
    record_key: str | None
    reason: str
    field: str
    message: str
    payload: bytes


class StagedLetters:
    """The dead letters of one load, in a temporary table of its connection until they are stored or thrown away."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
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
        self._connection.execute(_CREATE)
        if not self._staged:
            self._connection.execute("delete from staged_letter")
        with self._connection.cursor() as cursor, cursor.copy(_COPY) as copy:
            for letter in self._kept:
                copy.write_row((*astuple(letter), payload_hash(letter.payload)))
        self._staged += len(self._kept)
        self._kept.clear()

    def store(self, table: EntityTable, *, load_id: UUID) -> None:
        """Store what is staged in the caller's transaction; the same bytes met again count as one more attempt."""
        if self._kept:
            raise RuntimeError("letters are staged before the transaction that stores them")
        if self._staged:
            self._connection.execute(
                _STORE,
                {
                    "system": table.system,
                    "entity": table.entity,
                    "contract_version": table.contract.version,
                    "load_id": load_id,
                },
            )


def insert_dead_letters(
    connection: Connection, table: EntityTable, letters: Sequence[DeadLetter], *, load_id: UUID
) -> None:
    """Stage and store letters in the caller's transaction, all or none."""
    staged = StagedLetters(connection)
    staged.extend(letters)
    staged.stage()
    staged.store(table, load_id=load_id)


def payload_hash(payload: bytes) -> bytes:
    """What tells two dead letters apart."""
    return sha256(payload).digest()
