"""The duplicate entity rate: which share of a system's records, and of all systems' together, are one too many."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sync_platform.duplicates.clusters import Couple, surplus
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

ALL = "all"
"""In place of a system: records of one entity in several systems count once."""


@dataclass(frozen=True)
class Rate:
    """`surplus` records are copies by proposals that are open or accepted, `confirmed` by those accepted."""

    system: str
    records: int
    surplus: int
    confirmed: int

    @property
    def share(self) -> float | None:
        """Surplus of records; None where there are none."""
        return self.surplus / self.records if self.records else None


def rates(records: Mapping[str, int], matching: Sequence[Couple], accepted: Sequence[Couple]) -> tuple[Rate, ...]:
    """One per system, by its own pairs alone, and one for all together. `records` counts them by system.

    A person with a record in two systems is no fault of either: only the last rate counts it.
    """
    inside = {
        system: [
            [couple for couple in couples if couple[0][0] == couple[1][0] == system] for couples in (matching, accepted)
        ]
        for system in sorted(records)
    }
    each = [
        Rate(system=system, records=records[system], surplus=surplus(found), confirmed=surplus(confirmed))
        for system, (found, confirmed) in inside.items()
    ]
    together = Rate(system=ALL, records=sum(records.values()), surplus=surplus(matching), confirmed=surplus(accepted))
    return (*each, together)


def store_rates(
    connection: Connection,
    kind: str,
    day: date,
    measured: Sequence[Rate],
    *,
    as_of: datetime,
    limited_by: str,
    now: datetime,
) -> None:
    """Keep the day's last measure, in the caller's transaction."""
    with connection.cursor() as cursor:
        cursor.executemany(
            queries("proposals", package="sync_platform.duplicates")["upsert_rate"],
            [
                {
                    "kind": kind,
                    "system": rate.system,
                    "day": day,
                    "records": rate.records,
                    "surplus": rate.surplus,
                    "confirmed": rate.confirmed,
                    "as_of": as_of,
                    "limited_by": limited_by,
                    "now": now,
                }
                for rate in measured
            ],
        )
