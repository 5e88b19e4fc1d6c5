"""Days are judged by the clock, whether anything was loaded or not; what changed is told to Dagster once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from dagster import AssetCheckKey, DagsterInstance
from psycopg.rows import dict_row

from sync_platform.components.asset_facts import AS_OF_CHECK, asset_key
from sync_platform.components.freshness_verdicts import judge_and_tell
from sync_platform.declarations.partner_system import PartnerSystem, find_entity
from sync_platform.freshness.day_verdict import judge_landed
from sync_platform_tests.freshness.conftest import Planted

# 11:00 in Colombo, where all four systems are.
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
MINUTE = timedelta(minutes=1)
Systems = tuple[PartnerSystem, ...]


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def verdicts(planted: Planted, address: str, day: date = TODAY) -> dict[str, Any]:
    system, _, entity = address.partition("/")
    found = planted.connection.cursor(row_factory=dict_row).execute(
        "select state, limited_by, since, judged_at from sync.freshness_verdict"
        " where (system, entity, business_day) = (%s, %s, %s)",
        [system, entity, day],
    )
    return dict(found.fetchone() or {})


def told(instance: DagsterInstance, systems: Systems, address: str, day: date = TODAY) -> Any:
    """Dagster's newest evaluation of the day's as_of check."""
    _, entity = find_entity(systems, address)
    key = AssetCheckKey(asset_key(entity), AS_OF_CHECK)
    found = instance.event_log_storage.get_asset_check_execution_history(key, limit=50)
    events = [record.event for record in found if record.event and record.event.dagster_event]
    evaluations = [event.dagster_event.asset_check_evaluation_data for event in events if event.dagster_event]
    return next(one for one in evaluations if one.partition == day.isoformat())


def test_a_sync_that_dies_turns_the_check_although_nothing_is_loaded(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    planted.all_fresh(systems, NOW)
    judge_and_tell(planted.database, instance, systems, now=NOW)
    before = told(instance, systems, "shop/orders")

    judge_and_tell(planted.database, instance, systems, now=NOW + 20 * MINUTE)
    after = told(instance, systems, "shop/orders")

    assert (before.passed, before.metadata["state"].value) == (True, "fresh")
    assert (after.passed, after.metadata["state"].value) == (False, "sync_stopped")
    assert after.description == (
        "As of 2026-11-21 10:59 +05:30, 21 min ago; no complete answer since 2026-11-21 10:59 +05:30."
    )


def test_what_is_owed_is_kept_with_the_verdicts_and_taken_back_once_it_is_read(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    planted.all_fresh(systems, NOW)
    planted.change("pos/sales", TODAY, state="partial")
    planted.change("pos/sales", TODAY - timedelta(days=3), state="partial")

    def owed() -> list[tuple[Any, ...]]:
        judge_and_tell(planted.database, instance, systems, now=NOW)
        return planted.connection.execute(
            "select owed_days, first_owed_day, last_owed_day, owed_judged_at from report.freshness"
            " where (system, entity, business_day) = ('pos', 'sales', %s)",
            [TODAY],
        ).fetchall()

    assert owed() == [(2, TODAY - timedelta(days=3), TODAY, NOW)]
    planted.change("pos/sales", TODAY, state="complete")
    planted.change("pos/sales", TODAY - timedelta(days=3), state="complete")
    assert owed() == [(0, None, None, NOW)]


def test_a_day_is_told_when_its_state_changes_and_not_again(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    planted.all_fresh(systems, NOW)
    days = sum(15 for system in systems for _ in system.entities)

    first = judge_and_tell(planted.database, instance, systems, now=NOW)
    second = judge_and_tell(planted.database, instance, systems, now=NOW + MINUTE)
    planted.change("shop/orders", TODAY, as_of=NOW - 60 * MINUTE, looked_at=NOW)
    third = judge_and_tell(planted.database, instance, systems, now=NOW + 2 * MINUTE)

    assert (first, second, third) == (days, 0, 1)
    assert told(instance, systems, "shop/orders").metadata["state"].value == "stale"
    assert verdicts(planted, "shop/orders") == {
        "state": "stale",
        "limited_by": None,
        "since": NOW + 2 * MINUTE,
        "judged_at": NOW + 2 * MINUTE,
    }


def test_three_kinds_of_standing_still_are_three_rows(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    """A quiet shop, a shop whose POS is offline, a sync that died: issue 4's three rows, in database and Dagster."""
    planted.all_fresh(systems, NOW)
    planted.change("shop/orders", TODAY, rows=0)
    planted.branch("pos/sales", TODAY, "S0330", NOW - 40 * MINUTE)
    planted.change("payments/payments", TODAY, as_of=NOW - 30 * MINUTE, looked_at=NOW - 30 * MINUTE)
    planted.asked("payments/payments", NOW, error_kind="unreachable", error="payments: timed out")

    judge_and_tell(planted.database, instance, systems, now=NOW)

    addresses = ("shop/orders", "pos/sales", "payments/payments")
    states = {address: verdicts(planted, address)["state"] for address in addresses}
    assert states == {"shop/orders": "quiet", "pos/sales": "stale", "payments/payments": "sync_stopped"}
    assert verdicts(planted, "pos/sales")["limited_by"] == "S0330"
    sentences = [told(instance, systems, address).description for address in addresses]
    assert [sentence.partition(" ago")[2] for sentence in sentences] == [
        "; the partner has no record of this day yet.",
        ", limited by branch S0330; promised is at most 15m.",
        # The payment gateway's own zone is UTC.
        "; no complete answer since 2026-11-21 05:00 UTC: the partner does not answer.",
    ]
    assert told(instance, systems, "pos/sales").metadata["limited_by"].value == "branch S0330"


def test_history_that_nobody_has_tried_yet_is_not_told_as_missing(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, rows=1)
    planted.load("pos/sales", TODAY - timedelta(days=2), NOW, "unreachable", "pos: timed out")

    judge_and_tell(planted.database, instance, systems, now=NOW)

    judged = planted.connection.execute(
        "select business_day, state from sync.freshness_verdict where (system, entity) = ('pos', 'sales') order by 1"
    ).fetchall()
    assert judged == [(date(2026, 11, 19), "never_loaded"), (TODAY, "fresh")]


def test_what_a_load_tells_itself_is_not_told_again(
    planted: Planted, systems: Systems, instance: DagsterInstance
) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, rows=1)
    pos = tuple(system for system in systems if system.name == "pos")
    _, sales = find_entity(systems, "pos/sales")
    with planted.database.connect() as connection:
        judge_landed(connection, sales, day=TODAY, now=NOW)

    judge_and_tell(planted.database, instance, pos, now=NOW + timedelta(seconds=30))

    assert verdicts(planted, "pos/sales")["since"] == NOW
    with pytest.raises(StopIteration):
        told(instance, systems, "pos/sales")


def test_lag_is_sampled_once_in_five_minutes(planted: Planted, systems: Systems, instance: DagsterInstance) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW - 10 * MINUTE, looked_at=NOW, rows=1)

    for minutes in (0, 1, 4, 5, 7):
        judge_and_tell(planted.database, instance, systems, now=NOW + minutes * MINUTE)

    samples = planted.connection.execute(
        "select sampled_at, seconds, state from report.freshness_lag where entity = 'sales' order by 1"
    ).fetchall()
    assert samples == [(NOW, 600.0, "fresh"), (NOW + 5 * MINUTE, 900.0, "fresh")]
