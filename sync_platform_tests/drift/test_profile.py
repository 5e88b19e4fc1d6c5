"""A profile is taken inside the database, exactly, and holds no value of a personal field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import sql

from sync_platform.checks.magnitude import bin_of
from sync_platform.checks.profile import MOST_VALUES, ProfileNotTaken, take_profile
from sync_platform.checks.relation import Relation
from sync_platform.contracts.contract import (
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    Owner,
    SourceVersion,
    VersionKind,
)
from sync_platform.contracts.day_profile import ALL_BRANCHES, LATENESS, Age, DayProfile, FieldKind
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Database

DAY = date(2026, 11, 20)
COLOMBO = ZoneInfo("Asia/Colombo")
EIGHT = datetime(2026, 11, 20, 8, 0, tzinfo=COLOMBO)
COLUMNS = {
    "id": ("bigint", FieldType.INTEGER),
    "branch": ("text", FieldType.TEXT),
    "status": ("text", FieldType.TEXT),
    "email": ("text", FieldType.TEXT),
    "receipt": ("bigint", FieldType.INTEGER),
    "closed": ("boolean", FieldType.BOOLEAN),
    "quantity": ("bigint", FieldType.INTEGER),
    "amount": ("numeric", FieldType.DECIMAL),
    "lines": ("jsonb", FieldType.JSON),
    "due": ("date", FieldType.DATE),
    "sold_at": ("timestamptz", FieldType.TIMESTAMP),
    "paid_at": ("timestamptz", FieldType.TIMESTAMP),
    "changed_at": ("timestamptz", FieldType.TIMESTAMP),
}
CONTRACT = Contract(
    id="sales",
    version="1.0.0",
    entity="sales",
    kind=EntityKind.EVENT,
    title="",
    description="",
    fields=tuple(
        Field(
            name,
            type_,
            required=name != "paid_at",
            description="",
            unit="units" if name == "quantity" else None,
            personal=name == "email",
        )
        for name, (_, type_) in COLUMNS.items()
    ),
    key=("id",),
    source_version=SourceVersion(VersionKind.STRICT, ("changed_at",)),
    business_day_field="sold_at",
    as_of_field=None,
    branch_field="branch",
    max_rejected=Decimal(0),
    rules=(),
    freshness=Freshness(),
    owner=Owner("sales"),
    tags=(),
    file=Path("sales.yaml"),
)


class Sales:
    """The table `landing.given__sales`; rows are alike but for what is told."""

    def __init__(self, database: Database) -> None:
        self.database = database
        columns = ", ".join(f"{name} {type_}" for name, (type_, _) in COLUMNS.items())
        with database.connect() as connection:
            connection.execute(
                f"create table landing.given__sales ({columns}, _business_day date, _deleted_at timestamptz)"
            )
        self.number = 0

    def add(self, *, day: date = DAY, deleted: bool = False, **changed: Any) -> None:
        self.number += 1
        row = {
            "id": self.number,
            "branch": "S1",
            "status": "open",
            "email": "ann@example.org",
            "receipt": self.number,
            "closed": False,
            "quantity": 1,
            "amount": Decimal("2.50"),
            "lines": "[]",
            "due": DAY,
            "sold_at": EIGHT,
            "paid_at": None,
            "changed_at": EIGHT + timedelta(seconds=5),
            "_business_day": day,
            "_deleted_at": EIGHT if deleted else None,
        }
        row |= changed
        with self.database.connect() as connection:
            connection.execute(
                sql.SQL("insert into landing.given__sales ({}) values ({})").format(
                    sql.SQL(", ").join(map(sql.Identifier, row)), sql.SQL(", ").join(map(sql.Placeholder, row))
                ),
                row,
            )

    def profile(self, **more: Any) -> DayProfile:
        relation = Relation("landing", "given__sales", DAY)
        options = {"day": DAY, "age": Age.SETTLED, "zone": COLOMBO, "database_url": self.database.url}
        return take_profile(CONTRACT, relation, **{**options, **more})


@pytest.fixture
def sales(database: Database) -> Sales:
    return Sales(database)


def test_values_are_counted_and_missing_ones_too(sales: Sales) -> None:
    for status in ("open", "open", "open", "paid", "", None):
        sales.add(status=status)
    found = sales.profile().fields["status"]
    assert (found.kind, found.counts) == (FieldKind.VALUES, {"open": 3, "paid": 1, "": 1})
    assert (found.rows, found.nulls, found.distinct, found.rest) == (6, 1, 3, 0)


def test_only_live_rows_of_the_day_count(sales: Sales) -> None:
    sales.add()
    sales.add(deleted=True)
    sales.add(day=DAY - timedelta(days=1))
    assert sales.profile().rows == 1


def test_numbers_are_counted_by_size_with_their_extremes(sales: Sales) -> None:
    for amount in ("0", "2.50", "2.50", "40.00"):
        sales.add(amount=Decimal(amount))
    found = sales.profile().fields["amount"]
    assert found.counts == {"0": 1, str(bin_of(2.5)): 2, str(bin_of(40)): 1}
    assert (found.minimum, found.maximum, found.mean) == (0.0, 40.0, 11.25)


def test_a_whole_number_is_a_measure_where_it_has_a_unit_and_else_a_code(sales: Sales) -> None:
    sales.add(quantity=12, receipt=7)
    fields = sales.profile().fields
    assert (fields["quantity"].kind, fields["receipt"].kind) == (FieldKind.NUMBER, FieldKind.VALUES)
    assert fields["receipt"].counts == {"7": 1}


def test_a_field_with_too_many_values_keeps_none(sales: Sales) -> None:
    with sales.database.connect() as connection:
        connection.execute(
            "insert into landing.given__sales (id, branch, status, receipt, closed, quantity, amount, sold_at,"
            " changed_at, _business_day)"
            " select n, 'S1', 'S' || n %% 100, n, n %% 2 = 0, 1, 1, %s, %s, %s from generate_series(1, 1000) n",
            [EIGHT, EIGHT, DAY],
        )
    fields = sales.profile().fields
    assert (fields["receipt"].kind, fields["receipt"].counts, fields["receipt"].nulls) == (FieldKind.PRESENCE, {}, 0)
    assert fields["status"].distinct == 100
    assert (len(fields["status"].counts), fields["status"].rest) == (MOST_VALUES, (100 - MOST_VALUES) * 10)
    assert fields["closed"].counts == {"true": 500, "false": 500}


def test_no_value_of_a_personal_field_or_of_a_key_is_kept(sales: Sales) -> None:
    sales.add(email="ann@example.org")
    sales.add(email=None)
    profile = sales.profile()
    assert (profile.fields["email"].kind, profile.fields["email"].nulls) == (FieldKind.PRESENCE, 1)
    assert "ann" not in repr(profile)
    assert profile.fields["id"].counts == {}


def test_moments_are_counted_by_hour_of_the_partners_clock(sales: Sales) -> None:
    sales.add(paid_at=datetime(2026, 11, 20, 4, 45, tzinfo=UTC))
    sales.add(paid_at=datetime(2026, 11, 20, 18, 29, tzinfo=UTC))
    found = sales.profile().fields["paid_at"]
    assert (found.kind, found.counts) == (FieldKind.HOURS, {"10": 1, "23": 1})
    assert sales.profile().fields["changed_at"].kind is FieldKind.PRESENCE


def test_delays_run_from_the_records_moment_to_its_change(sales: Sales) -> None:
    for seconds in (-1, 0, 9, 10, 7_200, 900_000):
        sales.add(changed_at=EIGHT + timedelta(seconds=seconds))
    found = sales.profile().fields[LATENESS]
    # Before; within 10 s; within a minute; within three hours; after a week.
    assert (found.kind, found.counts) == (FieldKind.DELAYS, {"0": 1, "1": 2, "2": 1, "6": 1, "13": 1})


def test_rows_are_counted_by_branch_and_hour(sales: Sales) -> None:
    sales.add(branch="S1", sold_at=EIGHT)
    sales.add(branch="S1", sold_at=EIGHT + timedelta(minutes=30))
    sales.add(branch="S2", sold_at=EIGHT + timedelta(minutes=30, seconds=20))
    sales.add(branch=None, sold_at=EIGHT + timedelta(hours=1))
    volume = sales.profile().volume
    hours = {
        name: {hour: rows for hour, rows in enumerate(one.by_hour) if rows} for name, one in volume.branches.items()
    }
    assert hours == {ALL_BRANCHES: {8: 3, 9: 1}, "S1": {8: 2}, "S2": {8: 1}}
    assert {name: one.rows for name, one in volume.branches.items()} == {ALL_BRANCHES: 4, "S1": 2, "S2": 1}
    # 8:00 and 8:30, and one minute of the next hour.
    assert [minutes for minutes in volume.busy_minutes if minutes] == [2, 1]


def test_an_empty_day_has_a_profile(sales: Sales) -> None:
    profile = sales.profile()
    assert (profile.rows, profile.volume.total.rows, profile.fields["status"].counts) == (0, 0, {})


def test_what_takes_too_long_is_said_and_no_outage(sales: Sales) -> None:
    with sales.database.connect() as connection:
        connection.execute("begin")
        connection.execute("lock table landing.given__sales in access exclusive mode")
        with pytest.raises(ProfileNotTaken, match="ran out of time"):
            sales.profile(statement_timeout_seconds=0.2)
        connection.execute("rollback")
    with pytest.raises(LandingUnavailable):
        sales.profile(database_url="postgresql://nobody@localhost:1/nothing")


def test_a_number_too_large_to_count_is_said_without_the_number(sales: Sales) -> None:
    sales.add(amount=Decimal("1e400"))
    with pytest.raises(ProfileNotTaken, match="SQLSTATE 22003") as caught:
        sales.profile()
    assert "000000" not in str(caught.value)
