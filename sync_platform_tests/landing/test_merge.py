"""The write path where contracts are unusual: changed kinds of version, many fields, keys of every type."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from unittest.mock import ANY
from uuid import uuid4

import pytest

from sync_platform.contracts.contract import Contract, FieldType, SourceVersion, VersionKind
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey, read_day, record_branches, record_delta, record_whole
from sync_platform.landing.entity_table import ensure_entity_table
from sync_platform.landing.merge import MergeCounts, Repeats, merge_stage, settle_repeats, settle_vanished
from sync_platform.landing.row import StagedRows
from sync_platform.landing.stage import KeyCount, copy_rows, count_keys, create_temporary_stage
from sync_platform.pull.readers import EntityTools, entity_tools
from sync_platform_tests.landing.odd import contract, entity_of, field

NOON, DAY = datetime(2026, 11, 20, 12, 0, tzinfo=UTC), date(2026, 11, 20)
STRICT, NONE = SourceVersion(VersionKind.STRICT, ("version",)), SourceVersion(VersionKind.NONE)
FIELDS = (field("id", required=True), field("word"), field("version", FieldType.INTEGER))


def merge(connection: Connection, made: Contract, *raw: bytes, at: int = 0) -> tuple[Repeats, MergeCounts]:
    """Records as the partner writes them, through reader, stage and merge."""
    parts = entity_tools(entity_of(made))
    ensure_entity_table(connection, parts.table)
    with connection.transaction():
        stage = create_temporary_stage(connection, parts.table)
        copy_rows(connection, stage, writer=parts.writer, rows=rows(parts, raw, at=at))
        return settle_repeats(connection, stage), merge_stage(connection, stage, load_id=uuid4())


def rows(parts: EntityTools, raw: Sequence[bytes], *, at: int) -> StagedRows:
    moments = [NOON + timedelta(seconds=at)] * len(raw)
    batch = parts.read(raw)
    return StagedRows(batch.columns, [DAY] * len(raw), batch.versions, moments, moments, [None] * len(raw))


def words(connection: Connection) -> dict[str, str]:
    return dict(connection.execute("select id, word from landing.odd__things").fetchall())


CHANGES: list[tuple[SourceVersion, SourceVersion]] = [(STRICT, NONE), (NONE, STRICT)]


@pytest.mark.parametrize(("before", "after"), CHANGES, ids=["strict to none", "none to strict"])
def test_records_go_on_landing_when_the_contract_changes_its_kind_of_version(
    connection: Connection, before: SourceVersion, after: SourceVersion
) -> None:
    merge(connection, contract(*FIELDS, source_version=before), b'{"id": "A", "word": "old", "version": 1}')
    later = contract(*FIELDS, source_version=after, version="2.0.0")
    _, counts = merge(connection, later, b'{"id": "A", "word": "new", "version": 2}', at=60)
    assert (counts.updated, counts.conflicts, words(connection)) == (1, 0, {"A": "new"})


@pytest.mark.parametrize("number", [50, 51, 200])
def test_a_conflict_is_told_however_many_fields_a_contract_has(connection: Connection, number: int) -> None:
    made = contract(*FIELDS, *(field(f"field_{index}") for index in range(number)), source_version=STRICT)
    one, other = (b'{"id": "A", "word": "%b", "version": 1}' % word for word in (b"one", b"other"))
    repeats, _ = merge(connection, made, one, other)
    _, counts = merge(connection, made, other)
    assert ([record.record_key for record in repeats.conflicts], counts.conflicts, words(connection)) == (
        ['["A"]'],
        1,
        {"A": "one"},
    )


KEYS: dict[FieldType, list[tuple[str, str]]] = {
    FieldType.TEXT: [('"a,b"', '"c"'), ('"1"', '"01"')],
    FieldType.INTEGER: [("1", "2")],
    FieldType.DECIMAL: [('"1.50"', '"1.51"'), ("1e2", "101")],
    FieldType.BOOLEAN: [("true", "false")],
    FieldType.DATE: [('"2026-11-20"', '"2026-11-21"')],
}


@pytest.mark.parametrize(("type_", "pair"), [(type_, pair) for type_, pairs in KEYS.items() for pair in pairs])
def test_a_rejected_record_is_known_by_its_key_whatever_type_it_has(
    connection: Connection, type_: FieldType, pair: tuple[str, str]
) -> None:
    """Both are landed; the next read has the first one broken and the second one not at all."""
    made = contract(field("id", type_, required=True, scale=None), field("size", FieldType.INTEGER))
    parts = entity_tools(entity_of(made))
    first, second = (f'{{"id": {key}, "size": 1}}'.encode() for key in pair)
    merge(connection, made, first, second)
    rejected = parts.key_of_rejected(first.replace(b"1}", b'"many"}'))
    assert rejected is not None
    with connection.transaction():
        stage = create_temporary_stage(connection, parts.table)
        assert count_keys(connection, stage, [rejected]) == KeyCount(1, 0)
        counts = settle_vanished(
            connection,
            stage,
            merge_stage(connection, stage, load_id=uuid4()),
            load_id=uuid4(),
            day=DAY,
            read_at=NOON + timedelta(seconds=60),
            confirmed=True,
            rejected_keys=[rejected],
        )
    live: Any = connection.execute("select count(*) from landing.odd__things where _deleted_at is null").fetchone()
    assert (counts.tombstoned, live[0]) == (1, 1)


def test_a_record_that_came_whole_and_broken_counts_once(connection: Connection) -> None:
    made = contract(*FIELDS)
    parts = entity_tools(entity_of(made))
    ensure_entity_table(connection, parts.table)
    with connection.transaction():
        stage = create_temporary_stage(connection, parts.table)
        copy_rows(connection, stage, writer=parts.writer, rows=rows(parts, [b'{"id": "A"}', b'{"id": "B"}'], at=0))
        assert count_keys(connection, stage, ['["B"]', '["C"]']) == KeyCount(3, 2)


@pytest.mark.parametrize(("moves", "expected"), [(True, NOON + timedelta(minutes=5)), (False, NOON)])
def test_where_branches_report_one_by_one_a_change_of_one_does_not_move_the_days_as_of(
    connection: Connection, *, moves: bool, expected: datetime
) -> None:
    key = DayKey("till", "sales", DAY)
    for minutes in (0, 5):
        as_of = NOON + timedelta(minutes=minutes)
        record_delta(connection, key, rows=1, as_of=as_of, looked_at=as_of, moves_as_of=moves)
    day = read_day(connection, key)
    assert day is not None
    assert day.as_of == expected


def test_a_day_is_as_true_as_its_oldest_branch_whichever_came_first(connection: Connection) -> None:
    """A change of a prompt branch lands before the day is read whole; the other branch has not reported since noon."""
    key, later = DayKey("till", "sales", DAY), NOON + timedelta(minutes=5)
    record_delta(connection, key, rows=1, as_of=later, looked_at=later, moves_as_of=False)
    record_whole(
        connection,
        key,
        rows=2,
        as_of=NOON,
        looked_at=later,
        read_began_at=later,
        load_id=uuid4(),
        checks_passed=0,
        checks_failed=0,
        unchecked=False,
    )
    record_branches(connection, key, branches={"S1": later, "S2": NOON}, looked_at=later)
    day = read_day(connection, key)
    assert day is not None
    assert day.as_of == NOON
    record_delta(connection, key, rows=3, as_of=later, looked_at=later, moves_as_of=False)
    assert read_day(connection, key) == replace(day, rows=3, loaded_at=ANY, dirty_since=ANY)
    record_branches(connection, key, branches={"S1": later, "S2": later}, looked_at=later)
    day = read_day(connection, key)
    assert day is not None
    assert day.as_of == later


def test_a_branch_clock_never_goes_back_and_a_look_alone_is_written_once_a_minute(connection: Connection) -> None:
    key = DayKey("till", "sales", DAY)

    def told(seconds: int, **branches: int) -> dict[str, tuple[int, int]]:
        moments = {branch: NOON + timedelta(seconds=at) for branch, at in branches.items()}
        record_branches(connection, key, branches=moments, looked_at=NOON + timedelta(seconds=seconds))
        rows = connection.execute("select branch, as_of, looked_at from sync.branch_clock order by branch")
        return {branch: tuple((moment - NOON).seconds for moment in clocks) for branch, *clocks in rows}

    assert told(100, S2=90, S1=80) == {"S1": (80, 100), "S2": (90, 100)}
    assert told(105, S1=80, S2=95) == {"S1": (80, 100), "S2": (95, 105)}
    assert told(110, S1=70, S2=95) == {"S1": (80, 100), "S2": (95, 105)}
    assert told(160, S1=70) == {"S1": (80, 160), "S2": (95, 105)}
    assert told(120, S1=85, S3=1) == {"S1": (85, 160), "S2": (95, 105), "S3": (1, 120)}
