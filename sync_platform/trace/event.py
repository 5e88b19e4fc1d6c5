"""What a trace consists of: the records that belong together, and what happened to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sync_platform.declarations.partner_system import Entity

KINDS = {
    "partner": "at the partner",
    "delivery": "told by webhook",
    "file": "received as a file",
    "exchange": "asked",
    "change": "captured",
    "dead_letter": "rejected",
    "decision": "dead letter settled",
    "load": "loaded",
    "landed": "landed",
    "derived": "derived",
    "check": "checked",
    "verification": "verified",
    "action": "done by a person",
}
"""What happened, in words; at equal times in this order."""


@dataclass(frozen=True)
class Event:
    """One thing that happened. `record` is the key text, None where it concerns the record's whole day or request."""

    at: datetime
    kind: str
    system: str
    entity: str
    record: str | None
    words: str
    facts: Mapping[str, Any]
    correlation_id: UUID | None = None

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """By time."""
        return (self.at, list(KINDS).index(self.kind), self.system, self.entity)


def event_of(
    at: datetime, kind: str, entity: Entity, record: str | None, words: str, facts: Mapping[str, Any]
) -> Event:
    """An event of an entity, of its facts those that are known."""
    told = {name: value for name, value in facts.items() if value is not None}
    return Event(at, kind, entity.system, entity.name, record, words, told)


@dataclass(frozen=True)
class TracedRecord:
    """A record as it is landed now; personal fields are masked unless they were asked for."""

    system: str
    entity: str
    title: str
    key: str
    found_by: str
    business_day: date
    contract_version: str
    as_of: datetime
    deleted_at: datetime | None
    fields: Mapping[str, Any]


@dataclass(frozen=True)
class Trace:
    """The trail of one business record. `cut`: there were more records than are told of.

    `identifiers` are the numbers it was followed by, as `kind value`.
    """

    asked: str
    at: datetime
    personal: bool
    records: tuple[TracedRecord, ...]
    events: tuple[Event, ...]
    identifiers: tuple[str, ...]
    correlation_ids: tuple[UUID, ...]
    cut: bool
