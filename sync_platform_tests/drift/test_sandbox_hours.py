"""Rows that are missing from an hour or on a weekday, and a POS that falls silent: each found by its own check alone.

The sandbox sells more here than elsewhere: of few receipts an hour nothing can be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.checks.result import RuleResult
from sync_platform.declarations.freeze import Freeze
from sync_platform.declarations.partner_system import Entity
from sync_platform.declarations.trading_hours import TradingHoursDeclaration
from sync_platform.pull.delta import pull_delta
from sync_platform.pull.silence import SilenceWatch
from sync_platform_tests.drift.sandbox_pos import Pos, failed, open_pos
from sync_platform_tests.fresh_database import FreshDatabases

# Tuesdays.
NOW, DAY = datetime.fromisoformat("2026-11-17T15:00:00+05:30"), date(2026, 11, 10)
TODAY, WEDNESDAY = NOW.date(), date(2026, 11, 11)
WEEK = timedelta(days=7)
COLOMBO = ZoneInfo("Asia/Colombo")
BASKETS_A_DAY = 165
THIN = {"kind": "missing_records", "share": 0.7}
"""What a Wednesday brings less than other days."""
POLL_SECONDS = 60.0


@pytest.fixture(scope="module")
def pos(databases: FreshDatabases) -> Iterator[Pos]:
    """Four Tuesdays like any other day, four thin Wednesdays, and the rest of a week."""
    with open_pos(databases, now=NOW, baskets_a_day=BASKETS_A_DAY) as pos:
        for weeks in range(4, 0, -1):
            pos.learn(DAY - weeks * WEEK)
            pos.learn(WEDNESDAY - weeks * WEEK, **THIN)
        for back in range(5, 0, -1):
            pos.learn(DAY - timedelta(days=back))
        yield pos


def hour_of(day: date, hour: int) -> dict[str, object]:
    """The fault that nothing of one hour is given."""
    return {"kind": "missing_records", "field": "soldAt", "at_least": f"{day}T{hour}", "below": f"{day}T{hour + 1}"}


def test_an_undisturbed_tuesday_raises_no_alarm(pos: Pos) -> None:
    results = pos.results(DAY)
    assert failed(results) == []
    assert results["volume"]["observed"].endswith("by the 4 days 2026-10-13..2026-11-03")


@pytest.mark.parametrize("hour", [12, 14, 17])
def test_an_hour_of_which_nothing_comes_is_found_by_volume_alone_and_named(pos: Pos, hour: int) -> None:
    results = pos.results(DAY, **hour_of(DAY, hour))
    assert failed(results) == ["volume"], {name: results[name]["observed"] for name in failed(results)}
    assert results["volume"]["observed"].startswith(f"{hour}:00-{hour}:59: got 0, expected ")


def test_rows_that_are_usual_on_other_days_are_too_many_for_their_weekday(pos: Pos) -> None:
    as_always, as_on_tuesdays = pos.results(WEDNESDAY, **THIN), pos.results(WEDNESDAY)
    assert failed(as_always) == []
    assert failed(as_on_tuesdays) == ["volume"]
    told = as_on_tuesdays["volume"]["observed"].split("; ")[0]
    assert told.startswith("rows: got ")
    assert told.endswith("by the 4 days 2026-10-14..2026-11-04")
    row = as_on_tuesdays["volume"]
    assert f"got {row['element_count']}, expected {row['expected_low']}-{row['expected_high']} by" in told


def test_a_tuesday_that_is_as_thin_as_a_wednesday_is_found_by_volume_alone(pos: Pos) -> None:
    results = pos.results(DAY, **THIN)
    assert failed(results) == ["volume"]
    assert results["volume"]["observed"].startswith("rows: got ")


class Polls:
    """A sensor's polls of the POS, with a memory of their own; each is answered."""

    def __init__(self, pos: Pos, entity: Entity | None = None) -> None:
        self._pos, self._entity, self._watch = pos, entity or pos.entity, SilenceWatch()
        pos.forget(DAY)
        pos.results(TODAY, entity=self._entity)
        while not self.poll()[0]:
            pass

    def poll(self) -> tuple[int, RuleResult | None]:
        """How many changes the poll brought, and what it says of silence."""
        self._pos.sandbox.clock.advance(POLL_SECONDS)
        captured = pull_delta(self._pos.tools, self._entity).capture.captured
        return captured, self._watch.look(self._pos.tools, self._entity, captured=captured)

    def until_told(self, *, most: int) -> RuleResult | None:
        """What is told of silence within so many polls."""
        found = (self.poll()[1] for _ in range(most))
        return next((result for result in found if result is not None), None)


def test_a_pos_that_falls_silent_is_found_within_two_polls_by_silence_alone_and_taken_back(pos: Pos) -> None:
    polls = Polls(pos)
    with pos.disturbed(kind="missing_records"):
        told = polls.until_told(most=80)
    assert told is not None
    assert not told.passed
    assert failed(pos.stored(TODAY)) == ["volume_silence"]
    # Ten make it certain, and a poll is a fifth to a third of an arrival: it was told as soon as it could be known.
    assert ", 10 arrivals expected meanwhile by the 4 days 2026-10-13..2026-11-03" in told.observed
    came = polls.until_told(most=30)
    assert came is not None
    assert came.passed
    assert failed(pos.stored(TODAY)) == []


def test_what_the_pos_sells_undisturbed_is_no_silence(pos: Pos) -> None:
    assert Polls(pos).until_told(most=25) is None


CLOSED = TradingHoursDeclaration.model_validate(
    {"week": {"daily": "08:00-22:00"}, "closed": [TODAY.isoformat()]}
).calendar(COLOMBO)
STOCK_TAKE = Freeze(datetime(2026, 11, 17, 15, tzinfo=UTC), datetime(2026, 11, 17, 16, tzinfo=UTC), "stock take")


@pytest.mark.parametrize("changed", [{"hours": CLOSED}, {"freezes": (STOCK_TAKE,)}], ids=["holiday", "freeze"])
def test_on_a_holiday_and_on_a_day_of_a_freeze_silence_is_none(pos: Pos, changed: dict[str, object]) -> None:
    polls = Polls(pos, replace(pos.entity, **changed))  # type: ignore[arg-type]
    with pos.disturbed(kind="missing_records"):
        assert polls.until_told(most=45) is None
    assert failed(pos.stored(TODAY)) == []
