"""The registry of contract versions: what is released stays as it was, and what is in use is known."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg.rows import dict_row

from sync_platform.contracts.semantic_version import read_version
from sync_platform.errors import DeclarationError
from sync_platform.landing.contract_versions import ContractVersion, list_versions, register_versions
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.migrate import migrate
from sync_platform_tests.landing.odd import contract, field

RELEASED = date(2026, 11, 21)
TODAY = datetime.now(UTC).date()


def version(number: str, **more: Any) -> ContractVersion:
    """A released version of the contract odd-things."""
    values: dict[str, Any] = {
        "contract_id": "odd-things",
        "version": read_version(number),
        "system": "odd",
        "entity": "things",
        "content": {"id": "odd-things", "version": number},
        "fingerprint": f"print of {number}",
        "released_on": RELEASED,
        "ends_on": None,
        "file": Path("things.yaml"),
    }
    return ContractVersion(**{**values, **more})


def draft(number: str, **more: Any) -> ContractVersion:
    return version(number, released_on=None, **more)


def loads(connection: Connection, *versions: str, entity: str = "things", days_ago: int = 0) -> None:
    """One load each."""
    for used in versions:
        connection.execute(
            "insert into sync.load (load_id, system, entity, business_day, way, outcome, started_at, contract_version,"
            " platform_version, correlation_id) values (gen_random_uuid(), 'odd', %s, current_date, 'delta',"
            " 'published', now() - %s, %s, '0', gen_random_uuid())",
            [entity, timedelta(days=days_ago), used],
        )


def states(connection: Connection) -> dict[str, str]:
    return {one.version: one.state for one in list_versions(connection)}


def test_what_is_declared_is_registered_once(connection: Connection) -> None:
    declared = [version("1.0.0"), draft("1.1.0")]

    assert register_versions(connection, declared) == (
        "registered contract odd-things 1.0.0",
        "registered contract odd-things 1.1.0, a draft",
    )
    assert register_versions(connection, declared) == ()

    rows = connection.cursor(row_factory=dict_row).execute("select * from sync.contract_version order by version")
    first, second = rows.fetchall()
    assert first.pop("registered_at") == second.pop("registered_at")
    assert first == {
        "contract_id": "odd-things",
        "version": "1.0.0",
        "system": "odd",
        "entity": "things",
        "document": {"id": "odd-things", "version": "1.0.0"},
        "fingerprint": "print of 1.0.0",
        "released_on": RELEASED,
        "ends_on": None,
    }
    assert second["released_on"] is None


def test_a_released_version_with_other_content_is_refused_with_the_remedy_and_nothing_is_registered(
    connection: Connection,
) -> None:
    register_versions(connection, [version("1.0.0")])

    with pytest.raises(DeclarationError) as caught:
        register_versions(connection, [version("1.1.0"), version("1.0.0", fingerprint="another")])

    assert str(caught.value) == (
        "things.yaml: odd-things 1.0.0 was released on 2026-11-21 with other content than it has here. "
        "What is released stays: restore the file, or raise version and run "
        "`sync-platform contracts release odd/things`."
    )
    assert states(connection) == {"1.0.0": "current"}


def test_a_draft_under_a_released_number_is_refused(connection: Connection) -> None:
    """Somebody else released that number first, on another branch."""
    register_versions(connection, [version("1.0.0")])

    with pytest.raises(DeclarationError, match=r"odd-things 1\.0\.0 was released on 2026-11-21 with other content"):
        register_versions(connection, [draft("1.0.0", fingerprint="another")])


@pytest.mark.parametrize(
    "statement",
    [
        "update sync.contract_version set document = '{}'",
        "update sync.contract_version set fingerprint = 'another'",
        "update sync.contract_version set version = '1.0.1'",
        "update sync.contract_version set released_on = null",
        "delete from sync.contract_version",
    ],
)
def test_the_database_itself_keeps_what_is_released(connection: Connection, statement: LiteralString) -> None:
    register_versions(connection, [version("1.0.0"), draft("1.1.0")])

    with pytest.raises(psycopg.errors.IntegrityConstraintViolation, match=r"odd-things 1\.0\.0 is released and stays"):
        connection.execute(statement)

    connection.execute("delete from sync.contract_version where version = '1.1.0'")
    connection.execute("update sync.contract_version set ends_on = '2027-03-31'")
    assert connection.execute("select version, ends_on from sync.contract_version").fetchall() == [
        ("1.0.0", date(2027, 3, 31))
    ]


def test_a_missing_copy_takes_nothing_away(connection: Connection) -> None:
    register_versions(connection, [version("1.0.0", ends_on=TODAY)])

    assert register_versions(connection, [draft("1.0.0")]) == ()
    (listed,) = list_versions(connection)
    assert (listed.state, listed.released_on, listed.ends_on) == ("current", RELEASED, TODAY)


def test_a_draft_changes_until_it_is_released(connection: Connection) -> None:
    register_versions(connection, [draft("1.0.0")])

    changed = draft("1.0.0", fingerprint="another", content={"tags": ["x"]})
    assert register_versions(connection, [changed]) == ("replaced the draft of contract odd-things 1.0.0",)
    assert register_versions(connection, [changed]) == ()
    done = register_versions(connection, [replace(changed, released_on=RELEASED)])
    assert done == ("released contract odd-things 1.0.0",)
    assert connection.execute("select document from sync.contract_version").fetchone() == ({"tags": ["x"]},)
    with pytest.raises(DeclarationError):
        register_versions(connection, [version("1.0.0")])


def test_the_end_of_a_major_version_may_be_announced_after_its_release(connection: Connection) -> None:
    register_versions(connection, [version("1.0.0")])

    assert register_versions(connection, [version("1.0.0", ends_on=date(2027, 3, 31))]) == (
        "contract odd-things 1.0.0 ends on 2027-03-31",
    )
    assert register_versions(connection, [version("1.0.0")]) == ("odd-things 1.0.0 goes on",)


def test_two_that_register_at_once_both_end_well(database: Database) -> None:
    def register(_: int) -> tuple[str, ...]:
        with database.connect() as connection:
            return register_versions(connection, [version("1.0.0"), version("1.1.0")])

    with ThreadPoolExecutor(3) as pool:
        done = [words for said in pool.map(register, range(3)) for words in said]

    assert sorted(done) == ["registered contract odd-things 1.0.0", "registered contract odd-things 1.1.0"]


def test_migrate_registers_before_it_touches_a_landing_table(database: Database) -> None:
    table = EntityTable("odd", contract(field("id", required=True)))
    migrate(database, [], versions=[version("1.0.0")])

    with pytest.raises(DeclarationError, match="with other content"):
        migrate(database, [table], versions=[version("1.0.0", fingerprint="another")])

    with database.connect() as connection:
        assert connection.execute("select to_regclass('landing.odd__things')").fetchone() == (None,)


def test_each_version_has_a_state_within_its_major(connection: Connection) -> None:
    yesterday, tomorrow = TODAY - timedelta(days=1), TODAY + timedelta(days=1)
    register_versions(
        connection,
        [
            version("1.9.0", ends_on=yesterday),
            version("2.9.0", ends_on=tomorrow),
            version("2.10.0", ends_on=tomorrow),
            version("3.0.0", ends_on=TODAY),
            draft("3.1.0"),
            draft("4.0.0"),
        ],
    )

    assert states(connection) == {
        "4.0.0": "draft",
        "3.1.0": "draft",
        "3.0.0": "current",
        "2.10.0": "current",
        "2.9.0": "superseded",
        "1.9.0": "ended",
    }


def test_versions_are_listed_newest_first_by_system_and_contract(connection: Connection) -> None:
    register_versions(
        connection,
        [
            version("1.9.0"),
            version("1.10.0"),
            version("1.0.0", contract_id="odd-more", entity="more"),
            version("1.0.0", contract_id="able", system="able"),
        ],
    )

    listed = [(one.contract_id, one.version) for one in list_versions(connection)]

    assert listed == [("able", "1.0.0"), ("odd-more", "1.0.0"), ("odd-things", "1.10.0"), ("odd-things", "1.9.0")]


def test_loads_of_the_last_fourteen_days_are_counted_for_the_version_they_used(connection: Connection) -> None:
    register_versions(connection, [version("1.0.0"), version("1.1.0"), version("1.2.0")])
    loads(connection, "1.0.0", "1.1.0", "1.1.0")
    loads(connection, "1.1.0", days_ago=13)
    loads(connection, "1.0.0", "1.2.0", days_ago=15)
    loads(connection, "1.1.0", entity="other")

    counted = {one.version: one.loads for one in list_versions(connection) if one.entity == "things"}

    assert counted == {"1.2.0": 0, "1.1.0": 3, "1.0.0": 1}


def test_a_version_that_loads_use_and_nobody_registered_is_shown(connection: Connection) -> None:
    loads(connection, "1.0.0", "once upon a time")

    listed = {one.version: one for one in list_versions(connection)}

    assert set(listed) == {"1.0.0", "once upon a time"}
    assert {(one.state, one.contract_id, one.loads) for one in listed.values()} == {("unregistered", None, 1)}


def test_every_column_of_the_view_is_explained(connection: Connection) -> None:
    rows = connection.execute(
        "select a.attname, col_description(a.attrelid, a.attnum) from pg_attribute a"
        " where a.attrelid = 'report.contract_version'::regclass and a.attnum > 0"
    ).fetchall()

    assert len(rows) == 12
    assert [name for name, words in rows if not words] == []
