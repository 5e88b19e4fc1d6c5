"""Runs that the sensors asked Dagster for: it may drop one or fail it, so what is still owed is asked for again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.landing.database import Connection

_LAST = """
select run_key, first_day, last_day, attempt, asked_at from sync.run_request
where system = %(system)s and purpose = %(purpose)s order by asked_at desc limit 1
"""
_INSERT = """
insert into sync.run_request (run_key, system, purpose, first_day, last_day, attempt)
values (%(run_key)s, %(system)s, %(purpose)s, %(first_day)s, %(last_day)s, %(attempt)s)
on conflict (run_key) do nothing
"""


@dataclass(frozen=True)
class AskedRun:
    """The last run asked for with one purpose."""

    run_key: str
    first_day: date
    last_day: date
    attempt: int
    asked_at: datetime


def last_asked(connection: Connection, *, system: str, purpose: str) -> AskedRun | None:
    """The newest request of that purpose, or None."""
    row = connection.execute(_LAST, {"system": system, "purpose": purpose}).fetchone()
    return AskedRun(*row) if row else None


def insert_run_request(
    connection: Connection, *, system: str, purpose: str, first_day: date, last_day: date, attempt: int, run_key: str
) -> None:
    """Note that a run was asked for."""
    connection.execute(
        _INSERT,
        {
            "run_key": run_key,
            "system": system,
            "purpose": purpose,
            "first_day": first_day,
            "last_day": last_day,
            "attempt": attempt,
        },
    )
