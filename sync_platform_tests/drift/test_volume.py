"""How many rows are expected is said as a band; too few and too many are found, what is no anomaly is not."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from sync_platform.checks.result import Expected, RuleResult
from sync_platform.checks.volume import Calendar, Known, judge_volume
from sync_platform.contracts.contract import EntityKind, Severity
from sync_platform.contracts.day_profile import ALL_BRANCHES, DayVolume
from sync_platform_tests.drift.days import TODAY, ago, contract, volume

EVEN = [100] * 24


def fridays(*rows: int) -> list[DayVolume]:
    """So many rows on the Fridays before TODAY, the nearest first."""
    return [volume(ago(7 * (week + 1)), number) for week, number in enumerate(rows)]


def judged(today: DayVolume, days: list[DayVolume], **more: Any) -> RuleResult:
    found = judge_volume(contract(), today, days, **more)
    assert found is not None
    return found


def test_a_day_within_its_band_says_the_band() -> None:
    found = judged(volume(TODAY, 2_500), fridays(2_450, 2_550, 2_500, 2_600, 2_400))
    assert found.passed
    assert found.observed == "2,500 rows, expected 2,000-3,000 by the 5 days 2026-10-16..2026-11-13"
    assert (found.element_count, found.expected) == (2_500, Expected(low=2_000, high=3_000))


@pytest.mark.parametrize(("rows", "passed"), [(12, False), (0, False), (1_999, False), (2_001, True), (3_001, False)])
def test_rows_outside_the_band_are_found(rows: int, passed: bool) -> None:
    found = judged(volume(TODAY, rows), fridays(2_450, 2_550, 2_500, 2_600, 2_400))
    assert found.passed is passed
    if not passed:
        assert found.observed == f"rows: got {rows:,}, expected 2,000-3,000 by the 5 days 2026-10-16..2026-11-13"


def test_a_sunday_is_compared_with_sundays() -> None:
    """Sundays have a tenth of the rows; four of them are known."""
    sunday = date(2026, 11, 22)
    days = [volume(sunday - timedelta(days=back), 250 if back % 7 == 0 else 2_500) for back in range(1, 29)]
    assert judged(volume(sunday, 250), days).passed
    assert not judged(volume(sunday, 2_500), days).passed
    assert not judged(volume(sunday + timedelta(days=1), 250), days).passed


def test_a_cold_start_is_learning_and_not_fine() -> None:
    found = judged(volume(TODAY, 0), [volume(ago(back), 2_500) for back in (1, 2, 3)])
    assert (found.passed, found.severity, found.observed) == (True, Severity.INFO, "learning: 3 of 7 days")
    assert (found.element_count, found.expected) == (None, None)


def test_a_branch_without_rows_is_named_with_its_band() -> None:
    days = [volume(ago(7 * week), 10_000, S0330=1_000, S0331=900) for week in range(1, 6)]
    found = judged(volume(TODAY, 10_000, S0330=0, S0331=900), days)
    assert not found.passed
    assert found.observed == "branch S0330: got 0, expected 550-1,450 by the 5 days 2026-10-16..2026-11-13"


def test_a_branch_of_which_nothing_comes_is_found_however_much_it_varies() -> None:
    """Ten rows a receipt: 300 rows are some thirty receipts, and thirty are never none; of five that may be."""
    days = [
        volume(ago(7 * week), 50_000, LARGE=rows, SMALL=rows // 6)
        for week, rows in enumerate((300, 200, 400, 350, 260, 340), start=1)
    ]
    found = judged(volume(TODAY, 50_000, LARGE=0, SMALL=0), days)
    assert found.observed.startswith("branch LARGE: got 0, expected 1-")
    assert "SMALL" not in found.observed
    assert judged(volume(TODAY, 50_000, LARGE=1, SMALL=0), days).passed


def test_many_branches_are_told_as_one_result_that_names_the_worst() -> None:
    names = {f"S{number:04d}": 1_000 for number in range(40)}
    days = [volume(ago(7 * week), 40_000, **names) for week in range(1, 6)]
    found = judged(volume(TODAY, 40_000, **dict.fromkeys(names, 0)), days)
    assert found.observed.count("branch S") == 3
    assert "(and 37 more branches)" in found.observed


def test_an_hour_without_rows_is_found_though_the_day_is_within_its_band() -> None:
    days = [volume(ago(7 * week), 2_400, by_hour=EVEN) for week in range(1, 6)]
    found = judged(volume(TODAY, 2_300, by_hour=[0 if hour == 14 else 100 for hour in range(24)]), days)
    assert found.observed.startswith("14:00-14:59: got 0, expected 30-170 by ")
    assert judged(volume(TODAY, 2_400, by_hour=EVEN), days).passed


def test_what_is_wrong_with_the_whole_day_is_not_told_of_each_hour_again() -> None:
    days = [volume(ago(7 * week), 2_400, by_hour=EVEN) for week in range(1, 6)]
    assert judged(volume(TODAY, 0, by_hour=[0] * 24), days).observed.count("got") == 1


def test_of_a_running_day_only_the_hours_that_are_over_count() -> None:
    days = [volume(ago(7 * week), 2_400, by_hour=EVEN) for week in range(1, 6)]
    morning = volume(TODAY, 1_000, by_hour=[100] * 10 + [0] * 14)
    over = Known(hours=frozenset(range(10)))
    assert judged(morning, days, known=over).passed
    assert not judged(morning, days).passed
    assert not judged(volume(TODAY, 0, by_hour=[0] * 24), days, known=over).passed
    assert judged(morning, days, known=Known(hours=frozenset())).observed == "no hour of the day is over yet"


def test_of_a_running_day_without_hours_nothing_is_said_and_of_a_state_everything() -> None:
    """A state is whole whenever it is looked at."""
    over = Known(hours=frozenset(range(10)))
    found = judged(volume(TODAY, 1_000), fridays(*[2_500] * 5), known=over)
    assert (found.passed, found.severity) == (True, Severity.INFO)
    assert found.observed == "the day is not over, and its records do not say their hour"
    state = judge_volume(contract(kind=EntityKind.STATE), volume(TODAY, 1_000), fridays(*[2_500] * 5), known=over)
    assert state is not None
    assert not state.passed


def test_a_branch_that_uploads_late_is_judged_by_the_hours_it_has_told_of() -> None:
    """S0009 is six hours behind: its rows of noon are not there yet, and nobody misses them."""
    days = [volume(ago(7 * week), 2_400, by_hour=EVEN, S0009=80) for week in range(1, 6)]
    until_14 = frozenset(range(14))
    today = volume(TODAY, 1_320, by_hour=[20 if hour == 12 else 100 if hour < 14 else 0 for hour in range(24)], S0009=0)
    late = Known(hours=until_14, by_branch={"S0009": frozenset(range(8)), "S0001": until_14})
    assert judged(today, days, known=late).passed
    assert "12:00-12:59: got 20" in judged(today, days, known=Known(hours=until_14)).observed


def closed_on(*days: date) -> Calendar:
    return Calendar(is_open=lambda _, day: day not in days)


def test_a_holiday_is_no_anomaly_and_is_not_compared_with() -> None:
    days = [volume(ago(back), 2_500) for back in range(1, 15)]
    found = judged(volume(TODAY, 0), days, calendar=closed_on(TODAY))
    assert (found.passed, found.severity) == (True, Severity.INFO)
    assert found.observed == "closed on 2026-11-20: none are expected, 0 came"
    holidays = [volume(ago(back), 0 if back in (7, 14, 21, 28) else 2_500) for back in range(1, 29)]
    assert not judged(volume(TODAY, 0), holidays, calendar=closed_on(*(ago(back) for back in (7, 14, 21, 28)))).passed
    assert judged(volume(TODAY, 0), holidays).passed


def test_a_branchs_own_holiday_is_no_anomaly() -> None:
    days = [volume(ago(7 * week), 10_000, S0330=1_000) for week in range(1, 6)]
    shut = Calendar(is_open=lambda branch, day: (branch, day) != ("S0330", TODAY))
    assert judged(volume(TODAY, 10_000, S0330=0), days, calendar=shut).passed
    assert not judged(volume(TODAY, 10_000, S0330=0), days).passed


def test_a_frozen_day_is_not_judged() -> None:
    found = judged(volume(TODAY, 0), fridays(*[2_500] * 5), calendar=Calendar(frozen=frozenset({TODAY})))
    assert found.observed == "frozen on 2026-11-20: none are expected, 0 came"


def test_rows_that_come_ten_at_a_time_vary_more_and_are_judged_so() -> None:
    """Five receipts of ten lines more or less are nothing; fifty single rows less of a hundred are much."""
    clumped, steady = fridays(100, 160, 60, 130, 70, 110), fridays(100, 101, 99, 100, 102, 98)
    assert judged(volume(TODAY, 40), clumped).passed
    assert not judged(volume(TODAY, 40), steady).passed


def test_a_states_rows_hardly_vary() -> None:
    days = [volume(ago(back), 20_000) for back in range(1, 9)]
    state = contract(kind=EntityKind.STATE)
    assert [
        judge_volume(state, volume(TODAY, rows), days).passed  # type: ignore[union-attr]
        for rows in (20_000, 19_000, 17_000, 12_000)
    ] == [True, True, False, False]


def test_the_check_can_be_turned_off_or_made_critical() -> None:
    assert judge_volume(contract(volume="off"), volume(TODAY, 0), fridays(*[2_500] * 5)) is None
    found = judge_volume(contract(volume="critical"), volume(TODAY, 0), fridays(*[2_500] * 5))
    assert found is not None
    assert found.blocking


def test_rows_without_a_branch_count_in_the_whole() -> None:
    assert volume(TODAY, 5, S1=3).branches[ALL_BRANCHES].rows == 5
