"""Silence is found as soon as it can be known, and not sooner: by how often something came, whatever came with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.checks.silence import ArrivalRates, arrival_rates, expected_arrivals, judge_silence
from sync_platform_tests.drift.days import ago, contract, volume

COLOMBO = ZoneInfo("Asia/Colombo")
NOON = datetime(2026, 11, 20, 12, 0, tzinfo=COLOMBO)
EVEN = ArrivalRates(per_minute=(1.0,) * 24, days=(ago(2), ago(1)))


def busy(minutes: int) -> ArrivalRates:
    """Every day so many minutes of each hour brought something."""
    found = arrival_rates([volume(ago(back), 1, busy=[minutes] * 24) for back in range(1, 8)])
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("minutes", "rate"),
    # An empty minute has a chance of e^-rate: half of them empty is a rate of ln 2.
    [(0, 0.0), (30, 0.693), (54, 2.24), (60, 4.80)],
)
def test_the_share_of_busy_minutes_tells_the_rate(minutes: int, rate: float) -> None:
    assert busy(minutes).per_minute[12] == pytest.approx(rate, abs=0.02)


def test_the_quietest_day_but_one_counts() -> None:
    days = [volume(ago(back), 1, busy=[minutes] * 24) for back, minutes in enumerate((0, 30, 54, 54), start=1)]
    found = arrival_rates(days)
    assert found is not None
    assert found.per_minute[0] == pytest.approx(0.693, abs=0.02)


def test_without_moments_there_are_no_rates() -> None:
    assert arrival_rates([volume(ago(back), 100) for back in range(1, 9)]) is None


def test_what_is_expected_adds_up_over_hours_of_the_partners_clock() -> None:
    rates = ArrivalRates(per_minute=tuple(float(hour) for hour in range(24)), days=(ago(1),))
    since = NOON - timedelta(minutes=90)
    assert expected_arrivals(rates, since=since, until=NOON, zone=COLOMBO) == pytest.approx(30 * 10 + 60 * 11)
    # Colombo is 5:30 ahead, so its hours begin in the middle of ours.
    assert expected_arrivals(
        rates, since=since.astimezone(UTC), until=NOON.astimezone(UTC), zone=COLOMBO
    ) == pytest.approx(30 * 10 + 60 * 11)


@pytest.mark.parametrize(("minutes", "passed"), [(0, True), (9, True), (10, False), (600, False)])
def test_ten_expected_arrivals_are_a_silence(minutes: int, passed: bool) -> None:
    found = judge_silence(contract(), EVEN, since=NOON - timedelta(minutes=minutes), now=NOON, zone=COLOMBO)
    assert found is not None
    assert found.passed is passed


def test_it_says_since_when_and_what_was_expected() -> None:
    found = judge_silence(contract(), EVEN, since=NOON - timedelta(minutes=24), now=NOON, zone=COLOMBO)
    assert found is not None
    assert found.observed == (
        "silence: nothing since 2026-11-20 11:36:00+0530, 24.0 minutes, "
        "24 arrivals expected meanwhile by the 2 days 2026-11-18..2026-11-19"
    )


def test_a_closed_night_is_no_silence() -> None:
    rates = ArrivalRates(per_minute=(0.0,) * 8 + (4.0,) * 14 + (0.0,) * 2, days=(ago(1),))
    closing = NOON.replace(hour=22)
    morning = closing + timedelta(hours=10)
    asleep = judge_silence(contract(), rates, since=closing, now=morning, zone=COLOMBO)
    late = judge_silence(contract(), rates, since=closing, now=morning + timedelta(minutes=3), zone=COLOMBO)
    assert asleep is not None
    assert late is not None
    assert (asleep.passed, late.passed) == (True, False)
