"""The shipped declarations against a running sandbox: every record of three days is asked for and accounted for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from sync_platform.clock import SystemClock
from sync_platform.contracts.record import RecordReader
from sync_platform.declarations.partner_system import Entity, PartnerSystem, read_partner_systems
from sync_platform.errors import RecordRejected
from sync_platform.partners.client import PartnerClient
from sync_platform.partners.pages import read_pages
from sync_platform.partners.question import ChangedBetween, Current, Question, WholeDay
from sync_platform.sandbox import Sandbox

NOW = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
"""16:00 in Colombo."""
SYSTEMS = {system.name: system for system in read_partner_systems()}
ENTITIES = [(system, entity) for system in SYSTEMS.values() for entity in system.asked]
EVENTS = [(system, entity) for system, entity in ENTITIES if not entity.is_state]
EVERY_TABLE = {"argvalues": ENTITIES, "ids": [entity.address for _, entity in ENTITIES]}
EVERY_EVENT = {"argvalues": EVENTS, "ids": [entity.address for _, entity in EVENTS]}


@dataclass
class Reading:
    """What one question gave: keys of all records, days of the good ones, reasons of the others."""

    keys: Counter[str | None] = field(default_factory=Counter)
    days: set[date | None] = field(default_factory=set)
    reasons: Counter[tuple[str, str]] = field(default_factory=Counter)
    nulls: Counter[str] = field(default_factory=Counter)
    total: int | None = None
    as_of: datetime | None = None
    branches: dict[str, datetime] = field(default_factory=dict)


class GivenClock(SystemClock):
    """The sandbox's own time."""

    def now(self) -> datetime:
        return NOW


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.generated(now=NOW) as running:
        yield running


def ask(sandbox: Sandbox, system: PartnerSystem, entity: Entity, question: Question) -> Reading:
    client = PartnerClient(system.declaration, environment=sandbox.environment, clock=GivenClock())
    reader = RecordReader(entity.contract, picks=entity.declaration.fields, calendar=entity.calendar)
    reading = Reading()
    try:
        for page in read_pages(client, entity, question):
            reading.total = page.total if page.total is not None else reading.total
            reading.as_of = page.as_of
            reading.branches |= page.branch_as_of
            for raw in page.records:
                _take(reading, reader, entity, bytes(raw))
    finally:
        client.close()
    return reading


def _take(reading: Reading, reader: RecordReader, entity: Entity, raw: bytes) -> None:
    try:
        record = reader.read(raw)
    except RecordRejected as rejected:
        reading.reasons[rejected.reason, rejected.field] += 1
        reading.keys[reader.key_in(raw)] += 1
        return
    reading.keys[reader.key_of(record)] += 1
    reading.days.add(record.business_day)
    reading.nulls.update(
        name for name, value in zip(entity.contract.columns, record.values, strict=True) if value is None
    )


def days_before(entity: Entity, count: int) -> list[date]:
    """Today and the days before it."""
    today = entity.calendar.day_of(NOW)
    return [today - timedelta(days=back) for back in range(count)]


@pytest.mark.parametrize(("system", "entity"), **EVERY_EVENT)
def test_three_days_are_read_whole_and_only_zero_quantity_lines_are_rejected(
    sandbox: Sandbox, system: PartnerSystem, entity: Entity
) -> None:
    reasons: Counter[tuple[str, str]] = Counter()
    for day in days_before(entity, 3):
        reading = ask(sandbox, system, entity, WholeDay(day))
        reasons += reading.reasons
        assert reading.keys, f"{day} has records"
        assert None not in reading.keys
        assert reading.days == {day}
        assert reading.total in (None, len(reading.keys)), "the partner counts distinct records"

    assert set(reasons) <= {("range", "quantity")}
    if entity.address == "pos/sales":
        assert sum(reasons.values()) == _zero_quantity_lines(sandbox, entity)


def _zero_quantity_lines(sandbox: Sandbox, entity: Entity) -> int:
    """How many such lines three days show, counted in the world that the sandbox derives its answers from."""
    world, sales = sandbox.world, sandbox.partners.systems["pos"].entities["sales"]
    count = 0
    for day in days_before(entity, 3):
        rows = sales.day_rows((day - date(1970, 1, 1)).days)
        shown = sales.feed.rows(now=int(NOW.timestamp() * 1000), since=None, before=None, among=rows)
        count += int(np.count_nonzero(world.columns.quantity[sales.feed.record(shown)] == 0))
    assert count, "the generated data has such lines on these days, else this shows nothing"
    return count


@pytest.mark.parametrize(
    ("system", "entity"),
    [(system, entity) for system, entity in ENTITIES if entity.is_state],
    ids=[entity.address for _, entity in ENTITIES if entity.is_state],
)
def test_the_current_state_is_read_whole(sandbox: Sandbox, system: PartnerSystem, entity: Entity) -> None:
    reading = ask(sandbox, system, entity, Current())

    assert reading.reasons == Counter()
    assert reading.total == len(reading.keys) > 100
    assert set(reading.keys.values()) == {1}


@pytest.mark.parametrize(("system", "entity"), **EVERY_TABLE)
def test_the_changes_of_a_day_are_read_and_hold_the_newest(
    sandbox: Sandbox, system: PartnerSystem, entity: Entity
) -> None:
    reading = ask(sandbox, system, entity, ChangedBetween(NOW - timedelta(days=1), NOW - timedelta(seconds=7)))

    assert reading.keys
    assert set(reading.reasons) <= {("range", "quantity")}
    if not entity.is_state:
        assert entity.calendar.day_of(NOW) in reading.days


@pytest.mark.parametrize(("system", "entity"), **EVERY_TABLE)
def test_nothing_changed_after_now(sandbox: Sandbox, system: PartnerSystem, entity: Entity) -> None:
    assert ask(sandbox, system, entity, ChangedBetween(NOW + timedelta(minutes=1), None)).keys == Counter()


@pytest.mark.parametrize(("system", "entity"), **EVERY_TABLE)
def test_every_answer_says_as_of_when(sandbox: Sandbox, system: PartnerSystem, entity: Entity) -> None:
    question = Current() if entity.is_state else WholeDay(days_before(entity, 1)[0])
    reading = ask(sandbox, system, entity, question)

    assert reading.as_of is not None
    # The ledger says what it posted last, and the generated shops are quiet; the others say now.
    assert NOW - timedelta(hours=4 if system.name == "ledger" else 0, seconds=10) < reading.as_of <= NOW
    if entity.declaration.branches is not None:
        assert len(reading.branches) == 8
        assert all(as_of < NOW for as_of in reading.branches.values())


@pytest.mark.parametrize(("system", "entity"), **EVERY_TABLE)
def test_no_optional_field_is_null_throughout(sandbox: Sandbox, system: PartnerSystem, entity: Entity) -> None:
    """A mapping to a place where the partner has nothing would go unnoticed: the field may be null."""
    question = Current() if entity.is_state else WholeDay(days_before(entity, 3)[2])
    reading = ask(sandbox, system, entity, question)
    throughout = {
        name for name, count in reading.nulls.items() if count == reading.keys.total() - reading.reasons.total()
    }

    assert throughout <= {"updated_at"}, "no entry of that day has been updated yet"
