"""The requests of one load or capture: written to the exchange log, and counted for the load's own row."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Protocol
from uuid import UUID

from sync_platform.audit.exchange_body import KeptBody, keep_bodies
from sync_platform.landing.database import Connection, landing_errors
from sync_platform.landing.exchanges import insert_exchanges
from sync_platform.partners.exchange import Exchange

# A page is one; so many are kept in memory at most, however many pages a load has.
MOST_KEPT = 200


class Exchanging(Protocol):
    """Who asks and is answered; a `PartnerClient` is one."""

    def take_exchanges(self) -> list[Exchange]:
        """What was asked since the last take."""


class ExchangeLedger:
    """Takes the client's exchanges; what was inserted in a transaction that was rolled back is inserted again."""

    def __init__(self, client: Exchanging, *, correlation_id: UUID) -> None:
        self._client = client
        self._correlation_id = correlation_id
        self._kept: list[dict[str, Any]] = []
        self._bodies: list[KeptBody] = []
        self.requests = 0
        self.response_bytes = 0

    @property
    def is_full(self) -> bool:
        """Whether there are so many that they should be flushed."""
        self._take()
        return len(self._kept) >= MOST_KEPT

    def flush(self, connection: Connection) -> None:
        """Insert them in a transaction of their own: that they were asked is true whatever becomes of the load."""
        with landing_errors(), connection.transaction():
            self.insert(connection)
        self.forget()

    def insert(self, connection: Connection, *, eventful: bool = True) -> None:
        """Insert what is kept in the caller's transaction; afterwards the counts are complete.

        Where nothing came of it (not `eventful`) only the bodies of failed requests are stored: what the others said
        was known, and lies in the body that it came with first.
        """
        self._take()
        insert_exchanges(connection, self._kept, correlation_id=self._correlation_id)
        failed = {row["exchange_id"] for row in self._kept if row["error_kind"] is not None}
        bodies = [body for body in self._bodies if eventful or body.exchange_id in failed]
        if bodies:
            keep_bodies(connection, bodies)

    def forget(self) -> None:
        """What was inserted is committed, so it need not be kept any longer."""
        self._kept.clear()
        self._bodies.clear()

    def _take(self) -> None:
        for exchange in self._client.take_exchanges():
            self.requests += 1
            self.response_bytes += exchange.response_bytes
            row = asdict(exchange)
            body = row.pop("body")
            self._kept.append(row)
            if body is not None:
                self._bodies.append(
                    KeptBody(
                        exchange_id=exchange.exchange_id,
                        system=exchange.system,
                        entity=exchange.entity or "",
                        received_at=exchange.requested_at,
                        sha256=exchange.response_sha256 or "",
                        compressed=body,
                    )
                )
