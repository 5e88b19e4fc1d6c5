"""Promise 3: of every load, read = inserted + updated + unchanged + superseded + dead-lettered."""

from __future__ import annotations

from datetime import UTC, date, datetime

import psycopg
import pytest

from sync_platform.landing.loads import Load, insert_load
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, add_up, some_id
from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, sale


def counts(load: Load) -> dict[str, int]:
    """Those that are not nought."""
    names = ("read", "inserted", "updated", "unchanged", "superseded", "dead_lettered", "tombstoned", "revived")
    beside = ("moved", "changed_without_version")
    return {name: getattr(load, name) for name in (*names, *beside) if getattr(load, name)}


def test_each_record_of_a_whole_day_is_counted_once(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault A24."""
    till.has_sales(*(sale(id_, "1.00") for id_ in "ABC"))
    assert counts(hub.pull_day()) == {"read": 3, "inserted": 3}
    clock.advance(60)
    till.has_sales(
        sale("A", "1.00"),  # as before
        sale("B", "2.00", at=0),  # newer
        sale("C", "0.50", at=-90),  # an older version
        sale("D", "4.00"),  # new
        sale("E", None),  # breaks the contract
    )
    load = hub.pull_day()
    expected = {"read": 5, "inserted": 1, "updated": 1, "unchanged": 1, "superseded": 1, "dead_lettered": 1}
    assert counts(load) == expected


def test_a_duplicate_within_a_load_is_unchanged(hub: Hub, till: Till) -> None:
    # Without a total: else the till's count, of records, would not agree with its different ones.
    """Fault A20."""
    till.has_sales(sale("A"), sale("A"))
    till.fails(body=b'{"sales": [%b, %b]}' % (_json("A"), _json("A")))
    assert counts(hub.pull_day("loose_sales")) == {"read": 2, "inserted": 1, "unchanged": 1}


def _json(id_: str) -> bytes:
    return (
        b'{"id": "%b", "day": "2026-11-20", "amount": "1.00", "status": "open", "changed": 1795176000000}'
        % id_.encode()
    )


def test_a_vanished_record_and_its_return_are_counted_beside(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault A27."""
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A"))
    assert counts(hub.pull_day()) == {"read": 1, "unchanged": 1, "tombstoned": 1}
    clock.advance(60)
    till.has_sales(sale("A"), sale("B"))
    assert counts(hub.pull_day()) == {"read": 2, "unchanged": 1, "updated": 1, "revived": 1}
    assert hub.landed() == {"A": "1.00", "B": "1.00"}


def test_an_observation_from_before_the_deletion_revives_nothing(hub: Hub, till: Till, clock: GivenClock) -> None:
    """It is newer in version than what was landed and older than the deletion: it is taken in as a tombstone.

    Fault A27.
    """
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    clock.advance(60)
    till.puts(sale("A", "2.00", at=50))
    other = hub.another()
    other.reached = _dies_at("apply_leased")
    with pytest.raises(_Dead):
        other.pull_delta()
    clock.advance(60)
    till.removes("A")
    till.has_sales(sale("B"))
    hub.pull_day()
    hub.lets_leases_expire()
    clock.advance(10)
    report = hub.pull_delta()
    assert hub.landed() == {"B": "1.00"}
    assert [load.revived for load in report.loads] == [0]


class _Dead(Exception):
    pass


def _dies_at(step: str):  # type: ignore[no-untyped-def]
    def reached(passed: str) -> None:
        if passed == step:
            raise _Dead

    return reached


def test_a_record_that_moves_to_another_day_is_counted_beside_and_both_days_rows_are_right(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A", day=YESTERDAY), sale("B", day=YESTERDAY))
    hub.pull_day(day=YESTERDAY)
    hub.pull_day(day=TODAY)
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", day=TODAY, at=30))
    (load,) = hub.pull_delta().loads
    assert counts(load) == {"read": 1, "updated": 1, "moved": 1}
    rows = [getattr(hub.day(day=day), "rows", None) for day in (YESTERDAY, TODAY)]
    assert rows == [1, 1]


@pytest.mark.parametrize("outcome", ["published", "empty"])
def test_the_database_refuses_a_published_load_whose_counts_do_not_add_up(hub: Hub, outcome: str) -> None:
    load = Load(
        load_id=some_id(1),
        system="till",
        entity="sales",
        business_day=date(2026, 11, 20),
        way="whole_day",
        outcome=outcome,
        started_at=datetime(2026, 11, 20, tzinfo=UTC),
        correlation_id=some_id(2),
        contract_version="1.0.0",
        read=3,
        inserted=1,
        unchanged=1,
    )
    with hub.database.connect() as connection, pytest.raises(psycopg.errors.CheckViolation, match="load_counts_add_up"):
        insert_load(connection, load)


def test_every_load_of_a_busy_day_adds_up(hub: Hub, till: Till, clock: GivenClock) -> None:
    for second in range(0, 60, 20):
        clock.advance(20)
        till.puts(sale("A", f"{second}.00", at=second), sale("B", None, at=second), sale("C", "1.00", at=-60))
        hub.pull_delta()
        hub.pull_day()
    loads = hub.loads()
    assert len(loads) > 3
    assert [load["load_id"] for load in loads if not add_up(load)] == []
