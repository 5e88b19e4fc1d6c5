"""One business record under two keys: what counts as sent again, what does not, and what is shown of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest

from sync_platform.checks.relation import Relation
from sync_platform.checks.result import RuleResult
from sync_platform.checks.suite import run_rules
from sync_platform.contracts.business_record import business_record_rule
from sync_platform.contracts.contract import Field, FieldType, JsonType
from sync_platform_tests.checks.conftest import DAY, order_contract

TEN = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
LINES = [{"id": 1, "sku": "A", "quantity": 2}, {"id": 2, "sku": "B", "quantity": 1}]
FIELDS = (
    Field(name="id", type=FieldType.INTEGER, required=True, description=""),
    Field(name="branch", type=FieldType.TEXT, required=True, description=""),
    Field(name="customer", type=FieldType.TEXT, required=False, description="", personal=True),
    Field(name="total", type=FieldType.DECIMAL, required=False, description=""),
    Field(name="placed_at", type=FieldType.TIMESTAMP, required=False, description=""),
    Field(name="lines", type=FieldType.JSON, required=False, description="", json_type=JsonType.LIST),
)
RULE = business_record_rule(
    {"fields": ["customer", "total"], "lists": {"lines": ["sku", "quantity"]}, "at": "placed_at", "within": "10m"},
    fields=FIELDS,
    key=("branch", "id"),
    place="contract.yaml:1",
)
CONTRACT = replace(order_contract(RULE), fields=FIELDS, key=("branch", "id"))


class Carts:
    """The table `landing.shop__carts`: each is the same order of ann's at ten, unless told otherwise."""

    def __init__(self, connection: psycopg.Connection[Any], url: str) -> None:
        self._connection, self._url = connection, url
        connection.execute("create schema if not exists landing")
        connection.execute("drop table if exists landing.shop__carts")
        connection.execute(
            "create table landing.shop__carts (id bigint, branch text, customer text, total numeric, placed_at"
            " timestamptz, lines jsonb, _business_day date, _deleted_at timestamptz)"
        )
        self._number = 0

    def add(self, minutes: float = 0, *, day: date = DAY, deleted: bool = False, **values: Any) -> None:
        self._number += 1
        given = {"branch": "S1", "customer": "ann", "total": 10, "lines": LINES, **values}
        self._connection.execute(
            "insert into landing.shop__carts values (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                self._number,
                given["branch"],
                given["customer"],
                given["total"],
                values.get("placed_at", TEN + timedelta(minutes=minutes)),
                None if given["lines"] is None else json.dumps(given["lines"]),
                day,
                TEN if deleted else None,
            ],
        )

    def judged(self) -> RuleResult:
        (result,) = run_rules(CONTRACT, Relation("landing", "shop__carts", DAY), database_url=self._url)
        assert result.error is None
        return result


@pytest.fixture
def carts(database_url: str) -> Iterator[Carts]:
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Carts(connection, database_url)


def test_an_order_sent_again_under_another_key_is_found_and_both_keys_are_shown(carts: Carts) -> None:
    carts.add()
    carts.add(minutes=9.5)
    carts.add(customer="bea")

    result = carts.judged()

    assert (result.passed, result.blocking) == (False, False)
    assert (result.unexpected_count, result.element_count) == (1, 3)
    assert result.observed == "1 of 3 rows say what another said just before, under another key"
    assert [(row["branch"], row["id"]) for row in result.sample] == [("S1", "1"), ("S1", "2")]
    assert {row["customer"] for row in result.sample} == {"•••"}
    assert [row["total"] for row in result.sample] == ["10", "10"]


@pytest.mark.parametrize(
    "other",
    [
        {"minutes": 10.1},
        {"minutes": -10.1},
        {"customer": "bea"},
        {"total": "10.01"},
        {"lines": LINES[:1]},
        {"lines": [*LINES, LINES[0]]},
        {"lines": [{**LINES[0], "quantity": 3}, LINES[1]]},
        {"lines": []},
        {"lines": None},
        {"placed_at": None},
        {"deleted": True},
        {"day": DAY + timedelta(days=1)},
    ],
    ids=str,
)
def test_what_differs_in_one_thing_is_another_order(carts: Carts, other: dict[str, Any]) -> None:
    carts.add()
    carts.add(**other)
    assert carts.judged().passed


@pytest.mark.parametrize(
    "other",
    [
        {"minutes": 10},
        {"minutes": -10},
        {"branch": "S2"},
        {"total": "10.00"},
        {"lines": LINES[::-1]},
        {"lines": [{**line, "id": 99 + line["id"], "note": "again"} for line in LINES]},
    ],
    ids=str,
)
def test_what_is_the_same_in_all_that_counts_is_one_order(carts: Carts, other: dict[str, Any]) -> None:
    carts.add()
    carts.add(**other)
    assert carts.judged().unexpected_count == 1


def test_a_missing_value_equals_a_missing_value(carts: Carts) -> None:
    for _ in range(2):
        carts.add(customer=None, lines=None)
    assert carts.judged().unexpected_count == 1


def test_of_three_in_a_row_two_are_one_too_many_even_over_more_than_the_time(carts: Carts) -> None:
    for minutes in (0, 8, 16):
        carts.add(minutes=minutes)
    assert carts.judged().unexpected_count == 2


def test_another_order_in_between_hides_nothing(carts: Carts) -> None:
    carts.add(minutes=0)
    carts.add(minutes=4, lines=LINES[:1])
    carts.add(minutes=9)
    assert carts.judged().unexpected_count == 1


def test_no_rows_are_no_violation(carts: Carts) -> None:
    assert carts.judged().passed
