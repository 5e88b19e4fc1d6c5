"""The quality report's facts, read from a real PostgreSQL with planted rows."""

from __future__ import annotations

import json
from datetime import UTC, date, timedelta

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import LandingUnavailable
from sync_platform.freshness.moment import write_sentence
from sync_platform.landing.database import Database
from sync_platform.reports.quality_facts import DayQuality, EntityQuality, QualityFacts, WeekQuality
from sync_platform.reports.quality_landed import collect_quality
from sync_platform.reports.statistical_facts import Change, Share, VolumeDay
from sync_platform_tests.reports.conftest import NOW, TODAY, PlantedSync
from sync_platform_tests.reports.profiled import (
    plant_profile,
    plant_proposals,
    plant_rate,
    plant_volume,
)

Systems = tuple[PartnerSystem, ...]
DAY, WEEK = timedelta(days=1), timedelta(weeks=1)


def collect(planted: PlantedSync, systems: Systems) -> QualityFacts:
    return collect_quality(planted.database, systems, now=NOW)


def find(facts: QualityFacts, address: str) -> EntityQuality:
    return next(entity for entity in facts.entities if entity.address == address)


def changed(what: str, now: str, before: str) -> str:
    return json.dumps([{"what": what, "now": now, "before": before}])


def test_an_empty_database_has_no_checked_day_and_says_what_is_not_measured(
    planted: PlantedSync, systems: Systems
) -> None:
    facts = collect(planted, systems)

    assert write_sentence(facts.headline, UTC) == "No day was checked yet."
    assert {entity.days for entity in facts.entities} == {()}
    assert (facts.rules, facts.reasons, facts.dead_letters) == ((), (), 0)
    assert (facts.drift.ran, facts.volume.ran) == (None, None)
    assert facts.duplicates.missing is not None


@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"checks_passed": 12}, "passed"),
        ({"checks_passed": 11, "checks_failed": 1}, "warned"),
        ({"checks_passed": 11, "checks_failed": 1, "blocking_failed": 1}, "blocked"),
        ({"state": "held", "checks_passed": 12}, "blocked"),
        ({}, "unchecked"),
        ({"state": "not_obtainable"}, "not_obtainable"),
    ],
)
def test_a_day_is_as_its_worst_check_and_its_week_as_its_worst_day(
    planted: PlantedSync, systems: Systems, values: dict[str, object], state: str
) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, rows=7, **values)
    monday = date(2026, 9, 7)
    planted.day("pos/sales", monday + 2 * DAY, as_of=NOW, **values)
    planted.day("pos/sales", monday + 3 * DAY, as_of=NOW, checks_passed=1)

    sales = find(collect(planted, systems), "pos/sales")

    assert [day.state for day in sales.days] == [state]
    (week,) = sales.weeks
    assert (week.week, week.days) == (monday, 2)
    assert week.state == ("passed" if state == "not_obtainable" else state)


def test_a_day_has_the_figures_that_its_cell_tells(planted: PlantedSync, systems: Systems) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, rows=7, checks_passed=9, checks_failed=3, blocking_failed=1)
    planted.letters("pos/sales", TODAY, 4)
    planted.letters("pos/sales", TODAY, 2, state="resolved")

    (day,) = find(collect(planted, systems), "pos/sales").days

    assert day == DayQuality(TODAY, "blocked", passed=9, failed=3, blocking=1, rows=7, dead_letters=4)


def test_five_weeks_are_told_by_day_and_what_is_older_by_week_up_to_400_days(
    planted: PlantedSync, systems: Systems
) -> None:
    for back in (0, 34, 35, 400, 401):
        planted.day("pos/sales", TODAY - back * DAY, as_of=NOW, checks_passed=1)

    facts = collect(planted, systems)
    sales = find(facts, "pos/sales")

    assert [day.day for day in sales.days] == [TODAY - 34 * DAY, TODAY]
    # 2026-10-17 is a Saturday, 2025-10-17 a Friday.
    assert sales.weeks == (
        WeekQuality(date(2025, 10, 13), days=1, passed=1),
        WeekQuality(date(2026, 10, 12), days=1, passed=1),
    )
    assert (len(facts.days), facts.days[0]) == (35, TODAY - 34 * DAY)
    assert (facts.weeks[0], facts.weeks[-1], len(facts.weeks)) == (date(2025, 10, 13), date(2026, 10, 12), 53)


@pytest.mark.parametrize(("oldest", "shown"), [(0, 14), (13, 14), (20, 21), (34, 35)])
def test_a_young_platform_shows_no_empty_weeks_and_at_least_a_fortnight(
    planted: PlantedSync, systems: Systems, oldest: int, shown: int
) -> None:
    planted.day("pos/sales", TODAY - oldest * DAY, as_of=NOW, checks_passed=1)

    days = collect(planted, systems).days

    assert (len(days), days[-1]) == (shown, TODAY)


def test_failed_rules_are_counted_by_days_what_blocks_first(planted: PlantedSync, systems: Systems) -> None:
    for back in (0, 1, 2, 40):
        day = TODAY - back * DAY
        found = {"observed": f"{back} days back", "unexpected_count": 10 + back, "element_count": 100}
        planted.rule("pos/sales", day, "product_in_catalogue", NOW - back * DAY, **found)
    planted.rule("pos/sales", TODAY, "key_is_unique", NOW, blocking=True, severity="critical", observed="2 keys twice")
    planted.rule("pos/sales", TODAY, "branch_known", NOW, passed=True)
    planted.rule("pos/sales", TODAY, "no_longer_in_the_contract", NOW - DAY)
    planted.rule("pos/sales", TODAY, "volume", NOW, observed="rows: got 1")

    unique, catalogue = collect(planted, systems).rules

    assert (unique.rule, unique.blocking, unique.days, unique.unexpected) == ("key_is_unique", True, 1, None)
    assert (catalogue.rule, catalogue.days, catalogue.last_day) == ("product_in_catalogue", 3, TODAY)
    assert (catalogue.unexpected, catalogue.elements, catalogue.observed) == (33, 300, "0 days back")


def test_open_dead_letters_of_all_days_are_counted_by_reason(planted: PlantedSync, systems: Systems) -> None:
    planted.letters("shop/orders", TODAY, 2)
    planted.letters("shop/orders", TODAY - 300 * DAY, 3)
    planted.letters("shop/orders", TODAY, 4, reason="missing", field="currency")
    planted.letters("shop/orders", TODAY, 9, reason="type", field="total", state="resolved")

    facts = collect(planted, systems)

    assert [(one.address, one.reason, one.field, one.records) for one in facts.reasons] == [
        ("shop/orders", "range", "quantity", 5),
        ("shop/orders", "missing", "currency", 4),
    ]
    assert facts.dead_letters == 9
    assert write_sentence(facts.headline, UTC) == "No day was checked yet."


def test_the_headline_counts_what_was_checked(planted: PlantedSync, systems: Systems) -> None:
    planted.day("pos/sales", TODAY, as_of=NOW, checks_passed=3)
    planted.day("pos/sales", TODAY - DAY, as_of=NOW, checks_passed=2, checks_failed=1)
    planted.day("pos/sales", TODAY - 2 * DAY, state="held", checks_passed=3)
    planted.day("pos/sales", TODAY - 3 * DAY, as_of=NOW)
    planted.letters("pos/sales", TODAY, 1)

    words = write_sentence(collect(planted, systems).headline, UTC)

    assert words == "1 of 3 checked days passed all their rules; 1 is held back; 1 rejected record waits."


def test_drift_says_what_it_was_and_what_learns_is_no_verdict(planted: PlantedSync, systems: Systems) -> None:
    sample = changed("coupon", "missing in 48% of rows", "2.1% on the 14 days 2026-11-06..2026-11-20")
    planted.rule("shop/orders", TODAY, "null_drift", NOW, observed="coupon: missing in 48% of rows", sample=sample)
    planted.rule("shop/orders", TODAY, "value_drift", NOW, passed=True, severity="info", observed="learning: 3 days")
    planted.rule("shop/orders", TODAY, "unit_drift", NOW, passed=True, observed="as on the 9 days")
    planted.rule("shop/orders", TODAY - 50 * DAY, "unit_drift", NOW, observed="long ago")

    drift = collect(planted, systems).drift

    assert drift.ran is not None
    assert (drift.ran.checks, drift.ran.failed, drift.ran.learning, drift.ran.newest_at) == (3, 1, 1, NOW)
    (failure,) = drift.failures
    assert (failure.address, failure.day, failure.rule) == ("shop/orders", TODAY, "null_drift")
    assert failure.changes == (
        Change("coupon", "missing in 48% of rows", "2.1% on the 14 days 2026-11-06..2026-11-20"),
    )


def test_without_stored_profiles_a_drift_is_told_without_a_plot(planted: PlantedSync, systems: Systems) -> None:
    planted.rule("shop/orders", TODAY, "null_drift", NOW, sample=changed("coupon", "x", "y"))

    drift = collect(planted, systems).drift

    assert (len(drift.failures), drift.shapes) == (1, ())


def test_a_drift_is_shown_as_the_shares_before_and_now_at_the_same_age(planted: PlantedSync, systems: Systems) -> None:
    planted.rule("shop/orders", TODAY, "value_drift", NOW, sample=changed("status", "'returned' is new", "never seen"))
    plant = planted.connection, "shop/orders"
    plant_profile(*plant, TODAY, "status", {"paid": 50, "returned": 30}, age="fresh", nulls=20)
    plant_profile(*plant, TODAY, "status", {"paid": 9}, age="running_4", nulls=91)
    plant_profile(*plant, TODAY - DAY, "status", {"paid": 90}, age="fresh", nulls=10)
    plant_profile(*plant, TODAY - 2 * DAY, "status", {"paid": 60, "sent": 40}, age="fresh")
    plant_profile(*plant, TODAY - 2 * DAY, "status", {"paid": 1}, age="settled", nulls=99)
    plant_profile(*plant, TODAY - 15 * DAY, "status", {"paid": 1}, age="fresh", nulls=99)

    (shape,) = collect(planted, systems).drift.shapes

    assert (shape.title, shape.days_before) == ("shop/orders status, 21 Nov", 2)
    assert shape.shares == (
        Share("missing", before=0.05, now=0.2),
        Share("paid", before=0.75, now=0.5),
        Share("returned", before=0.0, now=0.3),
        Share("sent", before=0.2, now=0.0),
    )


@pytest.mark.parametrize("age", ["running_2", "current"])
def test_a_running_day_and_a_state_are_shown_like_any_other(planted: PlantedSync, systems: Systems, age: str) -> None:
    planted.rule("shop/orders", TODAY, "value_drift", NOW, sample=changed("status", "'returned' is new", "never seen"))
    plant = planted.connection, "shop/orders"
    plant_profile(*plant, TODAY, "status", {"returned": 100}, age=age)
    plant_profile(*plant, TODAY - DAY, "status", {"paid": 100}, age=age)
    plant_profile(*plant, TODAY - DAY, "status", {"sent": 100}, age="settled")

    (shape,) = collect(planted, systems).drift.shapes

    assert [(share.category, share.before, share.now) for share in shape.shares] == [
        ("missing", 0.0, 0.0),
        ("paid", 1.0, 0.0),
        ("returned", 0.0, 1.0),
    ]


def test_sizes_are_told_by_powers_of_two(planted: PlantedSync, systems: Systems) -> None:
    """Bin 81 holds 1, and four bins are an octave: 95 and 96 hold 11.3 and 13.5, 77 holds a half."""
    planted.rule("shop/orders", TODAY, "unit_drift", NOW, sample=changed("quantity", "12 times larger", "1"))
    plant_profile(planted.connection, "shop/orders", TODAY, "quantity", {"95": 60, "96": 40}, kind="number")
    before = {"81": 70, "77": 10, "0": 15, "-81": 5}
    plant_profile(planted.connection, "shop/orders", TODAY - DAY, "quantity", before, kind="number")

    (shape,) = collect(planted, systems).drift.shapes

    assert [(share.category, share.before, share.now) for share in shape.shares] == [
        ("missing", 0.0, 0.0),
        ("about -1", 0.05, 0.0),
        ("about 0", 0.15, 0.0),
        ("about 0.5", 0.1, 0.0),
        ("about 1", 0.7, 0.0),
        ("about 16", 0.0, 1.0),
    ]


def test_delays_are_told_by_how_late_records_became_known(planted: PlantedSync, systems: Systems) -> None:
    planted.rule("pos/sales", TODAY, "lateness_drift", NOW, sample=changed("delay", "known after 12 h", "at once"))
    plant_profile(planted.connection, "pos/sales", TODAY, "_lateness", {"1": 20, "9": 70, "13": 10}, kind="delays")
    plant_profile(planted.connection, "pos/sales", TODAY - DAY, "_lateness", {"0": 10, "1": 90}, kind="delays")

    (shape,) = collect(planted, systems).drift.shapes

    assert shape.title == "pos/sales delay, 21 Nov"
    assert [(share.category, share.before, share.now) for share in shape.shares] == [
        ("missing", 0.0, 0.0),
        ("in time", 0.1, 0.0),
        ("within 10 s", 0.9, 0.2),
        ("within 1 d", 0.0, 0.7),
        ("later", 0.0, 0.1),
    ]


def test_volumes_come_with_the_band_that_they_were_held_against(planted: PlantedSync, systems: Systems) -> None:
    judged: tuple[dict[str, int], ...] = (
        {"element_count": 4_243, "expected_low": 3_900, "expected_high": 4_600},
        {"element_count": 12, "expected_low": 3_901, "expected_high": 4_601},
        {},
    )
    for back, figures in enumerate(judged):
        planted.rule("pos/sales", TODAY - back * DAY, "volume", NOW, passed=not back, **figures)
        plant_volume(planted.connection, "pos/sales", TODAY - back * DAY, 5_000 + back)
        plant_volume(planted.connection, "pos/sales", TODAY - back * DAY, 7, branch="S0330")
    plant_volume(planted.connection, "pos/sales", TODAY - 3 * DAY, 5_003)

    volume = collect(planted, systems).volume

    (series,) = volume.series
    assert series.days == (
        VolumeDay(TODAY - 3 * DAY, 5_003),
        VolumeDay(TODAY - 2 * DAY, 5_002, failed=True),
        VolumeDay(TODAY - DAY, 12, 3_901, 4_601, failed=True),
        VolumeDay(TODAY, 4_243, 3_900, 4_600),
    )
    assert series.failed == len(volume.failures) == 2


def test_duplicate_rates_are_the_newest_of_each_kind_and_system(planted: PlantedSync, systems: Systems) -> None:
    plant_rate(planted.connection, "customers", "all", TODAY - DAY, 1_000, 900)
    plant_rate(planted.connection, "customers", "all", TODAY, 1_000, 25)
    plant_rate(planted.connection, "customers", "shop", TODAY, 0, 0)
    plant_proposals(planted.connection, "customers", "open", "open", "withdrawn")

    duplicates = collect(planted, systems).duplicates

    assert [(one.kind, one.system, one.day, one.rate) for one in duplicates.rates] == [
        ("customers", "all", TODAY, 0.025),
        ("customers", "shop", TODAY, None),
    ]
    assert (duplicates.waiting, duplicates.missing) == ((("customers", 2),), None)


def test_a_secret_in_what_was_observed_is_not_in_the_facts(planted: PlantedSync, systems: Systems) -> None:
    planted.rule("pos/sales", TODAY, "a_rule", NOW, observed="GET /sales?api_key=hunter2hunter2 was refused")
    planted.rule("pos/sales", TODAY, "null_drift", NOW, observed="token=hunter2hunter2", sample=changed("a", "b", "c"))

    assert "hunter2" not in repr(collect(planted, systems))


def test_no_database_is_an_error_and_not_an_empty_report(systems: Systems) -> None:
    with pytest.raises(LandingUnavailable):
        collect_quality(Database("postgresql://nobody@127.0.0.1:1/none"), systems, now=NOW)
