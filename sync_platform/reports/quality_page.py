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
from sync_platform.reports.chart import Comparison, Panel, draw_comparisons, draw_panels
from sync_platform.reports.page import template, write_clock, write_percent
from sync_platform.reports.quality_facts import DayQuality, EntityQuality, QualityFacts, WeekQuality
from sync_platform.reports.quality_state import STATES, state_of
from sync_platform.reports.statistical_facts import DriftShape, VolumeSeries

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
    """The days in words, the worst first: `2 held back, 3 warned`; those that passed are the rest."""
    counted = Counter(day.state for day in entity.days)
    if not counted:
        return "nothing loaded" if entity.rules else "no rules"
    if len(counted) == 1:
        return f"all {state_of(next(iter(counted))).word}"
    return ", ".join(f"{counted[state.name]} {state.word}" for state in STATES[:-1] if counted[state.name])


def _drift_plot(facts: QualityFacts) -> Plot | None:
    """How the fields that drifted were spread before and are now."""
    shapes = facts.drift.shapes
    if not shapes:
        return None
    title = "Fields that drifted, before and now"
    told = "; ".join(_moved(shape) for shape in shapes)
    words = f"Share of rows by category: on average on the days before, and on the day of the drift. {told}."
    comparisons = [
        Comparison(shape.title, tuple((share.category, share.before, share.now) for share in shape.shares))
        for shape in shapes
    ]
    return Plot(title, draw_comparisons(comparisons, label=f"{title}. {words}"), words)


def _moved(shape: DriftShape) -> str:
    """The category that moved most, in words."""
    most = max(shape.shares, key=lambda share: abs(share.now - share.before))
    return (
        f"{shape.address} {shape.field} on {shape.day}: {most.category} in {write_percent(100 * most.now)} of rows, "
        f"{write_percent(100 * most.before)} on the {shape.days_before} days before"
    )


def _volume_plot(facts: QualityFacts) -> Plot | None:
    """Rows by day in their band; entities that were out of it most often come first."""
    chosen = sorted(facts.volume.series, key=lambda series: -series.failed)[:MOST_PANELS]
    if not chosen:
        return None
    title = "Rows by entity and business day"
    told = "; ".join(_newest(series) for series in chosen)
    words = f"The band is what was expected of the day; a diamond marks a day that was out of it. Newest: {told}."
    return Plot(title, draw_panels([_panel(series) for series in chosen], label=f"{title}. {words}"), words)


def _panel(series: VolumeSeries) -> Panel:
    return Panel(
        series.address,
        points=tuple((day.day, float(day.rows)) for day in series.days),
        marked=frozenset(day.day for day in series.days if day.failed),
        band=tuple(
            (day.day, float(day.low), float(day.high))
            for day in series.days
            if day.low is not None and day.high is not None
        ),
    )


def _newest(series: VolumeSeries) -> str:
    day = series.days[-1]
    expected = "" if day.low is None else f", expected {day.low:,} to {day.high:,}"
    return f"{series.address} {day.rows:,} on {day.day}{expected}"
