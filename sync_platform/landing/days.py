"""Where each entity and business day stands: complete, partial, held or not obtainable, with its clocks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries


@dataclass(frozen=True)
class DayKey:
    """One entity and business day."""

    system: str
    entity: str
    day: date

    @property
    def values(self) -> dict[str, Any]:
        return {"system": self.system, "entity": self.entity, "day": self.day}


@dataclass(frozen=True)
class EntityDay:
    """What is known of one entity's day. Clocks are UTC or None. `confirmed`: the partner's own count agreed.

    `limited_by` is the branch with the oldest as_of, where the partner reports per branch.
    """

    state: str
    rows: int
    as_of: datetime | None
    looked_at: datetime | None
    loaded_at: datetime | None
    complete_at: datetime | None
    read_began_at: datetime | None
    complete_load_id: UUID | None
    dirty_since: datetime | None
    checked_at: datetime | None
    checks_passed: int
    checks_failed: int
    blocking_failed: int
    confirmed: bool = False
    limited_by: str | None = None


@dataclass(frozen=True)
class BranchClock:
    """One branch's own as_of on a day, and when we were last told of it."""

    branch: str
    as_of: datetime
    looked_at: datetime


@dataclass(frozen=True)
class DayState:
    """The short form, for working out what is owed. `rested` is how long ago the day's rules ran.

    `state` is that of an EntityDay, and `rejected` for a held day that too many rejected records hold.
    """

    entity: str
    day: date
    state: str
    complete_at: datetime | None
    dirty_since: datetime | None
    rested: timedelta | None


def read_day(connection: Connection, key: DayKey) -> EntityDay | None:
    """The day's row, or None when nothing was ever tried."""
    row = connection.execute(queries("days")["read"], key.values).fetchone()
    return EntityDay(*row) if row else None


def read_branches(connection: Connection, key: DayKey) -> tuple[BranchClock, ...]:
    """The day's branch clocks, oldest as_of first; none where the partner does not report per branch."""
    return tuple(BranchClock(*row) for row in connection.execute(queries("days")["read_branches"], key.values))


def read_states(connection: Connection, system: str, *, since: date) -> list[DayState]:
    """The states of all known days of a system from `since` on."""
    rows = connection.execute(queries("days")["states"], {"system": system, "since": since})
    return [DayState(*row) for row in rows]


def days_read_whole(connection: Connection, *, system: str, entity: str, since: date) -> set[date]:
    """The days from `since` on that were read whole and are served."""
    return {
        state.day
        for state in read_states(connection, system, since=since)
        if state.entity == entity and state.state == "complete"
    }


def record_whole(
    connection: Connection,
    key: DayKey,
    *,
    rows: int,
    as_of: datetime,
    looked_at: datetime,
    read_began_at: datetime,
    load_id: UUID,
    checks_passed: int,
    checks_failed: int,
    unchecked: bool = False,
) -> None:
    """The day was read whole and is published by the caller's transaction.

    `unchecked`: newer versions than those checked stay served, so the day's rules are due.
    """
    connection.execute(
        queries("days")["record_whole"],
        {
            **key.values,
            "rows": rows,
            "as_of": as_of,
            "looked_at": looked_at,
            "read_began_at": read_began_at,
            "load_id": load_id,
            "checks_passed": checks_passed,
            "checks_failed": checks_failed,
            "unchecked": unchecked,
        },
    )


def record_delta(
    connection: Connection, key: DayKey, *, rows: int, as_of: datetime, looked_at: datetime, moves_as_of: bool = True
) -> None:
    """Changes were applied to the day by the caller's transaction; its rules are due.

    `moves_as_of` is False where the partner reports per branch: then the oldest branch decides, not the last change.
    """
    connection.execute(
        queries("days")["record_delta"],
        {**key.values, "rows": rows, "as_of": as_of, "looked_at": looked_at, "moves_as_of": moves_as_of},
    )
    if not moves_as_of:
        connection.execute(queries("days")["oldest_branch"], key.values)


def first_read_began_at(connection: Connection, system: str, entity: str, *, since: date | None) -> datetime | None:
    """When the oldest served whole read began, by the partner's clock; of days from `since` on where that is given."""
    row = connection.execute(
        queries("days")["first_read"], {"system": system, "entity": entity, "since": since}
    ).fetchone()
    return row[0] if row else None


def recount(connection: Connection, key: DayKey, *, rows: int) -> None:
    """Records moved away from this day."""
    connection.execute(queries("days")["recount"], {**key.values, "rows": rows})


def record_held(connection: Connection, key: DayKey, *, blocking_failed: int, rejected: bool = False) -> None:
    """The day was read and is held back; the last good version stays served with its as_of.

    `rejected`: because too many of its records break the contract; it is owed until it is read whole without them.
    """
    held = {"blocking_failed": blocking_failed, "rejected": rejected}
    connection.execute(queries("days")["record_held"], {**key.values, **held})


def rejected_before(connection: Connection, key: DayKey) -> int:
    """How many of the day's records earlier deltas could not take in since it was last read whole."""
    row = connection.execute(queries("days")["rejected_before"], key.values).fetchone()
    return int(row[0]) if row else 0


def hold_rejected(connection: Connection, key: DayKey) -> None:
    """Too many changes of the day break the contract: it is held, and owed until it is read whole without them."""
    connection.execute(queries("days")["hold_rejected"], key.values)


def record_not_obtainable(connection: Connection, key: DayKey) -> None:
    """A past day of a state entity that nobody observed."""
    connection.execute(queries("days")["record_not_obtainable"], key.values)


def record_checks(
    connection: Connection, key: DayKey, *, passed: int, failed: int, blocking_failed: int, loaded_at: datetime | None
) -> None:
    """The day's rules ran on what was landed at `loaded_at`; what was loaded later leaves it due.

    The day's own clock and not a moment of ours: two machines' clocks differ, and a day that is due stays due from its
    first change on, which says nothing of the changes after it.
    """
    connection.execute(
        queries("days")["record_checks"],
        {
            **key.values,
            "checks_passed": passed,
            "checks_failed": failed,
            "blocking_failed": blocking_failed,
            "loaded_at": loaded_at,
        },
    )


def record_look(connection: Connection, key: DayKey, *, looked_at: datetime, as_of: datetime) -> None:
    """We asked about the open day and got a complete answer."""
    connection.execute(queries("days")["looked"], {**key.values, "looked_at": looked_at, "as_of": as_of})


def record_branches(
    connection: Connection, key: DayKey, *, branches: Mapping[str, datetime], looked_at: datetime
) -> None:
    """as_of per branch, as the partner reports it; the day, recorded before, is as true as its oldest branch.

    Else a change of a prompt branch that came before the day was read whole would make the day look fresher than it is.
    """
    if branches:
        told = {"branches": list(branches), "as_of": list(branches.values()), "looked_at": looked_at}
        connection.execute(queries("days")["branch_clocks"], {**key.values, **told})
        connection.execute(queries("days")["oldest_branch"], key.values)


def last_loaded_at(connection: Connection, key: DayKey) -> datetime | None:
    """When anything of this day or the one before was last committed."""
    row = connection.execute(queries("days")["last_loaded"], key.values).fetchone()
    return row[0] if row else None


def mark_reported(connection: Connection, key: DayKey, *, load_id: UUID) -> None:
    """Dagster was told about this load of the day; the newest one told is remembered."""
    connection.execute(queries("days")["reported"], {**key.values, "load_id": load_id})
