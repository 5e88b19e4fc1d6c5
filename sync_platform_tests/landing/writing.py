"""Observations of sales on their way through stage and merge, as a test writes them down."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from psycopg import sql

from sync_platform.contracts.contract import VersionKind
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.merge import (
    ConflictingRecord,
    MergeCounts,
    Repeats,
    conflicting_records,
    merge_stage,
    settle_repeats,
    settle_vanished,
)
from sync_platform.landing.row import RowWriter, StagedRows
from sync_platform.landing.stage import copy_rows, create_temporary_stage

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
DAY = date(2026, 11, 20)


@dataclass(frozen=True)
class Seen:
    """One sale as it was seen `at` seconds after noon, in `version` (None where the contract has none)."""

    amount: str
    version: int | None
    at: int
    id: str = "A"
    day: date = DAY


@dataclass(frozen=True)
class Merged:
    """What became of one batch."""

    repeats: Repeats
    counts: MergeCounts
    conflicting: tuple[ConflictingRecord, ...] = ()


class Writing:
    def __init__(self, connection: Connection, system: PartnerSystem) -> None:
        self.connection = connection
        self.system = system

    def table(self, entity: str) -> EntityTable:
        return EntityTable(self.system.name, self.system.entity(entity).contract)

    def merge(self, entity: str, seen: Iterable[Seen], *, vanished_before: int | None = None) -> Merged:
        """One batch in one transaction."""
        table = self.table(entity)
        with self.connection.transaction():
            stage = create_temporary_stage(self.connection, table)
            copy_rows(
                self.connection,
                stage,
                writer=RowWriter(table.contract),
                rows=self._rows(table, seen),
            )
            repeats = settle_repeats(self.connection, stage)
            before = None if vanished_before is None else NOON + timedelta(seconds=vanished_before)
            counts = merge_stage(self.connection, stage, load_id=uuid4(), vanished_before=before)
            return Merged(repeats, counts, conflicting_records(self.connection, stage))

    def reads_whole(
        self, entity: str, seen: Iterable[Seen], *, at: int, confirmed: bool = True, rejected: tuple[str, ...] = ()
    ) -> MergeCounts:
        """A complete read of DAY that began `at` seconds after noon."""
        table = self.table(entity)
        load_id = uuid4()
        with self.connection.transaction():
            stage = create_temporary_stage(self.connection, table)
            copy_rows(self.connection, stage, writer=RowWriter(table.contract), rows=self._rows(table, seen))
            settle_repeats(self.connection, stage)
            counts = merge_stage(self.connection, stage, load_id=load_id)
            return settle_vanished(
                self.connection,
                stage,
                counts,
                load_id=load_id,
                day=DAY,
                read_at=NOON + timedelta(seconds=at),
                confirmed=confirmed,
                rejected_keys=[f'["{id_}"]' for id_ in rejected],
            )

    def landed(self, entity: str) -> dict[str, str]:
        """Live rows: `{id: amount}`."""
        statement = sql.SQL("select id, amount::text from {} where _deleted_at is null").format(
            self.table(entity).identifier
        )
        return dict(self.connection.execute(statement).fetchall())

    def clear(self, entity: str) -> None:
        self.connection.execute(sql.SQL("delete from {}").format(self.table(entity).identifier))
        self.connection.execute("delete from sync.dead_letter")

    def _rows(self, table: EntityTable, seen: Iterable[Seen]) -> StagedRows:
        items = list(seen)
        versioned = table.contract.source_version.kind is not VersionKind.NONE
        observed_at = [NOON + timedelta(seconds=item.at) for item in items]
        return StagedRows(
            columns=[
                [item.id for item in items],
                [item.day for item in items],
                [Decimal(item.amount) for item in items],
                ["open"] * len(items),
                # `changed` is content too: where there is no version it must not tell two observations apart.
                [NOON + timedelta(seconds=item.version or 0) if versioned else NOON for item in items],
            ],
            business_days=[item.day for item in items],
            source_versions=[item.version if versioned else None for item in items],
            observed_at=observed_at,
            as_of=observed_at,
            exchange_ids=[None] * len(items),
        )
