"""The KPI page: six KPIs, each with its definition; what is not measured says what is missing, and has no figure."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from sync_platform.reports.kpi_facts import (
    ALERTS,
    DUPLICATES,
    FAILED,
    LATENCY,
    RECONCILIATION,
    THROUGHPUT,
    KpiFacts,
    percent_of,
)
from sync_platform.reports.kpi_page import headline, render_kpis, write_seconds
from sync_platform.reports.page import write_number, write_percent
from sync_platform_tests.reports.outline import Outline
from sync_platform_tests.reports.told import NOW, TODAY, kpi_day, kpi_facts

SIX = (
    "freshness_latency",
    "failed_sync_events",
    "throughput",
    "duplicate_entity_rate",
    "reconciliation_time",
    "alert_mtta",
)
NOTHING = KpiFacts(
    now=NOW, days=(), entities=(), entity_days=28, duplicates=(), duplicates_missing="nothing compares yet."
)


def page_of(facts: KpiFacts) -> str:
    return render_kpis(facts, zone=ZoneInfo("Asia/Colombo"), minutes=5)


def test_all_six_are_there_each_with_its_definition() -> None:
    page = Outline(page_of(kpi_facts()))

    assert [given["id"] for given in page.of("article")] == list(SIX)
    for definition in (LATENCY, FAILED, THROUGHPUT, DUPLICATES, RECONCILIATION, ALERTS):
        assert definition.words in page.text


QUIET = replace(
    kpi_day(0), changes=0, changes_waiting=3, events=None, failed_events=None, records=0, latency_median_seconds=None
)


@pytest.mark.parametrize(
    "facts",
    [NOTHING, kpi_facts(1), kpi_facts(2), kpi_facts(), replace(kpi_facts(1), days=(QUIET,))],
    ids=["nothing", "a day", "two days", "many days", "nothing to count from"],
)
def test_each_kpi_tells_its_definition_and_either_its_trend_or_what_is_missing(facts: KpiFacts) -> None:
    page = page_of(facts)
    for name in SIX:
        article = page.split(f'id="{name}"')[1].split("</article>")[0]
        trend = re.search(r"(?:<figcaption>|<p class=\"soft\">)[^<]{20,}", article)
        assert re.search(r'<p class="definition">[^<]{80,}', article), name
        assert (trend is None) == ("<b>Not measured yet:</b>" in article), name


def test_changes_that_only_wait_are_no_latency() -> None:
    page = page_of(replace(kpi_facts(1), days=(QUIET,)))

    assert "<b>Not measured yet:</b> 3 changes were captured and none has landed yet." in page


def test_before_anything_was_measured_no_kpi_has_a_figure() -> None:
    page = page_of(NOTHING)

    assert page.count("<b>Not measured yet:</b>") == 6
    assert '<dl class="figures">' not in page
    assert "<svg" not in page
    assert headline(NOTHING) == "Nothing was measured yet."


def test_what_nothing_is_kept_for_stays_not_measured() -> None:
    page = page_of(kpi_facts())

    for name, missing in (
        ("reconciliation_time", "keeps only its last result of each business day (sync.stock_comparison)"),
        ("alert_mtta", "sends no alerts yet"),
    ):
        article = page.split(f'id="{name}"')[1].split("</article>")[0]
        assert missing in article
        assert "<svg" not in article
    assert page.count("<b>Not measured yet:</b>") == 2


def test_the_figures_are_of_today_so_far_of_the_last_whole_day_and_of_28_days() -> None:
    page = page_of(kpi_facts())
    failed = page.split('id="failed_sync_events"')[1].split("</article>")[0]

    assert "<dt>Today so far</dt><dd>0%<small>0 of 17,000 events</small>" in failed
    # One of 17,000 is 0.00588 %.
    assert "<dt>20 Nov</dt><dd>0.006%<small>1 of 17,000 events</small>" in failed
    # 28 days back, 1 to 28: each four of them have 0 + 1 + 2 + 3 failures, so 42 of 476,000; loads 0 + 1 + 2 each
    # three of 27, and one more, so 28 of 14,000.
    assert "<dt>Last 28 whole days</dt><dd>0.009%<small>of loads alone: 0.2%</small>" in failed


def test_changes_that_still_wait_are_told_beside_the_latency() -> None:
    assert "2 changes captured since yesterday still wait, and are not in these figures." in page_of(kpi_facts())


def test_a_day_on_which_nothing_happened_is_a_gap_and_no_zero() -> None:
    facts = kpi_facts(4)
    gap = replace(facts, days=tuple(day for day in facts.days if day.day != TODAY - timedelta(days=2)))

    drawn = page_of(gap).split('id="freshness_latency"')[1].split("</figure>")[0]

    # One line is broken into two: the path starts anew after the gap.
    lines = [part.split('"')[0] for part in drawn.split(' d="')[1:]]
    assert any(line.count("M") == 2 for line in lines)
    assert "over 3 days" in drawn


def test_one_day_is_told_and_is_no_trend_to_draw() -> None:
    page = page_of(replace(kpi_facts(1), duplicates=kpi_facts().duplicates[:1]))

    assert "<svg" not in page
    assert "The median: 4.0 s on 2026-11-21, the only day so far." in page
    assert "The figures so far" in page


def test_the_headline_is_that_of_the_last_whole_day() -> None:
    assert headline(kpi_facts()) == (
        "On 2026-11-20 a change was here after 5.0 s (median), 0.006% of 17,000 sync events failed, "
        "24,000 records were read."
    )
    assert headline(replace(kpi_facts(1))).startswith(
        "Today so far a change was here after 4.0 s (median), none of 17,000"
    )


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(None, "—"), (0.0, "0.0 s"), (0.44, "0.4 s"), (12.4, "12 s"), (119, "119 s"), (300, "5.0 min"), (7200, "2.0 h")],
)
def test_seconds_are_written_in_a_fitting_unit(seconds: float | None, words: str) -> None:
    assert write_seconds(seconds) == words


@pytest.mark.parametrize(
    ("value", "digits", "words"),
    [
        (None, 0, "—"),
        (0, 2, "0"),
        (1234567, 0, "1,234,567"),
        (0.04, 1, "0.04"),
        (0.0004, 1, "0.0004"),
        (0.06, 1, "0.1"),
        (2.55, 1, "2.5"),
    ],
)
def test_a_number_that_is_not_nothing_is_not_written_as_0(value: float | None, digits: int, words: str) -> None:
    assert write_number(value, digits) == words


@pytest.mark.parametrize(
    ("value", "words"), [(None, "—"), (0.0, "0%"), (0.02, "0.02%"), (9.96, "10.0%"), (48.0, "48%")]
)
def test_percents_have_as_many_digits_as_they_need(value: float | None, words: str) -> None:
    assert write_percent(value) == words


def test_a_share_over_days_is_of_their_sums_and_leaves_out_what_was_not_counted() -> None:
    days = [replace(kpi_day(1), events=10, failed_events=1), replace(kpi_day(2), events=90, failed_events=1)]
    uncounted = replace(kpi_day(3), events=None, failed_events=None)

    assert percent_of([*days, uncounted], "failed_events", "events") == 2
    assert percent_of([uncounted], "failed_events", "events") is None
