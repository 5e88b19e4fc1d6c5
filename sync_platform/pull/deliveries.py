"""Takes stored deliveries into the change log and applies them by the one write path, soon after they came.

The gateway's applier does so within a second, the sensor's tick for what is left. Deliveries go in the order of their
coming; what comes late or twice ends in the same table all the same, by the guard of versions (promise 2).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.webhooks import Webhook
from sync_platform.errors import LandingConflict, PartnerError, PartnerRefused
from sync_platform.landing.changes import capture_changes
from sync_platform.landing.database import Connection
from sync_platform.landing.loads import Load
from sync_platform.landing.transaction import transactions
from sync_platform.landing.webhook_deliveries import (
    MOST_ATTEMPTS,
    Settlement,
    WaitingDelivery,
    begin_deliveries,
    entities_waiting,
    put_back,
    settle_deliveries,
    waiting_webhooks,
    webhook_lock,
)
from sync_platform.pull.apply import apply_waiting
from sync_platform.pull.delivered_records import DeliveredRecords, Fetches, read_delivery
from sync_platform.pull.exchange_ledger import ExchangeLedger
from sync_platform.pull.readers import entity_tools
from sync_platform.pull.received_record import ReceivedRecord, captured_changes
from sync_platform.pull.tools import PullTools

# One transaction; records to be fetched one by one go in smaller ones, so that they land soon.
BATCH_DELIVERIES, BATCH_FETCHED = 1_000, 20
_OUTAGE_WAIT, _REFUSED_WAIT = timedelta(seconds=15), timedelta(minutes=5)
# 2, 4, 8 and 16 s: a record that the partner tells of before it shows it is there by then.
_FAILED_WAIT = timedelta(seconds=1)


@dataclass
class AppliedDeliveries:
    """What one round did: deliveries settled by state, the loads, and what kept the round from the rest."""

    settled: dict[str, int] = field(default_factory=dict)
    loads: list[Load] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def apply_deliveries(tools: PullTools, system: PartnerSystem, *, deadline: float) -> AppliedDeliveries:
    """Capture what is due of the system's webhooks and apply it, until `deadline` (tools' monotonic clock).

    A frozen entity's changes wait. Partners' failures are told in `problems`, and their deliveries wait for the next
    round. Raises LandingUnavailable.
    """
    done = AppliedDeliveries()
    if not system.declaration.webhooks:
        return done
    while _round(tools, system, deadline=deadline, done=done) and tools.clock.monotonic() < deadline:
        pass
    return done


def _round(tools: PullTools, system: PartnerSystem, *, deadline: float, done: AppliedDeliveries) -> bool:
    """A batch of each webhook captured and applied, so that what came first does not wait for all that comes after.

    Says whether anything was captured: then there may be more.
    """
    before = sum(done.settled.values())
    with tools.database.connect() as connection:
        due = waiting_webhooks(connection, system.name)
        for webhook in system.declaration.webhooks:
            if webhook.name in due:
                try:
                    with webhook_lock(connection, system.name, webhook.name) as locked:
                        if locked:
                            _capture(tools, system, webhook, connection, done=done)
                except LandingConflict as error:
                    done.problems.append(str(error))
        waiting = entities_waiting(connection, system.name)
    for entity in system.entities:
        if entity.name in waiting and not entity.freeze_at(tools.clock.now()):
            try:
                done.loads += apply_waiting(tools, entity, deadline=deadline)
            except LandingConflict as error:
                done.problems.append(str(error))
    return sum(done.settled.values()) > before


def _capture(
    tools: PullTools, system: PartnerSystem, webhook: Webhook, connection: Connection, *, done: AppliedDeliveries
) -> None:
    """Take one batch in. What needs a partner that is away now is left for later, and so is what comes after it."""
    limit = BATCH_FETCHED if any(route.fetch for route in webhook.events) else BATCH_DELIVERIES
    begun = begin_deliveries(connection, system.name, webhook.name, limit=limit)
    tools.reached("deliveries_begun")
    exchanges = ExchangeLedger(tools.client, correlation_id=tools.correlation_id)
    fetches = Fetches(tools.client)
    read: list[tuple[WaitingDelivery, DeliveredRecords]] = []
    failure: PartnerError | None = None
    for delivery in begun:
        if delivery.attempts > MOST_ATTEMPTS:
            read.append((delivery, DeliveredRecords(problems=[f"given up after {MOST_ATTEMPTS} attempts."])))
            continue
        try:
            read.append((delivery, read_delivery(system, webhook, delivery, fetches=fetches)))
        except PartnerError as error:
            failure = error
            break
    _store(tools, system, connection, [one for one in read if not _is_tried_again(*one)], exchanges, done=done)
    for delivery, records in read:
        if _is_tried_again(delivery, records):
            wait = _FAILED_WAIT * 2**delivery.attempts
            put_back(connection, [delivery.delivery_id], wait=wait, error=records.problems[0], counts=True)
    if failure is not None:
        rest = [delivery.delivery_id for delivery in begun[len(read) :]]
        wait = _REFUSED_WAIT if isinstance(failure, PartnerRefused) else _OUTAGE_WAIT
        put_back(connection, rest, wait=wait, error=str(failure), counts=False)
        done.problems.append(str(failure))


def _is_tried_again(delivery: WaitingDelivery, records: DeliveredRecords) -> bool:
    """What could not be fetched may be there soon: a partner may tell of a record before it shows it."""
    return records.fetch_failed and delivery.attempts < MOST_ATTEMPTS


def _store(
    tools: PullTools,
    system: PartnerSystem,
    connection: Connection,
    read: Sequence[tuple[WaitingDelivery, DeliveredRecords]],
    exchanges: ExchangeLedger,
    *,
    done: AppliedDeliveries,
) -> None:
    """Changes and what became of their deliveries in one transaction (promise 1)."""
    received: dict[str, list[ReceivedRecord]] = {}
    for _, delivered in read:
        for entity_name, record in delivered.records:
            received.setdefault(entity_name, []).append(record)
    settlements = [
        Settlement(delivery.delivery_id, delivered.state, "; ".join(delivered.problems) or None)
        for delivery, delivered in read
    ]
    changes = {name: captured_changes(system.entity(name), records)[0] for name, records in received.items()}
    for transaction in transactions(connection, clock=tools.clock):
        with transaction:
            for name, captured in changes.items():
                capture_changes(connection, entity_tools(system.entity(name)).table, captured)
            settle_deliveries(connection, settlements)
            exchanges.insert(connection)
            tools.reached("deliveries_captured")
    exchanges.forget()
    for settlement in settlements:
        done.settled[settlement.state] = done.settled.get(settlement.state, 0) + 1
