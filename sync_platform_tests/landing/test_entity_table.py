"""Landing tables follow their contracts: created, widened by nullable columns, and never altered otherwise."""

from __future__ import annotations

from collections.abc import Sequence

import psycopg
import pytest

from sync_platform.contracts.contract import Contract, EntityKind, FieldType
from sync_platform.errors import DeclarationError
from sync_platform.landing.database import Connection
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform_tests.landing.odd import contract, field

ID, NAME = field("id", required=True), field("name")
ALL_TYPES = {
    FieldType.TEXT: "text",
    FieldType.INTEGER: "bigint",
    FieldType.DECIMAL: "numeric",
    FieldType.BOOLEAN: "boolean",
    FieldType.DATE: "date",
    FieldType.TIMESTAMP: "timestamp with time zone",
    FieldType.JSON: "jsonb",
}


def ensure(connection: Connection, made: Contract, *, system: str = "odd") -> tuple[str, ...]:
    return ensure_entity_table(connection, EntityTable(system, made))


def columns(connection: Connection, table: str = "odd__things") -> dict[str, str]:
    rows = connection.execute(
        "select column_name, data_type from information_schema.columns"
        " where table_schema = 'landing' and table_name = %s and not starts_with(column_name, '_')"
        " order by ordinal_position",
        [table],
    )
    return dict(rows.fetchall())


def primary_key(connection: Connection, table: str = "odd__things") -> list[str]:
    rows = connection.execute(
        "select a.attname from pg_index i cross join unnest(i.indkey) with ordinality k(number, place)"
        " join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number"
        " where i.indisprimary and i.indrelid = ('landing.' || quote_ident(%s))::regclass order by k.place",
        [table],
    )
    return [name for (name,) in rows]


def test_a_table_has_the_contracts_columns_with_their_types_and_key(connection: Connection) -> None:
    made = contract(ID, *(field(f"a_{type_}", type_) for type_ in ALL_TYPES))
    assert ensure(connection, made) == ("created landing.odd__things",)
    assert columns(connection) == {"id": "text", **{f"a_{type_}": name for type_, name in ALL_TYPES.items()}}
    assert primary_key(connection) == ["id"]


def test_a_state_entity_has_one_row_per_key_and_day(connection: Connection) -> None:
    ensure(connection, contract(ID, kind=EntityKind.STATE))
    assert primary_key(connection) == ["_business_day", "id"]


def test_the_contracts_words_are_the_tables_comments(connection: Connection) -> None:
    ensure(connection, contract(ID, field("amount", FieldType.DECIMAL, unit="LKR")))
    words = connection.execute(
        "select obj_description('landing.odd__things'::regclass), col_description('landing.odd__things'::regclass, 2)"
    ).fetchone()
    assert words == ("Things.", "The amount. Unit: LKR.")


def test_the_same_contract_again_changes_nothing(connection: Connection) -> None:
    ensure(connection, contract(ID, NAME))
    assert ensure(connection, contract(ID, NAME)) == ()


def test_a_new_nullable_field_becomes_a_column(connection: Connection) -> None:
    ensure(connection, contract(ID))
    connection.execute(
        "insert into landing.odd__things (id, _business_day, _content_hash, _observed_at, _as_of, _load_id,"
        " _first_seen_at, _last_changed_at)"
        " values ('A', '2026-11-20', '', now(), now(), gen_random_uuid(), now(), now())"
    )
    assert ensure(connection, contract(ID, NAME, version="1.1.0")) == ("added landing.odd__things.name",)
    assert connection.execute("select id, name from landing.odd__things").fetchall() == [("A", None)]


REFUSED: dict[str, tuple[Sequence[object], Sequence[object], str, str]] = {
    "a new required field": (
        (ID,),
        (ID, field("name", required=True)),
        "name is required",
        "alter table landing.odd__things add column name text",
    ),
    "a retyped field": (
        (ID, field("size", FieldType.INTEGER)),
        (ID, field("size", FieldType.DECIMAL)),
        "size is bigint, the contract things 1.0.0 says numeric",
        "alter table landing.odd__things alter column size type numeric using",
    ),
    "a field that is gone": (
        (ID, NAME),
        (ID,),
        "name is no field of the contract things any more",
        "alter table landing.odd__things drop column name",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_any_other_change_is_refused_with_the_migration_to_write(connection: Connection, case: str) -> None:
    before, after, what, migration = REFUSED[case]
    ensure(connection, contract(*before))  # type: ignore[arg-type]
    landed = columns(connection)
    with pytest.raises(DeclarationError) as refused:
        ensure(connection, contract(*after))  # type: ignore[arg-type]
    assert what in str(refused.value)
    assert migration in str(refused.value)
    assert columns(connection) == landed


@pytest.mark.parametrize("key", [("id", "name"), ("name",)])
def test_a_changed_key_is_refused(connection: Connection, key: tuple[str, ...]) -> None:
    ensure(connection, contract(ID, NAME))
    with pytest.raises(DeclarationError, match="its key is no longer"):
        ensure(connection, contract(ID, NAME, key=key))


def test_a_key_field_that_is_new_is_refused(connection: Connection) -> None:
    ensure(connection, contract(ID))
    with pytest.raises(DeclarationError, match="name became part of the key"):
        ensure(connection, contract(ID, field("name", required=True), key=("id", "name")))


def test_a_refused_change_adds_no_other_column_either(connection: Connection) -> None:
    ensure(connection, contract(ID, field("size", FieldType.INTEGER)))
    with pytest.raises(DeclarationError):
        ensure(connection, contract(ID, NAME, field("size", FieldType.TEXT)))
    assert "name" not in columns(connection)


NASTY = (
    'x"; drop table sync.load; --',
    "x'; drop table sync.load; --",
    "select",
    "order",
    "user",
    "with space",
    "ümläut",
    "a.b",
    "back\\slash",
    "t",
    "s",
    "excluded",
    "key",
)


@pytest.mark.parametrize("name", NASTY)
def test_an_odd_name_is_a_name_and_nothing_else(connection: Connection, name: str) -> None:
    """The reader refuses most of these; nothing depends on that."""
    made = contract(ID, field(name))
    ensure(connection, made)
    ensure(connection, made)
    assert name in columns(connection)
    assert connection.execute("select count(*) from sync.load").fetchone() == (0,)


@pytest.mark.parametrize("name", NASTY)
def test_an_odd_entity_is_a_table_and_nothing_else(connection: Connection, name: str) -> None:
    made = contract(ID, entity=name)
    ensure(connection, made)
    assert ensure(connection, made) == ()
    assert connection.execute("select count(*) from sync.load").fetchone() == (0,)


def test_two_long_names_that_begin_alike_do_not_meet(connection: Connection) -> None:
    from datetime import date

    long = "a" * 38
    tables = [EntityTable("s" * 21, contract(ID, entity=f"{long}{end}")) for end in "xy"]
    for table in tables:
        assert ensure_entity_table(connection, table) == (f"created landing.{table.name}",)
    stages = {table.stage_name(date(2026, 11, 20), 1) for table in tables}
    assert len(stages) == 2
    assert max(map(len, stages)) <= 63


def test_two_processes_may_ensure_the_same_table_at_once(connection: Connection, database) -> None:  # type: ignore[no-untyped-def]
    from concurrent.futures import ThreadPoolExecutor

    def work(_: int) -> tuple[str, ...]:
        with database.connect() as own:
            return ensure(own, contract(ID, NAME))

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, range(4)))
    assert sorted(done) == [(), (), (), ("created landing.odd__things",)]
    with pytest.raises(psycopg.errors.DuplicateTable):
        connection.execute("create table landing.odd__things ()")
