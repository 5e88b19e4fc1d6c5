"""What a stored delivery says: its events, each a record that it carries or one that is asked of the partner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from sync_platform.contracts.time_format import read_moment
from sync_platform.declarations.partner_system import Entity, PartnerSystem
from sync_platform.declarations.webhooks import EventTime, Fetch, Place, Webhook
from sync_platform.errors import PartnerMisbehaved, RecordRejected
from sync_platform.landing.webhook_deliveries import WaitingDelivery
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.envelope import Envelope
from sync_platform.partners.request import Answer, Request
from sync_platform.pull.received_record import ReceivedRecord

_LONGEST_TYPE = 80
_LONGEST_ID = 200


@dataclass
class Fetches:
    """Records asked of the partner in one round: several events of a record need it once, for it is newer than all."""

    client: PartnerClient
    _answers: dict[tuple[str, str], Answer] = field(default_factory=dict)

    def ask(self, entity: Entity, fetch: Fetch, *, id_: str) -> Answer:
        """The answer that holds the record. Raises PartnerError and RecordRejected, as the client does."""
        key = (entity.name, id_)
        if key not in self._answers:
            declared = entity.declaration
            params = tuple((name, str(value)) for name, value in declared.params.items())
            path = fetch.path.replace("{id}", quote(id_, safe=""))
            request = Request("GET", path, params, declared.headers, entity=entity.name)
            self._answers[key] = self.client.ask(request)
        return self._answers[key]


@dataclass
class DeliveredRecords:
    """Records by the name of their entity, in the order of the events; and what of the delivery nobody understands.

    `fetch_failed`: the partner answered, and not with the record.
    """

    records: list[tuple[str, ReceivedRecord]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    fetch_failed: bool = False

    @property
    def state(self) -> str:
        """What the delivery is settled as, once its records are captured."""
        if self.problems:
            return "dead"
        return "captured" if self.records else "ignored"


def read_delivery(
    system: PartnerSystem, webhook: Webhook, delivery: WaitingDelivery, *, fetches: Fetches
) -> DeliveredRecords:
    """The records of a delivery. One event that is not understood leaves the others alone.

    Raises PartnerUnavailable, PartnerThrottled or PartnerRefused when a record cannot be asked for now.
    """
    found = DeliveredRecords()
    try:
        for event in _events(system, webhook, delivery):
            try:
                _read_event(system, webhook, delivery, event, fetches=fetches, found=found)
            except (RecordRejected, PartnerMisbehaved) as error:
                found.problems.append(str(error))
    except PartnerMisbehaved as error:
        found.problems.append(str(error))
    return found


def _events(system: PartnerSystem, webhook: Webhook, delivery: WaitingDelivery) -> Iterator[Envelope]:
    origin = f"{system.name}: delivery {delivery.delivery_id} of the webhook {webhook.name}"
    body = Envelope(delivery.body, origin=origin)
    if webhook.each is None:
        yield body
        return
    for number, text in enumerate(body.records(webhook.each), start=1):
        yield Envelope(text, origin=f"{origin}, event {number}")


def _read_event(
    system: PartnerSystem,
    webhook: Webhook,
    delivery: WaitingDelivery,
    event: Envelope,
    *,
    fetches: Fetches,
    found: DeliveredRecords,
) -> None:
    type_ = _value(webhook.type_place, delivery.headers, event)
    route = webhook.route(type_) if isinstance(type_, str) else None
    if route is None:
        found.problems.append(f"unknown type {str(type_)[:_LONGEST_TYPE]!r}: declare what it means, or ignore it.")
    elif route.entity is not None:
        entity = system.entity(route.entity)
        if route.fetch is not None:
            id_ = _id(event, route.fetch)
            try:
                record = _fetched(entity, route.fetch, delivery, id_=id_, fetches=fetches)
            except (RecordRejected, PartnerMisbehaved):
                found.fetch_failed = True
                raise
            found.records.append((entity.name, record))
        elif route.record is not None and route.time is not None:
            happened_at = _moment(entity, route.time, delivery.headers, event)
            record = _carried(entity, event.record(route.record), delivery, time=route.time, happened_at=happened_at)
            found.records.append((entity.name, record))


def _carried(
    entity: Entity, payload: bytes, delivery: WaitingDelivery, *, time: EventTime, happened_at: datetime
) -> ReceivedRecord:
    """The record within the event, as of the event's time; a time ahead of our clock would beat every later one."""
    observed_at = min(happened_at + time.resolution - timedelta(microseconds=1), delivery.received_at)
    return ReceivedRecord(
        payload=payload,
        day=entity.calendar.day_of(observed_at),
        as_of=min(happened_at, observed_at),
        observed_at=observed_at,
        delivery_id=delivery.delivery_id,
    )


def _id(event: Envelope, fetch: Fetch) -> str:
    id_ = event.value(fetch.id)
    if isinstance(id_, bool) or not isinstance(id_, str | int) or not 0 < len(str(id_)) <= _LONGEST_ID:
        raise RecordRejected("malformed", "", f"no id at `{fetch.id}`: a text or whole number was expected.")
    return str(id_)


def _fetched(entity: Entity, fetch: Fetch, delivery: WaitingDelivery, *, id_: str, fetches: Fetches) -> ReceivedRecord:
    answer = fetches.ask(entity, fetch, id_=id_)
    return ReceivedRecord(
        payload=answer.envelope.record(fetch.record),
        day=entity.calendar.day_of(answer.requested_at),
        as_of=answer.requested_at,
        observed_at=answer.requested_at,
        exchange_id=answer.exchange_id,
        delivery_id=delivery.delivery_id,
    )


def _moment(entity: Entity, time: EventTime, headers: Mapping[str, str], event: Envelope) -> datetime:
    try:
        return read_moment(_value(time, headers, event), time_format=time.format, zone=entity.calendar.zone)
    except (ValueError, OverflowError) as error:
        raise RecordRejected("malformed", "", f"the event has no time that can be read: {error}.") from error


def _value(place: Place | None, headers: Mapping[str, str], event: Envelope) -> Any:
    if place is None:
        return None
    if place.header is not None:
        return headers.get(place.header.lower())
    return None if place.body is None else event.value(place.body)
