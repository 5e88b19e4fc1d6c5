"""'Ten a minute, suddenly zero' is found by the first polls after it can be known, told once, and taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from sync_platform.checks.volume import Calendar
from sync_platform.landing.days import DayKey
from sync_platform.landing.profiles import store_profile
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.silence import SilenceWatch
from sync_platform.pull.tools import PullTools
from sync_platform_tests.drift.days import ago, profile, volume
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub

POLL_SECONDS = 5.0
ENTITY = "evented_sales"
"""Its records have a moment; those of `sales` have a business day alone."""


class Polls:
    """A sensor's polls of one entity, each of which was answered."""

    def __init__(self, hub: Hub, clock: GivenClock, *, calendar: Calendar | None = None) -> None:
        calendar = calendar or Calendar()
        self.tools: PullTools = replace(
            hub.tools, statistics=statistics_in(hub.database, calendar_of=lambda _: calendar)
        )
        self.hub, self.clock = hub, clock
        self.watch = SilenceWatch()

    def poll(self, captured: int = 0) -> Any:
        """What the poll says of silence; None where nothing changed."""
        self.clock.advance(POLL_SECONDS)
        return self.watch.look(self.tools, self.hub.entity(ENTITY), captured=captured)

    def until_told(self, *, most: int) -> int:
        """How many polls it takes until something is told; one more than `most` where nothing is."""
        for number in range(1, most + 1):
            if self.poll() is not None:
                return number
        return most + 1

    def stored(self) -> list[tuple[bool, str]]:
        rows = self.hub.query("select passed, observed from sync.check_result where rule = 'volume_silence'")
        return [(row["passed"], row["observed"]) for row in rows]


def known_days(hub: Hub, days: int = 8, *, busy: int = 60) -> None:
    """Every minute, or so many of each hour, brought something on each of the last days."""
    with hub.database.connect() as connection:
        for back in range(1, days + 1):
            looked = replace(profile(ago(back)), volume=volume(ago(back), 14_400, busy=[busy] * 24))
            store_profile(connection, DayKey("till", ENTITY, ago(back)), looked)


@pytest.fixture
def polls(hub: Hub, clock: GivenClock) -> Polls:
    known_days(hub)
    return Polls(hub, clock)


def test_ten_a_minute_suddenly_zero_is_found_within_two_polls(polls: Polls) -> None:
    """Where every minute brings something, 4.8 arrivals a minute are certain: ten of them take 125 s."""
    assert polls.poll(captured=3) is None
    number = polls.until_told(most=60)
    assert 125 <= number * POLL_SECONDS <= 125 + 2 * POLL_SECONDS
    ((passed, observed),) = polls.stored()
    assert not passed
    assert observed.startswith("silence: nothing since 2026-11-20 17:30:05+0530, 2.1 minutes, 10 arrivals expected")


def test_silence_is_told_once_and_taken_back_when_something_comes(polls: Polls) -> None:
    polls.poll(captured=3)
    assert polls.until_told(most=60) <= 60
    assert polls.until_told(most=20) == 21
    came = polls.poll(captured=1)
    assert came.passed
    assert [passed for passed, _ in polls.stored()] == [True]
    assert polls.poll(captured=1) is None


def test_what_goes_on_coming_is_never_silent(polls: Polls) -> None:
    assert [polls.poll(captured=number % 10 == 0) for number in range(200)] == [None] * 200
    assert polls.stored() == []


def test_a_quiet_entity_may_be_quiet_for_longer(hub: Hub, clock: GivenClock) -> None:
    """Six busy minutes of an hour are an arrival every ten minutes: ten of them take an hour and a half."""
    known_days(hub, busy=6)
    polls = Polls(hub, clock)
    polls.poll(captured=1)
    assert 60 < polls.until_told(most=2_000) * POLL_SECONDS / 60 < 120


def test_while_too_few_days_are_known_nothing_is_said(hub: Hub, clock: GivenClock) -> None:
    known_days(hub, days=3)
    polls = Polls(hub, clock)
    polls.poll(captured=1)
    assert polls.until_told(most=200) == 201


def test_a_closed_day_is_no_silence(hub: Hub, clock: GivenClock) -> None:
    known_days(hub)
    today = date(2026, 11, 20)
    polls = Polls(hub, clock, calendar=Calendar(is_open=lambda _, day: day != today))
    polls.poll(captured=1)
    assert polls.until_told(most=100) == 101


def test_a_process_that_starts_into_a_silence_knows_of_it(polls: Polls, hub: Hub, clock: GivenClock) -> None:
    polls.poll(captured=3)
    polls.until_told(most=60)
    later = Polls(hub, clock)
    assert later.until_told(most=10) == 11
    assert later.poll(captured=1).passed


def test_without_statistics_or_moments_nothing_is_looked_at(hub: Hub) -> None:
    watch = SilenceWatch()
    assert watch.look(hub.tools, hub.entity(ENTITY), captured=0) is None
    tools = replace(hub.tools, statistics=statistics_in(hub.database))
    assert watch.look(tools, hub.entity("sales"), captured=0) is None


def test_the_history_is_read_once_in_ten_minutes(polls: Polls, monkeypatch: pytest.MonkeyPatch) -> None:
    from sync_platform.pull import silence

    reads: list[object] = []
    read_totals = silence.read_totals
    monkeypatch.setattr(silence, "read_totals", lambda *args, **more: reads.append(1) or read_totals(*args, **more))
    for _ in range(round(timedelta(minutes=30).total_seconds() / POLL_SECONDS)):
        polls.poll(captured=1)
    assert len(reads) == 3
