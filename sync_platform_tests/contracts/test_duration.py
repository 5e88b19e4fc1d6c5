"""Durations carry their unit; what cannot be told apart from a mistake is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync_platform.contracts.duration import read_duration, write_duration


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("250ms", timedelta(milliseconds=250)),
        ("30s", timedelta(seconds=30)),
        ("15m", timedelta(minutes=15)),
        ("1.5h", timedelta(minutes=90)),
        ("14d", timedelta(days=14)),
        (" 2 h ", timedelta(hours=2)),
        ("0s", timedelta(0)),
    ],
)
def test_a_duration_is_a_number_and_its_unit(text: str, duration: timedelta) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "value",
    [
        15,
        15.0,
        "15",
        "",
        "m",
        "15 min",
        "-5m",
        "15M",
        "1h30m",
        "\u0665m",
        "1e3s",
        "15m\nx",
        None,
        True,
        ["15m"],
        "9" * 20 + "d",
    ],
)
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"is not a duration; write a number and its unit|longer than any clock"):
        read_duration(value)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (timedelta(minutes=15), "15m"),
        (timedelta(hours=24), "1d"),
        (timedelta(seconds=90), "90s"),
        (timedelta(milliseconds=1500), "1500ms"),
        (timedelta(0), "0ms"),
    ],
)
def test_a_duration_is_written_in_its_largest_whole_unit(duration: timedelta, text: str) -> None:
    assert write_duration(duration) == text


@settings(deadline=None)  # the machine may be busy
@given(st.integers(min_value=0, max_value=10**12))
def test_a_written_duration_reads_back_as_itself(milliseconds: int) -> None:
    duration = timedelta(milliseconds=milliseconds)

    assert read_duration(write_duration(duration)) == duration
