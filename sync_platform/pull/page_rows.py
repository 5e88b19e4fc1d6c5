"""Reads the records of one entity by the page and writes them as rows of a business day.

Imports nothing but contracts and the row writer: a reading process holds 25 MB instead of 50.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from types import MappingProxyType
from uuid import UUID

from sync_platform.contracts.business_day import BusinessCalendar
from sync_platform.contracts.contract import Contract, EntityKind, FieldType
from sync_platform.contracts.record import RecordReader
from sync_platform.contracts.record_batch import BatchReader, RecordBatch
from sync_platform.errors import RecordRejected
from sync_platform.landing.row import RowWriter, StagedRows

# PostgreSQL's index rows hold 2,704 bytes (an eighth of a page's third); a longer key would fail the whole load.
MOST_KEY_BYTES = 2_000
WRONG_DAY = "wrong_day"
"""The reason of a record that came for another business day than its own."""


@dataclass(frozen=True, slots=True)
class PageRecords:
    """A page's records as JSON texts, and what is true of all of them.

    `as_of` holds for records that name no moment of their own; `requested_at` is by the partner's clock.
    """

    raws: list[bytes]
    requested_at: datetime
    as_of: datetime
    exchange_id: UUID


@dataclass(frozen=True, slots=True)
class PageRows:
    """A page's good records as COPY text, `count` of them, and the positions of the others with what is wrong."""

    text: bytes
    count: int
    rejected: list[tuple[int, RecordRejected]]


class PageReader:
    """Reads records of one contract. Building one compiles its expressions and structs."""

    def __init__(self, contract: Contract, *, picks: Mapping[str, str], calendar: BusinessCalendar) -> None:
        self._contract = contract
        self._key_texts = [
            contract.columns.index(name) for name in contract.key if contract.field(name).type is FieldType.TEXT
        ]
        self.reader = RecordReader(contract, picks=picks, calendar=calendar)
        self._batches = BatchReader(contract, picks=picks, calendar=calendar, reader=self.reader)
        self.writer = RowWriter(contract)

    def read(self, raws: Sequence[bytes], *, text: bytes | None = None) -> RecordBatch:
        """The records in `raws`; rejected is what breaks its contract or cannot be a row of ours.

        `text` is all of them as one JSON list, where the caller has it.
        """
        batch = self._batches.read(raws, text=text)
        refused: dict[int, RecordRejected] = {}
        keys = [batch.columns[index] for index in self._key_texts]
        # No character takes more than four bytes.
        if sum(max(map(len, key), default=0) for key in keys) * 4 > MOST_KEY_BYTES:
            name = self._contract.columns[self._key_texts[0]]
            error = RecordRejected("key_too_long", name, f"the key has more than {MOST_KEY_BYTES} bytes")
            for index, parts in enumerate(zip(*keys, strict=True)):
                if len("".join(parts).encode()) > MOST_KEY_BYTES:
                    refused[index] = error
        return batch.without(refused) if refused else batch

    def rows_of_day(
        self,
        page: PageRecords,
        day: date,
        *,
        text: bytes | None = None,
        broken: Mapping[int, RecordRejected] = MappingProxyType({}),
    ) -> PageRows:
        """The page as rows of the business day that it was asked for; `broken` are known to be so, by position."""
        batch = of_the_day(self._contract, without_broken(self.read(page.raws, text=text), broken), day)
        count = len(batch.positions)
        rows = StagedRows(
            columns=batch.columns,
            business_days=[day] * count,
            source_versions=batch.versions,
            observed_at=[page.requested_at] * count,
            as_of=[as_of or page.as_of for as_of in batch.as_of],
            exchange_ids=[page.exchange_id] * count,
        )
        return PageRows(text=self.writer.text(rows), count=count, rejected=batch.rejected)


def without_broken(batch: RecordBatch, broken: Mapping[int, RecordRejected]) -> RecordBatch:
    """The batch without the records that were broken before they were read; their own reasons take precedence."""
    if not broken:
        return batch
    known = replace(batch, rejected=[(at, broken.get(at, error)) for at, error in batch.rejected])
    return known.without({index: broken[at] for index, at in enumerate(batch.positions) if at in broken})


def of_the_day(contract: Contract, batch: RecordBatch, day: date) -> RecordBatch:
    """The batch without records that name another day than the one asked for."""
    name = contract.business_day_field
    if contract.kind is EntityKind.STATE or name is None or batch.days.count(day) == len(batch.days):
        return batch
    return batch.without(
        {
            index: RecordRejected(WRONG_DAY, name, f"belongs to {other}, but came in the answer for {day}")
            for index, other in enumerate(batch.days)
            if other is not None and other != day
        }
    )
