"""POS against shop on a real PostgreSQL: the comparison as a whole is as true as the oldest of its inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import sql

from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Contract
from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.errors import DayHeld
from sync_platform.freshness.landed import collect_freshness
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.entity_table import EntityTable, ensure_entity_table
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.pull.tools import LoadTools
from sync_platform.reconciliation.stock import INPUTS, compare_stock
from sync_platform.replay.derived import derivations, derived_of, refresh
from sync_platform_tests.partners.given import GivenClock

DAY = date(2026, 11, 21)
NOON = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
MAY = datetime(2026, 5, 4, tzinfo=UTC)
_FILLERS = {"text": "", "bigint": 1, "numeric": 1, "boolean": True, "date": DAY, "bytea": b"", "jsonb": "{}"}


@dataclass(frozen=True)
class Stock:
    """The two inputs' tables, and what is known of their day."""

    database: Database
    connection: Connection

    def counts(self, sku: int, branch: str, units: int, *, as_of: datetime) -> None:
        given = {"sku": sku, "branch": branch, "on_hand": units, "uom": "EA", "units_per_case": 1}
        self._land("pos__stock_levels", {**given, "_as_of": as_of})

    def lists(self, sku: int, branch: str, units: int, *, as_of: datetime) -> None:
        given = {"listing_id": sku, "sku": str(sku), "branch": branch, "stock_quantity": units}
        self._land("shop__listings", {**given, "_as_of": as_of})

    def read(self, address: str, *, as_of: datetime, state: str = "complete") -> None:
        system, entity = address.split("/")
        self.connection.execute(
            "insert into sync.entity_day (system, entity, business_day, state, as_of) values (%s, %s, %s, %s, %s)"
            " on conflict (system, entity, business_day) do update set as_of = excluded.as_of, state = excluded.state",
            [system, entity, DAY, state, as_of],
        )

    def branch(self, branch: str, as_of: datetime) -> None:
        self.connection.execute(
            "insert into sync.branch_clock values ('pos', 'stock_levels', %s, %s, %s, %s)", [DAY, branch, as_of, NOON]
        )

    def _land(self, table: str, given: dict[str, Any]) -> None:
        """A row whose other columns hold what their types allow."""
        columns = self.connection.execute(
            "select column_name, data_type from information_schema.columns"
            " where table_schema = 'landing' and table_name = %s and is_nullable = 'NO'",
            [table],
        )
        fillers = {name: _FILLERS.get(type_, NOON) for name, type_ in columns}
        fillers["_load_id"] = "00000000-0000-0000-0000-000000000000"
        row = {**fillers, "_business_day": DAY, **given}
        self.connection.execute(
            sql.SQL("insert into {} ({}) values ({})").format(
                sql.Identifier("landing", table),
                sql.SQL(", ").join(map(sql.Identifier, row)),
                sql.SQL(", ").join(sql.Placeholder() * len(row)),
            ),
            list(row.values()),
        )


@pytest.fixture
def stock(database: Database) -> Iterator[Stock]:
    """Both systems agree on product 7 in S0001 and were read at noon; the POS says so by branch."""
    systems = read_partner_systems()
    with psycopg.connect(database.url, autocommit=True) as connection:
        for system, name in INPUTS:
            entity = find_entity(systems, f"{system}/{name}")[1]
            ensure_entity_table(connection, EntityTable(system, entity.contract))
        stock = Stock(database, connection)
        stock.counts(7, "S0001", 3, as_of=MAY)
        stock.lists(7, "S0001", 3, as_of=NOON)
        stock.read("pos/stock_levels", as_of=NOON - 20 * MINUTE)
        stock.branch("S0330", NOON - 20 * MINUTE)
        stock.branch("S0001", NOON - MINUTE)
        stock.read("shop/listings", as_of=NOON)
        yield stock


def test_a_count_that_never_changed_does_not_make_the_comparison_old(stock: Stock) -> None:
    """Promise 11: as of the oldest input's as_of, limited by that input and its branch."""
    compared = compare_stock(stock.database, day=DAY)

    assert (compared.as_of, compared.limited_by) == (NOON - 20 * MINUTE, "pos/stock_levels, branch S0330")


def test_the_input_without_branches_is_named_alone_where_it_limits(stock: Stock) -> None:
    stock.read("shop/listings", as_of=NOON - 40 * MINUTE)

    compared = compare_stock(stock.database, day=DAY)

    assert (compared.as_of, compared.limited_by) == (NOON - 40 * MINUTE, "shop/listings")


def test_the_page_tells_the_same_figures_and_the_same_as_of_as_the_asset(stock: Stock) -> None:
    stock.counts(8, "S0001", 1, as_of=MAY)
    stock.lists(8, "S0001", 5, as_of=NOON)
    stock.lists(9, "S0001", 5, as_of=NOON)

    compared = compare_stock(stock.database, day=DAY)
    told = collect_freshness(stock.database, read_partner_systems(), now=NOON).stock

    assert (compared.pairs, compared.agreeing, compared.oversold, compared.missing) == (3, 1, 1, 1)
    assert told is not None
    same = ("day", "pairs", "agreeing", "oversold", "differing", "missing", "as_of", "limited_by")
    assert [getattr(told, name) for name in same] == [getattr(compared, name) for name in same]


def test_what_its_inputs_moved_to_since_does_not_make_a_stored_comparison_newer(stock: Stock) -> None:
    compared = compare_stock(stock.database, day=DAY)
    stock.read("pos/stock_levels", as_of=NOON + 5 * MINUTE)
    stock.connection.execute("update sync.branch_clock set as_of = %s", [NOON + 5 * MINUTE])

    told = collect_freshness(stock.database, read_partner_systems(), now=NOON).stock

    assert told is not None
    assert told.as_of == compared.as_of


def test_a_comparison_made_again_takes_the_place_of_the_days_last_one(stock: Stock) -> None:
    compare_stock(stock.database, day=DAY)
    stock.lists(9, "S0001", 5, as_of=NOON)

    assert compare_stock(stock.database, day=DAY).pairs == 2
    days = stock.connection.execute("select business_day, pairs from report.stock_comparison_day").fetchall()
    assert days == [(DAY, 2)]


def test_an_input_that_is_held_leaves_the_last_comparison_as_it_was(stock: Stock) -> None:
    compare_stock(stock.database, day=DAY)
    stock.read("pos/stock_levels", as_of=NOON, state="held")

    with pytest.raises(DayHeld, match=r"pos/stock_levels is held; the last comparison stays\."):
        compare_stock(stock.database, day=DAY)

    told = stock.connection.execute("select pairs, as_of from report.stock_comparison_day").fetchall()
    assert told == [(1, NOON - 20 * MINUTE)]


def test_a_replay_compares_again_what_is_derived_of_its_day_and_says_what_was_said_before(stock: Stock) -> None:
    """The rules of an input that moved meanwhile run first (promise 8)."""
    systems = read_partner_systems()
    listings = find_entity(systems, "shop/listings")[1]
    derived = derived_of(derivations(systems, None), [listings])
    assert [each.name for each in derived] == ["reconciliation/stock", "duplicates/products"]
    compare_stock(stock.database, day=DAY)
    stock.lists(9, "S0001", 5, as_of=NOON)
    stock.connection.execute("update sync.entity_day set dirty_since = now() where entity = 'listings'")
    ruled: list[str] = []

    def check(contract: Contract, _: object) -> tuple[RuleResult, ...]:
        ruled.append(contract.entity)
        return ()

    tools = LoadTools(database=stock.database, clock=GivenClock(), check=check, holder="a replay", seal=NO_KEYS)
    told = refresh(tools, derived[0], day=DAY)

    assert (told.before["pairs"], told.after["pairs"], told.held, ruled) == (1, 2, None, ["listings"])


def test_a_replay_says_why_it_could_not_compare_and_leaves_the_last_comparison(stock: Stock) -> None:
    systems = read_partner_systems()
    compare_stock(stock.database, day=DAY)
    stock.read("pos/stock_levels", as_of=NOON, state="held")
    tools = LoadTools(database=stock.database, clock=GivenClock(), check=lambda *_: (), holder="a replay", seal=NO_KEYS)

    told = refresh(tools, derivations(systems, None)[0], day=DAY)

    assert (told.after, told.report) == (told.before, None)
    assert "pos/stock_levels is held" in (told.held or "")
