"""What the suite needs of whoever plays a partner system: its data, its clock, and faults on demand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import date, datetime
from typing import Any, Protocol

from sync_platform.declarations.partner_system import Entity

NOW = datetime.fromisoformat("2026-11-20T03:30:00+05:30")
"""When every server begins: in the small hours, when for two minutes nothing changes by itself. In UTC still 11-19."""


class PartnerServer(Protocol):
    """A partner system on a real socket. Its time is the world's unless a fault puts its clock wrong.

    `environment`: the variables that the declaration names. `failure_in_200`: how it says with HTTP 200 that it
    failed, None for one that uses statuses.
    """

    environment: Mapping[str, str]
    failure_in_200: Any

    def now(self) -> datetime:
        """The world's time, which only `advance` moves."""
        ...

    def advance(self, seconds: float) -> None: ...

    def keys(self, entity: Entity, day: date | None) -> set[str]:
        """The truth, known otherwise than by asking: keys of what is visible now of a day, or (None) altogether."""
        ...

    def touch(self, entity: Entity, count: int) -> set[str]:
        """Change so many records now, visible at once; their keys."""
        ...

    def late_changes(self, entity: Entity) -> list[tuple[datetime, str]]:
        """Changes to come whose record becomes visible seconds after its changed time: the last moment when it is
        not, and the key."""
        ...

    def repeats_records(self, entity: Entity) -> bool:
        """Whether its pages hold records twice."""
        ...

    def fault(self, entity: Entity, kind: str, *, times: int | None = None, **options: Any) -> None:
        """Spoil the next so many answers about the entity, all where `times` is None.

        Kinds: status (status, headers, body), cut_body (after_bytes, keep_length), html, not_json, wrong_total
        (difference), empty, bad_record (field, value), schema_change (rename), page_shift (rows), clock_skew (seconds).
        """
        ...

    def mend(self) -> None:
        """End all faults."""
        ...


OpenServer = Callable[[Mapping[str, str]], AbstractContextManager[PartnerServer]]
"""Starts a server that wants the given credentials (by environment variable), ends it with the block."""
