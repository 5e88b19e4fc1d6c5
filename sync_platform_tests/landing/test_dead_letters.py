"""Dead letters are staged while a load reads and stored with it, each once."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from uuid import uuid4

import pytest
from psycopg.rows import dict_row

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.landing.database import Connection
from sync_platform.landing.dead_letters import MOST_KEPT, DeadLetter, MetBy, StagedLetters, insert_dead_letters
from sync_platform.landing.entity_table import EntityTable
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform_tests.landing.writing import DAY


def letter(number: int, message: str = "is missing") -> DeadLetter:
    payload = b'{"id": %d, "tab": "\\t", "quote": "\\""}' % number
    return DeadLetter(DAY, f"[{number}]", "missing", "amount", message, payload)


def some_load() -> MetBy:
    return MetBy(uuid4(), "delta", uuid4())


@pytest.fixture
def table(till_system: PartnerSystem) -> EntityTable:
    return EntityTable(till_system.name, till_system.entity("sales").contract)


class _RolledBack(Exception):
    pass


def staged(connection: Connection, table: EntityTable, *letters: DeadLetter) -> StagedLetters:
    made = StagedLetters(connection, table, NO_KEYS)
    made.extend(letters)
    made.stage()
    return made


def stored(connection: Connection) -> list[dict[str, Any]]:
    rows = connection.cursor(row_factory=dict_row).execute(
        "select record_key, message, attempts, payload from sync.dead_letter order by dead_letter_id"
    )
    return rows.fetchall()


def test_letters_of_one_load_are_stored_in_their_order_however_many(connection: Connection, table: EntityTable) -> None:
    letters = StagedLetters(connection, table, NO_KEYS)
    for number in range(2 * MOST_KEPT + 1):
        letters.extend([letter(number)])
        if letters.is_full:
            letters.stage()
    letters.stage()
    letters.store(some_load())
    assert [row["record_key"] for row in stored(connection)] == [f"[{number}]" for number in range(2 * MOST_KEPT + 1)]
    assert len(letters) == 2 * MOST_KEPT + 1
    assert letters.first == letter(0)


def test_the_same_bytes_are_one_letter_with_as_many_attempts(connection: Connection, table: EntityTable) -> None:
    insert_dead_letters(connection, table, [letter(1), letter(2), letter(1, "later")], met_by=some_load(), seal=NO_KEYS)
    insert_dead_letters(connection, table, [letter(1, "last"), letter(1, "last")], met_by=some_load(), seal=NO_KEYS)
    assert [(row["record_key"], row["message"], row["attempts"]) for row in stored(connection)] == [
        ("[2]", "is missing", 1),
        ("[1]", "last", 4),
    ]


def test_a_payload_comes_back_as_it_was(connection: Connection, table: EntityTable) -> None:
    odd = b"\x00\xff\\N\t\r\n\\.\n"
    insert_dead_letters(
        connection, table, [DeadLetter(DAY, None, "not_json", "", "odd", odd)], met_by=some_load(), seal=NO_KEYS
    )
    (row,) = stored(connection)
    assert bytes(row["payload"]) == odd


def test_what_a_rolled_back_transaction_stored_can_be_stored_again(connection: Connection, table: EntityTable) -> None:
    letters = staged(connection, table, letter(1))
    with suppress(_RolledBack), connection.transaction():
        letters.store(some_load())
        raise _RolledBack
    assert stored(connection) == []
    letters.store(some_load())
    assert len(stored(connection)) == 1


def test_what_an_earlier_read_staged_is_not_stored(connection: Connection, table: EntityTable) -> None:
    staged(connection, table, letter(1))
    letters = staged(connection, table, letter(2))
    letters.store(some_load())
    assert [row["record_key"] for row in stored(connection)] == ["[2]"]


def test_letters_that_were_not_staged_are_not_forgotten_silently(connection: Connection, table: EntityTable) -> None:
    letters = StagedLetters(connection, table, NO_KEYS)
    letters.extend([letter(1)])
    with pytest.raises(RuntimeError, match="staged before"):
        letters.store(some_load())
