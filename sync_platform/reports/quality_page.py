"""Renders the quality facts as one self-contained HTML page: no script, no network, readable in print."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from zoneinfo import ZoneInfo

from markupsafe import Markup

from sync_platform.freshness.moment import write_sentence
from sync_platform.reports.chart import Panel, draw_panels
from sync_platform.reports.page import template, write_clock
from sync_platform.reports.quality_facts import DailyFigure, DayQuality, EntityQuality, QualityFacts, WeekQuality
from sync_platform.reports.quality_state import STATES, state_of

# Each panel is a plot of its own to look at; more are found in the tables.
MOST_PANELS = 12


@dataclass(frozen=True)
class Plot:
    """A drawing with what it says in words."""

    title: str
    drawing: Markup
    words: str


def render_quality(facts: QualityFacts, *, zone: ZoneInfo, minutes: int) -> str:
    """The page; it says that a new one comes every so many `minutes`. Times are in `zone` with the offset."""
    days, weeks = facts.days, facts.weeks
    return template("quality").render(
        facts=facts,
        page="quality",
        title="Quality",
        zone=zone,
        minutes=minutes,
        headline=write_sentence(facts.headline, zone),
        states=STATES,
        counts=facts.states,
        days=days,
        weeks=weeks,
        months=_months,
        day_cells=lambda entity: _cells({day.day: day for day in entity.days}, days),
        week_cells=lambda entity: _cells({week.week: week for week in entity.weeks}, weeks),
        day_words=_day_words,
        week_words=_week_words,
        summary=_summary,
        state_of=state_of,
        clock=lambda moment: write_clock(moment, zone),
        drift_plot=_drift_plot(facts),
        volume_plot=_volume_plot(facts),
    )


def _cells(known: dict[date, DayQuality] | dict[date, WeekQuality], columns: Sequence[date]) -> list[object]:
    """The table's cells; None where nothing is known of the day."""
    return [known.get(day) for day in columns]


def _months(days: Sequence[date]) -> list[tuple[str, int]]:
    """Each month of the columns with its width; a narrow one is cut to its first letters, a very narrow one to none."""
    months = [(month, len(list(group))) for month, group in groupby(days, key=lambda day: f"{day:%b %Y}")]
    return [(month if width > 3 else month[:3], width) for month, width in months]


def _day_words(day: DayQuality) -> str:
    checks = day.passed + day.failed
    words = [f"{day.day}: {state_of(day.state).word}"]
    if checks:
        words.append(f"{day.passed} of {checks} rules passed")
    if day.blocking:
        words.append(f"{day.blocking} blocking")
    words.append(f"{day.rows:,} rows")
    if day.dead_letters:
        words.append(f"{day.dead_letters:,} rejected")
    return ", ".join(words)


def _week_words(week: WeekQuality) -> str:
    words = {"blocked": "held back", "warned": "warned", "passed": "passed", "unchecked": "not checked"}
    told = ", ".join(f"{getattr(week, name)} {word}" for name, word in words.items() if getattr(week, name))
    return f"Week of {week.week}: {told or 'nothing to check'}"


def _summary(entity: EntityQuality) -> str:
    """The days in words, the worst first: `2 held back, 31 passed`."""
    counted = Counter(day.state for day in entity.days)
    if not counted:
        return "nothing loaded" if entity.rules else "no rules"
    return ", ".join(f"{counted[state.name]} {state.word}" for state in STATES if counted[state.name])


def _drift_plot(facts: QualityFacts) -> Plot | None:
    """The null rate of the fields that drifted, the days of the drift marked."""
    marked = {(one.address, field, one.day) for one in facts.drift.failures for field in one.fields}
    chosen = facts.drift.series[:MOST_PANELS]
    words = "Share of rows without a value, by day; a diamond marks a day on which a drift was found."
    return _plot("Null rates of the fields that drifted", words, chosen, marked, shares=True)


def _volume_plot(facts: QualityFacts) -> Plot | None:
    """Rows by day; entities whose volume was out of its band come first."""
    marked = {(one.address, "", one.day) for one in facts.volume.failures}
    out = {address for address, *_ in marked}
    chosen = sorted(facts.volume.series, key=lambda series: series.address not in out)[:MOST_PANELS]
    words = "Rows by business day; a diamond marks a day whose volume was not as expected."
    return _plot("Rows by entity and day", words, chosen, marked, shares=False)


def _plot(
    title: str, words: str, chosen: Sequence[DailyFigure], marked: set[tuple[str, str, date]], *, shares: bool
) -> Plot | None:
    if not chosen:
        return None
    panels = [
        Panel(one.title, one.points, frozenset(day for *at, day in marked if at == [one.address, one.field]))
        for one in chosen
    ]
    newest = "; ".join(_newest(one, shares=shares) for one in chosen if one.points)
    told = f"{words} On the newest day: {newest}."
    return Plot(title, draw_panels(panels, shares=shares, label=f"{title}. {told}"), told)


def _newest(series: DailyFigure, *, shares: bool) -> str:
    day, value = series.points[-1]
    if value is None:
        return f"{series.title} nothing ({day})"
    return f"{series.title} {value:.1%} ({day})" if shares else f"{series.title} {value:,.0f} ({day})"
