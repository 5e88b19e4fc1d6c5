"""What a day looks like is kept beside its rules' results, in their transaction, and read back for other days."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from sync_platform.contracts.contract import OFF
from sync_platform.contracts.day_profile import Age, DayVolume, age_of
from sync_platform.errors import LandingUnavailable
from sync_platform.landing.database import Connection
from sync_platform.landing.days import DayKey
from sync_platform.landing.profiles import (
    read_profiles,
    read_shape,
    read_volumes,
    store_profile,
    store_shape,
)
from sync_platform.pull import captured_shape
from sync_platform.pull.day_rules import check_day
from sync_platform.pull.day_statistics import hours_over, statistics_in
from sync_platform_tests.drift.days import TODAY, ago, profile, volume
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import NOON, Till, milliseconds, sale

KEY = DayKey("till", "sales", TODAY)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    """A process that has looked at nothing yet."""
    captured_shape._stored.clear()
    yield
    captured_shape._stored.clear()


def volumes(connection: Connection, *days: date) -> list[DayVolume]:
    return read_volumes(connection, system="till", entity="sales", days=days)


def test_a_profile_is_read_back_as_it_was_taken(connection: Connection) -> None:
    taken = replace(profile(ago(1)), volume=volume(ago(1), 9, by_hour=[0] * 23 + [9], busy=[0] * 23 + [4], S1=4, S2=5))
    store_profile(connection, replace(KEY, day=ago(1)), taken)
    (kept,) = read_profiles(connection, KEY, age=Age.SETTLED)
    assert (kept.fields, kept.rows, kept.age) == (taken.fields, 1000, Age.SETTLED)
    assert volumes(connection, ago(1)) == [taken.volume]


def test_a_day_is_kept_once_for_each_age(connection: Connection) -> None:
    yesterday = replace(KEY, day=ago(1))
    for age in (Age.QUARTER_1, Age.QUARTER_1, Age.SETTLED):
        store_profile(connection, yesterday, profile(ago(1), age=age))
    assert [age for age in Age if read_profiles(connection, KEY, age=age)] == [Age.QUARTER_1, Age.SETTLED]


def test_a_day_is_not_compared_with_itself(connection: Connection) -> None:
    store_profile(connection, KEY, replace(profile(), volume=volume(TODAY, 9)))
    assert read_profiles(connection, KEY, age=Age.SETTLED) == []


def test_a_branch_that_has_no_rows_any_more_is_kept_as_none(connection: Connection) -> None:
    yesterday = replace(KEY, day=ago(1))
    store_profile(connection, yesterday, replace(profile(ago(1)), volume=volume(ago(1), 9, S1=4, S2=5)))
    store_profile(connection, yesterday, replace(profile(ago(1)), volume=volume(ago(1), 5, S2=5)))
    (kept,) = volumes(connection, ago(1))
    assert {name: one.rows for name, one in kept.branches.items()} == {"": 5, "S1": 0, "S2": 5}


def test_the_first_look_at_a_days_records_keeps_its_time(connection: Connection) -> None:
    def store(samples: int) -> datetime:
        store_shape(
            connection, KEY, contract_version="1.0.0", samples=samples, paths={"id": {"string": samples}}, cut=False
        )
        kept = read_shape(connection, KEY)
        assert kept is not None
        assert kept.samples == samples
        return kept.observed_at

    assert store(1) == store(2)


def watching(hub: Hub) -> dict[str, Any]:
    return {"statistics": statistics_in(hub.database)}


def results(hub: Hub, day: str = "2026-11-20") -> dict[str, str]:
    rows = hub.query("select rule, observed from sync.check_result where business_day = %s", [day])
    return {row["rule"]: row["observed"] for row in rows}


def test_a_whole_day_is_looked_at_before_it_is_published(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"), sale("B"))
    load = hub.pull_day(**watching(hub))
    told = results(hub)
    assert load.outcome == "published"
    assert told["volume"] == "learning: 0 of 7 days"
    assert told["schema_drift"] == "learning: these are the first records looked at"
    assert {told[rule] for rule in ("null_drift", "value_drift", "unit_drift", "distribution_drift")} == {
        "learning: 0 of 7 days"
    }
    kept = hub.query("select field, kind, rows, counts, age from sync.profile order by field")
    assert [(row["field"], row["kind"], row["rows"]) for row in kept] == [
        ("amount", "number", 2),
        ("changed", "presence", 2),
        ("day", "presence", 2),
        ("id", "presence", 2),
        ("status", "values", 2),
    ]
    assert (kept[4]["counts"], kept[4]["age"]) == ({"open": 2}, "running_3")
    assert hub.query("select rows, branch from sync.volume") == [{"rows": 2, "branch": ""}]
    (shape,) = hub.query("select samples, paths from sync.shape")
    assert (shape["samples"], set(shape["paths"])) == (2, {"id", "day", "amount", "status", "changed"})


def test_the_days_checks_are_counted_with_its_rules(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.pull_day(**watching(hub))
    day = hub.day()
    assert day is not None
    # There is no rule among them here; what is still learning passes.
    assert (day.checks_passed, day.checks_failed, len(results(hub))) == (7, 0, 7)


def test_without_statistics_nothing_is_taken(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    hub.pull_delta()
    hub.check_day()
    assert results(hub) == {}
    for table in ("profile", "volume", "shape"):
        assert hub.query(f"select * from sync.{table}") == []  # noqa: S608 - one of ours


def test_a_day_that_is_held_keeps_its_results_and_no_profile(hub: Hub, till: Till) -> None:
    from sync_platform_tests.till.hub import verdict

    till.has_sales(sale("A"))
    hub.verdicts = (verdict(passed=False),)
    assert hub.pull_day(**watching(hub)).outcome == "held"
    assert "volume" in results(hub)
    assert hub.query("select * from sync.profile") == []


def test_a_day_that_deltas_touched_is_looked_at_when_its_rules_run(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("B", at=30, extra=1))
    hub.pull_delta()
    entity = hub.entity("sales")
    check_day(hub.database, entity, day=TODAY, check=hub._check, **watching(hub))
    assert hub.query("select rows from sync.volume") == [{"rows": 2}]
    assert "volume" in results(hub)


def test_what_comes_as_a_change_is_looked_at_too(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"))
    hub.pull_day(**watching(hub))
    clock.advance(60)
    till.puts(sale("B", at=30, extra=1))
    from sync_platform.pull.delta import pull_delta

    pull_delta(replace(hub.tools, **watching(hub)), hub.entity("sales"))
    (shape,) = hub.query("select samples, paths from sync.shape")
    assert shape["paths"]["extra"] == {"number": 1}
    assert shape["paths"]["id"] == {"string": shape["samples"]}


def test_a_profile_that_cannot_be_taken_holds_nothing_and_says_so(hub: Hub, till: Till) -> None:
    from sync_platform.checks.profile import ProfileNotTaken
    from sync_platform.pull.day_statistics import Statistics

    def refuse(*_: Any, **__: Any) -> Any:
        raise ProfileNotTaken("it ran out of time (statement_timeout).")

    till.has_sales(sale("A"))
    assert hub.pull_day(statistics=Statistics(take=refuse)).outcome == "published"
    assert set(results(hub).values()) == {"could not be run"}
    day = hub.day()
    assert day is not None
    assert (day.checks_failed, day.blocking_failed) == (7, 0)


def test_a_changed_unit_is_told_by_its_own_check_from_the_tables(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Eight days of 120 sales; on the ninth every amount is a hundredth: somebody sends rupees for cents."""
    for back in range(9, 0, -1):
        day = ago(back)
        lived(hub, till, day, amounts=("1.00", "2.50", "4.00", "9.90"))
    lived(hub, till, TODAY, amounts=("100.00", "250.00", "400.00", "990.00"))
    failed = hub.query("select rule, observed from sync.check_result where not passed")
    assert [row["rule"] for row in failed] == ["unit_drift"]
    assert failed[0]["observed"].startswith("amount: values are about 110 times what they were")


def lived(hub: Hub, till: Till, day: date, *, amounts: tuple[str, ...]) -> None:
    """The whole day is read after three days, when it has settled."""
    seconds = (
        datetime.combine(day, datetime.min.time(), NOON.tzinfo) + timedelta(days=5) - hub.clock.now()
    ).total_seconds()
    if seconds > 0:
        hub.clock.advance(seconds)  # type: ignore[attr-defined]
    at = (datetime.combine(day, datetime.min.time(), NOON.tzinfo) - NOON).total_seconds()
    till.has_sales(
        *(
            sale(
                f"{day}-{number}", amounts[number % len(amounts)], at=at, day=day.isoformat(), changed=milliseconds(at)
            )
            for number in range(120)
        )
    )
    assert hub.pull_day(day=day.isoformat(), **watching(hub)).outcome == "published"


def test_hours_that_are_over_are_those_of_the_partners_wall_clock(hub: Hub) -> None:
    calendar = hub.entity("sales").calendar
    start = calendar.start_of(TODAY)
    assert hours_over(calendar, TODAY, start) == frozenset()
    assert hours_over(calendar, TODAY, start + timedelta(hours=2, minutes=59)) == {0, 1}
    assert hours_over(calendar, TODAY, start + timedelta(hours=23, minutes=59)) == set(range(23))
    assert hours_over(calendar, TODAY, start + timedelta(days=1)) is None


def test_a_check_that_the_contract_turned_off_is_not_there(hub: Hub, till: Till) -> None:
    from sync_platform.pull.whole_day import pull_day

    entity = hub.entity("sales")
    quiet = replace(entity, contract=replace(entity.contract, drift={"volume": OFF}))
    till.has_sales(sale("A"))
    pull_day(replace(hub.tools, **watching(hub)), quiet, day=TODAY)
    assert "volume" not in results(hub)


def test_the_kept_days_can_be_read_in_the_report_schema(connection: Connection) -> None:
    taken = replace(profile(), volume=volume(TODAY, 9, by_hour=[0] * 23 + [9], S1=4))
    store_profile(connection, KEY, taken)
    hours = connection.execute(
        "select branch, hour, rows from report.volume where rows > 0 order by branch nulls first"
    ).fetchall()
    assert hours == [(None, 23, 9), ("S1", 12, 4)]
    row = connection.execute(
        "select rows, nulls, missing_share, counts ->> 'PASTRY' from report.profile where field = 'department'"
    ).fetchone()
    assert row == (1000, 30, 0.03, "70")


@pytest.mark.parametrize(
    ("hours", "age"),
    [
        (-1, Age.QUARTER_1),
        (0, Age.QUARTER_1),
        (5.9, Age.QUARTER_1),
        (6, Age.QUARTER_2),
        (23.9, Age.QUARTER_4),
        (24, Age.FRESH),
        (95.9, Age.FRESH),
        (96, Age.SETTLED),
    ],
)
def test_a_day_ages_by_its_quarters_and_settles_three_days_after_its_end(hub: Hub, hours: float, age: Age) -> None:
    calendar = hub.entity("sales").calendar
    assert age_of(TODAY, now=calendar.start_of(TODAY) + timedelta(hours=hours), calendar=calendar) is age


def test_a_database_that_was_not_migrated_says_so(hub: Hub, till: Till) -> None:
    hub.run("drop table sync.profile cascade")
    till.has_sales(sale("A"))
    with pytest.raises(LandingUnavailable, match="sync-platform migrate"):
        hub.pull_day(**watching(hub))
