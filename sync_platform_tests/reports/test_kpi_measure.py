"""The KPIs' days, counted from planted polls, loads and changes; each expected figure is worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from psycopg.rows import dict_row

from sync_platform.reports.kpi_landed import collect_kpis, measure_kpis
from sync_platform_tests.reports.conftest import NOW, POLLS_KEPT, TODAY, PlantedSync
from sync_platform_tests.reports.profiled import plant_rate

SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
YESTERDAY = TODAY - DAY
# 09:00 UTC of yesterday.
NINE = datetime(2026, 11, 20, 9, tzinfo=UTC)


def measure(planted: PlantedSync, now: datetime = NOW) -> None:
    measure_kpis(planted.database, now=now, polls_kept=POLLS_KEPT)


def row(planted: PlantedSync, day: date = YESTERDAY, system: str | None = None, entity: str | None = None) -> Any:
    """The one row of the view, or None."""
    return (
        planted.connection.cursor(row_factory=dict_row)
        .execute(
            "select * from report.kpi"
            " where day = %s and system is not distinct from %s and entity is not distinct from %s",
            [day, system, entity],
        )
        .fetchone()
    )


def test_nothing_is_measured_where_nothing_happened(planted: PlantedSync) -> None:
    measure(planted)

    assert planted.connection.execute("select count(*) from report.kpi").fetchone() == (0,)


def test_latency_is_from_the_partners_change_to_its_commit(planted: PlantedSync) -> None:
    load = planted.sync("pos/sales", NINE, way="delta", loaded_at=NINE + 10 * SECOND)
    for seconds in (1, 2, 3, 4, 40):
        planted.landed("pos/sales", NINE, NINE + 10 * SECOND - seconds * SECOND, load)
    planted.landed("pos/sales", NINE, NINE, None)

    measure(planted)

    sales = row(planted, system="pos", entity="sales")
    assert (sales["changes"], sales["changes_waiting"]) == (5, 1)
    assert sales["freshness_latency_median_seconds"] == 3
    # 95 of 100 lie at the place 0.95 * 4 = 3.8 of the five in order: 4 + 0.8 * (40 - 4).
    assert sales["freshness_latency_p95_seconds"] == pytest.approx(32.8)
    assert row(planted)["freshness_latency_median_seconds"] == 3


def test_a_version_that_is_no_time_leaves_the_as_of_to_count_from(planted: PlantedSync) -> None:
    load = planted.sync("pos/sales", NINE, way="delta", loaded_at=NINE + 10 * SECOND)
    planted.landed("pos/sales", NINE + 6 * SECOND, NINE, load)
    planted.connection.execute("update sync.change set source_version = 17")

    measure(planted)

    assert row(planted)["freshness_latency_median_seconds"] == 4


def test_a_partners_clock_that_runs_ahead_counts_as_no_time(planted: PlantedSync) -> None:
    load = planted.sync("pos/sales", NINE, way="delta", loaded_at=NINE + 10 * SECOND)
    planted.landed("pos/sales", NINE, NINE + 5 * MINUTE, load)

    measure(planted)

    assert row(planted)["freshness_latency_median_seconds"] == 0


@pytest.mark.parametrize(
    ("failures", "failed"),
    [([None], 0), (["unreachable"], 1), (["unreachable", None], 0), ([None, "throttled"], 1)],
    ids=["answered", "failed", "mended by a retry", "failed in the middle"],
)
def test_a_poll_is_one_event_that_fails_with_its_last_request(
    planted: PlantedSync, failures: list[str | None], failed: int
) -> None:
    planted.poll("shop/orders", NINE, *failures)
    planted.poll("shop/orders", NINE + MINUTE, None)

    measure(planted)

    orders = row(planted, system="shop", entity="orders")
    assert (orders["sync_events"], orders["failed_sync_events"]) == (2, failed)
    assert orders["failed_sync_events_percent"] == 50 * failed


def test_the_requests_of_a_whole_read_belong_to_its_load(planted: PlantedSync) -> None:
    planted.poll("shop/orders", NINE, None, None, None)
    (correlation,) = planted.connection.execute("select distinct correlation_id from sync.exchange").fetchone() or ()
    for day in (1, 2):
        planted.sync("shop/orders", NINE + day * MINUTE, correlation_id=correlation, business_day=TODAY - day * DAY)
    planted.sync("shop/orders", NINE, error_kind="held", outcome="held", correlation_id=correlation)

    measure(planted)

    orders = row(planted, system="shop", entity="orders")
    assert (orders["sync_events"], orders["failed_sync_events"]) == (3, 1)
    assert (orders["loads"], orders["failed_loads"]) == (3, 1)


def test_a_delta_load_is_part_of_its_poll_and_no_event_of_its_own(planted: PlantedSync) -> None:
    planted.poll("shop/orders", NINE)
    (correlation,) = planted.connection.execute("select correlation_id from sync.exchange").fetchone() or ()
    planted.sync("shop/orders", NINE, way="delta", correlation_id=correlation)

    measure(planted)

    assert (row(planted)["sync_events"], row(planted)["loads"]) == (1, 1)


def test_a_refused_token_is_a_failure_of_the_whole_system_and_a_good_one_no_event(planted: PlantedSync) -> None:
    planted.poll("ledger", NINE, "refused", "refused")
    planted.poll("ledger", NINE + MINUTE, None)

    measure(planted)

    ledger = row(planted, system="ledger")
    assert (ledger["sync_events"], ledger["failed_sync_events"]) == (1, 1)
    assert (row(planted)["sync_events"], row(planted)["failed_sync_events"]) == (1, 1)


def test_throughput_and_rejected_records_are_those_of_the_days_loads(planted: PlantedSync) -> None:
    planted.sync("pos/sales", NINE, read=2_000, inserted=1_900, dead_lettered=100, seconds=2.5)
    planted.sync("shop/orders", NINE, way="delta", read=400, inserted=400, seconds=0.5)
    planted.sync("pos/sales", NINE + DAY, read=5, inserted=5)

    measure(planted)

    everything = row(planted)
    assert (everything["records"], everything["rejected_records"], everything["load_seconds"]) == (2_400, 100, 3.0)
    assert everything["records_per_hour"] == 100
    assert everything["rejected_records_percent"] == pytest.approx(100 / 24)
    # Today is five and a half hours old in UTC.
    assert row(planted, TODAY)["records_per_hour"] == pytest.approx(5 / 5.5)


def test_a_day_is_final_an_hour_after_its_end_and_is_not_counted_again(planted: PlantedSync) -> None:
    planted.sync("pos/sales", NINE, read=7, inserted=7)
    midnight = datetime(2026, 11, 21, tzinfo=UTC)

    measure(planted, midnight + 59 * MINUTE)
    early = row(planted)
    planted.sync("pos/sales", NINE, read=1, inserted=1)
    measure(planted, midnight + 61 * MINUTE)
    late = row(planted)
    planted.sync("pos/sales", NINE, read=90, inserted=90)
    measure(planted, midnight + 3 * HOUR)

    assert (early["is_final"], early["records"]) == (False, 7)
    assert (late["is_final"], late["records"]) == (True, 8)
    assert row(planted) == late


def test_a_final_day_outlives_what_it_was_counted_from(planted: PlantedSync) -> None:
    planted.sync("pos/sales", NINE, read=7, inserted=7)
    planted.poll("pos/sales", NINE)
    measure(planted)
    before = row(planted)
    planted.connection.execute("truncate sync.load, sync.exchange, sync.change")
    planted.sync("pos/sales", NOW, read=1, inserted=1)

    measure(planted)

    assert row(planted) == before
    assert row(planted, TODAY)["records"] == 1


def test_events_of_a_day_whose_polls_may_be_pruned_are_not_counted(planted: PlantedSync) -> None:
    """Only failed polls would be left, and every event would seem to fail."""
    old = NOW - 5 * DAY
    planted.poll("pos/sales", old, "unreachable")
    planted.sync("pos/sales", old, read=10, inserted=10)

    measure(planted)

    counted = row(planted, old.date())
    assert (counted["sync_events"], counted["failed_sync_events"], counted["failed_sync_events_percent"]) == (None,) * 3
    assert (counted["loads"], counted["records"]) == (1, 10)


def test_a_count_of_events_that_was_made_in_time_stays(planted: PlantedSync) -> None:
    planted.poll("pos/sales", NINE)
    planted.poll("pos/sales", NINE + MINUTE, "unreachable")
    measure(planted, NINE + HOUR)
    planted.connection.execute("delete from sync.exchange where error_kind is null")

    measure(planted, NINE + 4 * DAY)

    assert (row(planted)["sync_events"], row(planted)["failed_sync_events"], row(planted)["is_final"]) == (2, 1, True)


def test_the_duplicate_rate_is_of_copies_within_a_system_and_not_across(planted: PlantedSync) -> None:
    plant_rate(planted.connection, "customers", "pos", TODAY, 100, 2)
    plant_rate(planted.connection, "customers", "shop", TODAY, 50, 1)
    plant_rate(planted.connection, "customers", "all", TODAY, 150, 60)

    facts = collect_kpis(planted.database, now=NOW)

    assert [(rate.kind, rate.day, rate.percent) for rate in facts.duplicates] == [("customers", TODAY, 2.0)]


def test_the_facts_are_the_rows_of_all_systems_and_entities_summed_up(planted: PlantedSync) -> None:
    planted.sync("pos/sales", NINE - DAY, read=30, inserted=30)
    planted.sync("pos/sales", NINE, read=7, inserted=5, dead_lettered=2)
    planted.sync("shop/orders", NOW - HOUR, read=1, inserted=1)
    measure(planted)

    facts = collect_kpis(planted.database, now=NOW)

    assert [(day.day, day.records) for day in facts.days] == [(YESTERDAY - DAY, 30), (YESTERDAY, 7), (TODAY, 1)]
    assert facts.last_whole is facts.days[1]
    assert facts.running is facts.days[2]
    assert [(one.address, one.records, one.rejected_records) for one in facts.entities] == [
        ("pos/sales", 37, 2),
        ("shop/orders", 1, 0),
    ]
    assert facts.duplicates == ()
