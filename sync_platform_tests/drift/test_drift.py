"""Each kind of drift is found by the check meant for it and by no other, and says what changed from what to what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sync_platform.checks.drift import judge_drift
from sync_platform.checks.result import RuleResult
from sync_platform.contracts.contract import Severity
from sync_platform.contracts.day_profile import Age, DayProfile
from sync_platform_tests.drift.days import USUAL, ago, contract, history, profile, values

COMPARED = "the 9 days 2026-11-11..2026-11-19"


def failed(results: tuple[RuleResult, ...]) -> list[str]:
    return [result.rule for result in results if not result.passed]


def judged(**changed: Any) -> tuple[RuleResult, ...]:
    return judge_drift(contract(), profile(**changed), history())


def test_a_day_like_the_others_passes_every_check_and_says_which_days_it_is_like() -> None:
    results = judged()
    assert failed(results) == []
    assert {result.observed for result in results} == {f"as on {COMPARED}"}
    assert [result.rule for result in results] == [
        "null_drift",
        "value_drift",
        "unit_drift",
        "distribution_drift",
        "lateness_drift",
    ]


DRIFTED: list[tuple[str, dict[str, Any], str]] = [
    ("distribution_drift", {"quantity": {8: 500, 300: 500}}, "quantity: 100% of values from 7.34 to 332 "),
    ("null_drift", {"department": {"GROCERY": 690}, "nulls": 310}, "department: missing in 31% of rows, "),
    (
        "distribution_drift",
        {"quantity": {0: 1000}},
        "quantity: 100% of values are 0 (divergence 1.00 bits), 0% on the 9 days",
    ),
    (
        "null_drift",
        {"department": {"GROCERY": 500, "PRODUCE": 140, "PASTRY": 50}, "nulls": 310},
        f"department: missing in 31% of rows, 2.0-4.0% on {COMPARED}",
    ),
    (
        "value_drift",
        {"uom": {"EA": 890, "CS": 100, "PAL": 10}},
        f"uom: 'PAL' new in 1.0% of values, never seen on {COMPARED} among 2 values",
    ),
    (
        "value_drift",
        {"department": {"GROCERY": 730, "PRODUCE": 240}},
        f"department: 'PASTRY' gone, at least 7.2% of values on each of {COMPARED}",
    ),
    (
        "unit_drift",
        {"quantity": {12: 600, 24: 250, 36: 100, 72: 50}},
        "quantity: values are about 11 times what they were, as in another unit than sellable units (median about 11), "
        f"median about 1 on {COMPARED}",
    ),
    (
        "unit_drift",
        {"amount": {0.0099: 200, 0.025: 300, 0.05: 300, 0.12: 150, 0.4: 50}},
        "amount: values are about 1/91 times what they were",
    ),
    (
        "distribution_drift",
        {"quantity": {1: 200, 2: 250, 3: 500, 6: 50}},
        "quantity: 50% of values from 2.59 to 3.08 (divergence 0.18 bits), 10% on",
    ),
    (
        "distribution_drift",
        {"uom": {"EA": 500, "CS": 500}},
        "uom: 50% of values are 'CS' (divergence 0.15 bits), 9.0-11% on",
    ),
    ("distribution_drift", {"paid_at": {2: 400, 6: 400, 12: 200}}, "paid_at: "),
    ("lateness_drift", {"delays": {1: 200, 2: 150, 8: 650}}, "delay: "),
]


@pytest.mark.parametrize(("rule", "changed", "told"), DRIFTED)
def test_what_drifted_is_told_by_its_own_check_alone(rule: str, changed: dict[str, Any], told: str) -> None:
    results = judged(**changed)
    assert failed(results) == [rule]
    (found,) = [result for result in results if not result.passed]
    assert found.observed.startswith(told), found.observed
    assert COMPARED in found.observed
    assert (found.severity, found.blocking) == (Severity.WARNING, False)
    assert found.sample[0]["what"] == told.partition(":")[0]


def test_a_delay_is_told_in_hours() -> None:
    (found,) = [result for result in judged(delays={1: 200, 2: 150, 8: 650}) if not result.passed]
    assert "65% of values known after 6 h and within 12 h" in found.observed


def test_while_there_are_too_few_days_nothing_is_called_fine() -> None:
    results = judge_drift(contract(), profile(nulls=900), history(3))
    assert {(result.passed, result.severity, result.observed) for result in results} == {
        (True, Severity.INFO, "learning: 3 of 7 days")
    }


def test_days_of_another_age_are_not_compared_with() -> None:
    """What is paid or completed later is missing in a young day, and nobody's fault."""
    results = judge_drift(contract(), profile(age=Age.FRESH), history(age=Age.SETTLED))
    assert {result.observed for result in results} == {"learning: 0 of 7 days"}


def test_too_few_rows_are_no_drift() -> None:
    small = profile()
    small = type(small)(small.day, small.age, 20, small.fields, small.volume)
    assert {result.observed for result in judge_drift(contract(), small, history())} == {
        "too few rows to compare: 20, needed 50"
    }


def test_one_wrong_day_among_the_compared_ones_hides_nothing() -> None:
    days = history()
    days[4] = profile(days[4].day, nulls=600, uom={"EA": 400, "CS": 600})
    assert failed(judge_drift(contract(), profile(nulls=310), days)) == ["null_drift"]
    assert failed(judge_drift(contract(), profile(uom={"EA": 500, "CS": 500}), days)) == ["distribution_drift"]
    assert failed(judge_drift(contract(), profile(), days)) == []


def test_what_lasts_becomes_the_usual_after_a_week() -> None:
    def lasting(days: int) -> list[str]:
        before = history(14)
        before = [profile(one.day, nulls=310) if one.day >= ago(days) else one for one in before]
        return failed(judge_drift(contract(), profile(nulls=310), before))

    assert (lasting(6), lasting(8)) == (["null_drift"], [])


def test_a_field_that_often_brings_new_values_is_no_set_of_known_ones() -> None:
    days = [profile(one.day, department={**USUAL["department"], f"SEASON {one.day:%d}": 30}) for one in history()]
    assert failed(judge_drift(contract(), profile(department={**USUAL["department"], "SEASON 20": 30}), days)) == []


def test_where_not_all_values_are_listed_none_is_called_new() -> None:
    def listed(day: DayProfile, counts: dict[str, int]) -> DayProfile:
        return replace(day, fields={**day.fields, "department": values("department", counts, rest=10)})

    days = [listed(one, USUAL["department"]) for one in history()]
    today = listed(profile(), {**USUAL["department"], "SEASON": 20})
    assert failed(judge_drift(contract(), today, days)) == []


def test_a_field_that_varies_much_by_itself_is_allowed_to() -> None:
    shares = [{"EA": 900, "CS": 100}, {"EA": 450, "CS": 550}]
    days = [profile(ago(back), uom=shares[back % 2]) for back in range(1, 11)]
    assert failed(judge_drift(contract(), profile(uom={"EA": 300, "CS": 700}), days)) == []
    assert failed(judge_drift(contract(), profile(uom={"EA": 300, "CS": 700}), history())) == ["distribution_drift"]


@pytest.mark.parametrize(("times", "told"), [(1, []), (20, ["distribution_drift"])])
def test_what_chance_does_with_few_rows_is_no_drift(times: int, told: list[str]) -> None:
    """Fifteen sizes of eight rows each come as threes and thirteens."""
    even = {4.0**size: 8 * times for size in range(15)}
    odd = {4.0**size: (3 if size % 2 else 13) * times for size in range(15)}
    days = [profile(ago(back), amount=even) for back in range(1, 10)]
    assert failed(judge_drift(contract(), profile(amount=odd), days)) == told


def test_hours_of_a_day_that_is_not_over_are_not_judged() -> None:
    morning = {"paid_at": {8: 1000}}
    assert failed(judge_drift(contract(), profile(age=Age.QUARTER_2, **morning), history(age=Age.QUARTER_2))) == []
    assert failed(judge_drift(contract(), profile(**morning), history())) == ["distribution_drift"]


def test_the_hours_of_sale_are_the_volumes_to_judge() -> None:
    assert failed(judged(sold_at={3: 1000})) == []


def test_a_field_that_is_gone_from_the_records_is_not_told_as_missing_again() -> None:
    none = profile(department={}, nulls=1000)
    assert failed(judge_drift(contract(), none, history())) == ["null_drift"]
    assert failed(judge_drift(contract(), none, history(), gone=frozenset({"department"}))) == []


@pytest.mark.parametrize(("declared", "blocking"), [("critical", True), ("warning", False), ("info", False)])
def test_the_contract_decides_how_severe_drift_is(declared: str, blocking: bool) -> None:
    results = judge_drift(contract(null_drift=declared), profile(nulls=310), history())
    (found,) = [result for result in results if not result.passed]
    assert (found.severity, found.blocking) == (declared, blocking)


def test_learning_blocks_nothing_even_where_drift_is_critical() -> None:
    (nulls, *_) = judge_drift(contract(null_drift="critical"), profile(), history(3))
    assert (nulls.passed, nulls.severity, nulls.blocking) == (True, "info", False)


def test_a_check_that_is_off_says_nothing() -> None:
    results = judge_drift(contract(null_drift="off"), profile(nulls=310), history())
    assert "null_drift" not in [result.rule for result in results]


def test_days_before_count_and_days_after_only_where_those_are_too_few() -> None:
    """History is loaded newest first: an old day's neighbours are the days that came after it."""
    before, after = history(), [profile(ago(-back), nulls=310) for back in range(1, 10)]
    assert failed(judge_drift(contract(), profile(nulls=310), [*before, *after])) == ["null_drift"]
    assert failed(judge_drift(contract(), profile(nulls=310), [*before[:3], *after])) == []
