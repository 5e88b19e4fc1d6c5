"""The load ledger: one row per load and business day, written in the transaction that publishes its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from sync_platform import __version__
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class Load:
    """One load of one entity and business day: its counts, clocks and outcome. Counts as in promise 3.

    `started_at` is when it had the day's lease, or, without one, when it was tried; `seconds` include the wait for it.
    """

    load_id: UUID
    system: str
    entity: str
    business_day: date
    way: str
    outcome: str
    started_at: datetime
    correlation_id: UUID
    contract_version: str
    read: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    superseded: int = 0
    dead_lettered: int = 0
    tombstoned: int = 0
    revived: int = 0
    moved: int = 0
    changed_without_version: int = 0
    partner_count: int | None = None
    pages: int = 0
    requests: int = 0
    response_bytes: int = 0
    as_of: datetime | None = None
    looked_at: datetime | None = None
    loaded_at: datetime | None = None
    seconds: float = 0.0
    error_kind: str | None = None
    error: str | None = None
    fencing_token: int | None = None
    run_id: str | None = None
    platform_version: str = __version__

    @property
    def ok(self) -> bool:
        """Whether the day is now as the partner has it."""
        return self.outcome in ("published", "empty")


def insert_load(connection: Connection, load: Load) -> None:
    """Write the load's row in the caller's transaction; writing it twice is harmless."""
    connection.execute(queries("loads")["insert"], asdict(load))


def is_committed(connection: Connection, load_id: UUID) -> bool:
    """Whether a load's transaction was committed: asked after an error on COMMIT (promise 10)."""
    row = connection.execute(queries("loads")["outcome"], {"load_id": load_id}).fetchone()
    return row is not None and row[0] in ("published", "empty")


def days_done_by_runs(connection: Connection, run_ids: Sequence[str], *, system: str, entity: str) -> set[date]:
    """The days that these runs have settled already, so that a retry does not read them again."""
    wanted = {"run_ids": list(run_ids), "system": system, "entity": entity}
    rows = connection.execute(queries("loads")["done_by_runs"], wanted)
    return {day for (day,) in rows}


def unreported_loads(connection: Connection, system: str, *, limit: int) -> list[tuple[Load, int, str]]:
    """The newest published load of each day that Dagster was not told about, with the day's live rows and state."""
    cursor = connection.execute(queries("loads")["unreported"], {"system": system, "limit": limit})
    names = [column.name for column in cursor.description or ()]
    loads = []
    for row in cursor:
        values = dict(zip(names, row, strict=True))
        rows, state = values.pop("day_rows"), values.pop("day_state")
        loads.append((Load(**values), int(rows), str(state)))
    return loads
