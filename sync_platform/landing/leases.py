"""One writer per entity and business day: a lease row with a fencing token that the data transaction checks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sync_platform.clock import Clock
from sync_platform.errors import LandingConflict
from sync_platform.landing.database import Connection
from sync_platform.landing.queries import queries

CAPTURE = "capture"
# Long enough for a slow page with all its retries between two renewals; a killed writer blocks a day no longer.
LEASE_DURATION = timedelta(seconds=90)
# A page of a slow partner with all its retries stays well below the 90 s.
RENEW_AFTER_SECONDS = 15.0


@dataclass(frozen=True)
class Lease:
    """A held lease. Its token is checked by `fence` inside the transaction that writes the data."""

    system: str
    entity: str
    scope: str
    token: int
    duration: timedelta

    @property
    def values(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "entity": self.entity,
            "scope": self.scope,
            "token": self.token,
            "duration": self.duration,
        }


def day_scope(day: date) -> str:
    """The lease scope of a business day."""
    return day.isoformat()


def acquire(
    connection: Connection,
    *,
    system: str,
    entity: str,
    scope: str,
    holder: str,
    clock: Clock,
    wait_seconds: float,
    duration: timedelta = LEASE_DURATION,
) -> Lease:
    """The lease, waited for up to `wait_seconds`. Raises LandingConflict that says who holds it.

    The database's clock decides about expiry, so a writer whose own clock jumps neither steals nor loses a lease.
    """
    values = {"system": system, "entity": entity, "scope": scope, "holder": holder, "duration": duration}
    give_up_at = clock.monotonic() + wait_seconds
    while True:
        row = connection.execute(queries("leases")["acquire"], values).fetchone()
        if row is not None:
            return Lease(system=system, entity=entity, scope=scope, token=row[0], duration=duration)
        if clock.monotonic() >= give_up_at:
            held = connection.execute(queries("leases")["holder"], values).fetchone()
            who = f"{held[0]} until {held[1]:%H:%M:%S} UTC" if held and held[0] else "another writer"
            raise LandingConflict(
                f"{system}/{entity} {scope} is being written by {who}; nothing was changed. Try again when it is done."
            )
        clock.sleep(min(0.25, max(wait_seconds, 0.01)))


def renew(connection: Connection, lease: Lease) -> None:
    """Prolong a lease. Raises LandingConflict when it was lost."""
    if connection.execute(queries("leases")["renew"], lease.values).fetchone() is None:
        raise _stale(lease)


class LeaseRenewal:
    """Prolongs a lease every now and then while its holder is at work."""

    def __init__(self, connection: Connection, lease: Lease, clock: Clock) -> None:
        self._connection = connection
        self._lease = lease
        self._clock = clock
        self._renewed_at = clock.monotonic()

    @property
    def is_due(self) -> bool:
        return self._clock.monotonic() - self._renewed_at > RENEW_AFTER_SECONDS

    def renew_when_due(self) -> None:
        """Raises LandingConflict when the lease was lost."""
        if self.is_due:
            renew(self._connection, self._lease)
            self._renewed_at = self._clock.monotonic()


def fence(connection: Connection, lease: Lease) -> None:
    """Lock the lease row in the caller's transaction. Raises LandingConflict when another writer took over."""
    if connection.execute(queries("leases")["fence"], lease.values).fetchone() is None:
        raise _stale(lease)


def release(connection: Connection, lease: Lease) -> None:
    """Free the lease; harmless when it was lost."""
    connection.execute(queries("leases")["release"], lease.values)


def free_leases(connection: Connection, *, holder: str) -> int:
    """Free what a holder left that is known to be gone, before it expires; returns how many.

    Should it write after all, its token is stale: it is refused as any late writer is.
    """
    return connection.execute(queries("leases")["free"], {"holder": holder}).rowcount


@contextmanager
def held(connection: Connection, **wanted: Any) -> Iterator[Lease]:
    """The lease for the length of a block. A process that dies leaves it to expire."""
    lease = acquire(connection, **wanted)
    try:
        yield lease
    finally:
        if not connection.closed:
            release(connection, lease)


def _stale(lease: Lease) -> LandingConflict:
    return LandingConflict(
        f"{lease.system}/{lease.entity} {lease.scope}: fenced, token {lease.token} is stale; another writer took over"
    )
