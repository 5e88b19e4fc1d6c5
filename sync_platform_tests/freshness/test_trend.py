"""The line of how old an entity's data was: where it runs, where it breaks, and what it says in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.freshness.landed import collect_freshness
from sync_platform.freshness.trend import HEIGHT, WIDTH, Age, Trend
from sync_platform_tests.freshness.conftest import Planted

NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)


def trend(*ages: tuple[float, float], promised: float | None = 900) -> Trend:
    """Ages by minutes before now and seconds."""
    return Trend(
        ages=tuple(Age(NOW - timedelta(minutes=minutes), seconds) for minutes, seconds in ages),
        promised=promised,
        now=NOW,
    )


def test_the_line_runs_over_a_day_with_the_highest_age_near_the_top() -> None:
    (line,) = trend((15, 1000), (0, 500)).lines

    # A quarter of an hour is 1/96 of 240; 1,000 s is 1/1.05 of the height, 500 s half of that.
    assert line == f"{WIDTH - 2.5:.0f},1.9 {WIDTH},21.0"
    assert HEIGHT == 40


def test_it_is_broken_where_nobody_looked() -> None:
    assert len(trend((60, 10), (45, 10), (15, 10), (0, 10)).lines) == 2


def test_one_sample_is_still_seen() -> None:
    (line,) = trend((0, 30)).lines

    # 30 of 63 seconds, from the top of 40.
    assert line == "240,21.0 241,21.0"


def test_the_promise_is_drawn_where_it_can_be_seen() -> None:
    assert trend((0, 900)).promised_at == HEIGHT * (1 - 900 / 945)
    assert trend((0, 30)).promised_at is None
    assert trend((0, 900), promised=None).promised_at is None


def test_it_says_in_words_what_it_shows() -> None:
    words = trend((30, 3600), (0, 120)).words(ZoneInfo("Asia/Colombo"))

    assert words == "Age of the data, last 24 hours: 2 min at the end, at most 60 min at 2026-11-21 10:30 +05:30"


def test_a_quarter_of_an_hour_shows_its_highest_age_and_older_days_are_left_out(
    planted: Planted, systems: tuple[PartnerSystem, ...]
) -> None:
    planted.all_fresh(systems, NOW)
    for minutes, seconds in ((1500, 9999), (20, 60), (15, 600), (10, 60), (0, 30)):
        planted.connection.execute(
            "insert into sync.freshness_lag values ('pos', 'sales', %s, %s, 'fresh')",
            [NOW - timedelta(minutes=minutes), seconds],
        )

    facts = collect_freshness(planted.database, systems, now=NOW)

    found = {entity.address: entity.trend for entity in facts.entities}
    assert found["shop/orders"] is None
    assert found["pos/sales"] == Trend(
        ages=(
            Age(NOW - timedelta(minutes=20), 60),
            Age(NOW - timedelta(minutes=10), 600),
            Age(NOW, 30),
        ),
        promised=900,
        now=NOW,
    )
