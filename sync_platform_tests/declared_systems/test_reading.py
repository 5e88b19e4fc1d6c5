"""Every declared system: what it answers is understood, and read completely whatever the size of its pages."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_platform.contracts.record import RecordReader
from sync_platform.errors import RecordRejected
from sync_platform.partners.pages import Page, probe
from sync_platform.partners.question import ChangedBetween
from sync_platform_tests.declared_systems.connected import Connected, page_size, plain_key
from sync_platform_tests.declared_systems.served import cases, counts, tells_changes

LEAST_ACCEPTED = 0.95


@cases()
def test_the_first_page_is_understood(connected: Connected) -> None:
    reader = reader_of(connected)
    records = probe(connected.tools.client, connected.entity).records

    accepted = sum(_is_accepted(reader, record) for record in records)

    assert records
    assert accepted >= LEAST_ACCEPTED * len(records)


@cases()
def test_paging_reads_everything_that_the_partner_truly_has(connected: Connected) -> None:
    assert keys_in(connected, connected.pages()) == connected.truth
    assert connected.truth


@cases(lambda entity: not (entity.system == "pos" and entity.name == "sales"))
def test_paging_reads_everything_once(connected: Connected) -> None:
    assert not connected.server.repeats_records(connected.entity)
    assert len(records_in(connected.pages())) == len(connected.truth)


@cases(counts)
def test_the_partners_own_count_is_that_of_its_different_records(connected: Connected) -> None:
    totals = {page.total for page in connected.pages()}
    assert totals == {len(connected.truth)}


@cases()
def test_two_reads_are_equal(connected: Connected) -> None:
    assert records_in(connected.pages()) == records_in(connected.pages())


@cases(page_size)
@pytest.mark.parametrize("pages_hold", ["one_record", "a_few", "all_but_one", "exactly_all", "all_and_room"])
def test_pages_of_any_size_give_the_same_records(connected: Connected, pages_hold: str) -> None:
    """Faults A14, A19: the last page full, short, or missing is where walks lose records."""
    count = len(connected.truth)
    size = {"one_record": 1, "a_few": 7, "all_but_one": count - 1, "exactly_all": count, "all_and_room": count + 1}
    most = page_size(connected.entity) or 1

    connected.asked_in_pages_of(min(max(size[pages_hold], 1), most))

    assert keys_in(connected, connected.pages()) == connected.truth


@cases(lambda entity: page_size(entity) and tells_changes(entity))
@pytest.mark.parametrize("size", [2, 50])
def test_changes_come_the_same_in_pages_of_any_size(connected: Connected, size: int) -> None:
    until = connected.server.now()
    question = ChangedBetween(since=until - timedelta(hours=24), until=until)
    whole = keys_in(connected, connected.pages(question))

    connected.asked_in_pages_of(size)

    assert keys_in(connected, connected.pages(question)) == whole
    assert whole


def reader_of(connected: Connected) -> RecordReader:
    entity = connected.entity
    return RecordReader(entity.contract, picks=entity.declaration.fields, calendar=entity.calendar)


def records_in(pages: list[Page]) -> list[bytes]:
    return [record for page in pages for record in page.records]


def keys_in(connected: Connected, pages: list[Page]) -> set[str]:
    reader = reader_of(connected)
    keys = {plain_key(reader.key_in(record)) for record in records_in(pages)}
    return {key for key in keys if key is not None}


def _is_accepted(reader: RecordReader, record: bytes) -> bool:
    try:
        reader.read(record)
    except RecordRejected:
        return False
    return True
