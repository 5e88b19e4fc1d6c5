"""Renders the KPIs as one self-contained HTML page: each with its definition, its trend, or what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import median
from zoneinfo import ZoneInfo

from markupsafe import Markup

from sync_platform.reports.chart import Series, draw_bars_over_lines, draw_lines
from sync_platform.reports.kpi_facts import (
    ALERTS,
    DUPLICATES,
    FAILED,
    LATENCY,
    RECONCILIATION,
    THROUGHPUT,
    Definition,
    KpiDay,
    KpiFacts,
    percent_of,
)
from sync_platform.reports.page import template, write_clock, write_number, write_percent

# A table beside the trend; the whole history is in kpis.csv.
ROWS = 28


@dataclass(frozen=True)
class Figure:
    """One number of a KPI: over which days, and what stands below it."""

    label: str
    value: str
    beside: str = ""


@dataclass(frozen=True)
class Kpi:
    """One KPI as it is shown; without `missing` it has figures, a drawing and what the drawing says in words."""

    definition: Definition
    missing: str | None = None
    figures: tuple[Figure, ...] = ()
    drawing: Markup | None = None
    words: str = ""
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


def render_kpis(facts: KpiFacts, *, zone: ZoneInfo, minutes: int) -> str:
    """The page; it says that a new one comes every so many `minutes`. Times are in `zone` with the offset."""
    kpis = tuple(make(facts) for make in (_latency, _failed, _throughput, _duplicates, _reconciliation, _alerts))
    return template("kpis").render(
        facts=facts,
        page="kpis",
        title="KPI",
        zone=zone,
        minutes=minutes,
        headline=headline(facts),
        kpis=kpis,
        span=write_seconds,
        clock=lambda moment: write_clock(moment, zone),
    )


def headline(facts: KpiFacts) -> str:
    """`Yesterday a change was here after 4.2 s (median), 0.1% of 17,000 sync events failed.`"""
    day = facts.last_whole or facts.running
    if day is None:
        return "Nothing was measured yet."
    when = "Today so far" if day is facts.running else f"On {day.day}"
    told = []
    if day.latency_median_seconds is not None:
        told.append(f"a change was here after {write_seconds(day.latency_median_seconds)} (median)")
    if day.failed_percent is not None:
        share = write_percent(day.failed_percent) if day.failed_events else "none"
        told.append(f"{share} of {day.events:,} sync events failed")
    told.append(f"{day.records:,} records were read")
    return f"{when} {', '.join(told)}."


def write_seconds(seconds: float | None) -> str:
    """`0.4 s`, `12 s`, `3.5 min`, `2.1 h`, `3.0 days`; a dash for None."""
    if seconds is None:
        return "—"
    for unit, size, most in (("s", 1, 120), ("min", 60, 7200), ("h", 3600, 172_800)):
        if seconds < most:
            return f"{seconds / size:.{0 if seconds >= 10 * size else 1}f} {unit}"
    return f"{seconds / 86_400:.1f} days"


def _latency(facts: KpiFacts) -> Kpi:
    if not any(day.changes for day in facts.days):
        waiting = sum(day.changes_waiting for day in facts.days)
        some = f"{waiting:,} changes were captured and none has landed yet."
        return Kpi(LATENCY, missing=some if waiting else "no change has come in yet: only whole days were read.")
    figures = [
        Figure(
            label, write_seconds(day.latency_median_seconds), f"{write_seconds(day.latency_p95_seconds)} for 95 of 100"
        )
        for label, day in _shown(facts)
    ]
    before = [day for day in facts.before() if day.latency_median_seconds is not None]
    if before:
        middle = median(day.latency_median_seconds or 0 for day in before)
        worst = max(before, key=lambda day: day.latency_p95_seconds or 0)
        figures.append(
            Figure(
                _days_label(before),
                write_seconds(middle),
                f"middle day; worst {write_seconds(worst.latency_p95_seconds)}",
            )
        )
    waiting = sum(day.changes_waiting for day in facts.days[-2:])
    series = (
        _series("median", facts.days, lambda day: day.latency_median_seconds),
        _series("95 of 100", facts.days, lambda day: day.latency_p95_seconds),
    )
    words = f"{_trend('the median', series[0], write_seconds)} {_trend('95 of 100', series[1], write_seconds)}"
    if waiting:
        words += f" {waiting:,} changes captured since yesterday still wait, and are not in these figures."
    return Kpi(
        LATENCY,
        figures=tuple(figures),
        drawing=_draw(series, axis="seconds", label=f"{LATENCY.title} by day. {words}"),
        words=words,
        columns=("median", "95 of 100", "changes"),
        rows=_rows(
            facts,
            lambda day: (
                write_seconds(day.latency_median_seconds),
                write_seconds(day.latency_p95_seconds),
                write_number(day.changes),
            ),
        ),
    )


def _failed(facts: KpiFacts) -> Kpi:
    if not any(day.events for day in facts.days):
        return Kpi(FAILED, missing="no poll and no load was counted yet.")
    figures = [
        Figure(label, write_percent(day.failed_percent), _of(day.failed_events, day.events, "events"))
        for label, day in _shown(facts)
    ]
    before = facts.before()
    if before:
        share = percent_of(before, "failed_events", "events")
        loads = percent_of(before, "failed_loads", "loads")
        figures.append(Figure(_days_label(before), write_percent(share), f"of loads alone: {write_percent(loads)}"))
    series = (_series("failed of 100", facts.days, lambda day: day.failed_percent),)
    words = _trend("the share", series[0], write_percent)
    return Kpi(
        FAILED,
        figures=tuple(figures),
        drawing=_draw(series, axis="% failed", label=f"{FAILED.title} by day. {words}"),
        words=words,
        columns=("failed", "events", "failed loads", "loads"),
        rows=_rows(
            facts,
            lambda day: tuple(map(write_number, (day.failed_events, day.events, day.failed_loads, day.loads))),
        ),
    )


def _duplicates(facts: KpiFacts) -> Kpi:
    if facts.duplicates_missing:
        return Kpi(DUPLICATES, missing=facts.duplicates_missing)
    kinds = tuple(dict.fromkeys(rate.kind for rate in facts.duplicates))
    newest = {rate.kind: rate for rate in facts.duplicates}
    series = tuple(
        Series(kind, tuple((rate.day, rate.percent) for rate in facts.duplicates if rate.kind == kind))
        for kind in kinds[:3]
    )
    words = " ".join(_trend(one.name, one, write_percent) for one in series)
    return Kpi(
        DUPLICATES,
        figures=tuple(Figure(kind, write_percent(newest[kind].percent), f"on {newest[kind].day}") for kind in kinds),
        drawing=_draw(series, axis="% duplicates", label=f"{DUPLICATES.title} by day. {words}"),
        words=words,
    )


def _reconciliation(_facts: KpiFacts) -> Kpi:
    return Kpi(RECONCILIATION, missing=RECONCILIATION.missing)


def _alerts(_facts: KpiFacts) -> Kpi:
    return Kpi(ALERTS, missing=ALERTS.missing)


def _throughput(facts: KpiFacts) -> Kpi:
    if not any(day.records for day in facts.days):
        return Kpi(THROUGHPUT, missing="no load has read a record yet.")
    figures = [
        Figure(label, f"{write_number(day.records_per_hour)}/h", f"{write_percent(day.rejected_percent)} rejected")
        for label, day in _shown(facts)
    ]
    before = facts.before()
    if before:
        per_hour = sum(day.records for day in before) / (24 * len(before))
        share = percent_of(before, "rejected_records", "records")
        figures.append(Figure(_days_label(before), f"{write_number(per_hour)}/h", f"{write_percent(share)} rejected"))
    records = _series("records per hour", facts.days, lambda day: day.records_per_hour)
    errors = (
        _series("records rejected", facts.days, lambda day: day.rejected_percent),
        _series("events failed", facts.days, lambda day: day.failed_percent),
    )
    words = " ".join(
        (
            _trend("throughput per hour", records, write_number),
            _trend("of 100 records rejected", errors[0], write_percent),
            _trend("of 100 events failed", errors[1], write_percent),
        )
    )
    return Kpi(
        THROUGHPUT,
        figures=tuple(figures),
        drawing=_draw_throughput(records, errors, label=f"{THROUGHPUT.title} by day. {words}"),
        words=words,
        columns=("records/h", "records", "rejected", "failed events"),
        rows=_rows(
            facts,
            lambda day: (
                write_number(day.records_per_hour),
                write_number(day.records),
                write_number(day.rejected_records),
                write_number(day.failed_events),
            ),
        ),
    )


def _shown(facts: KpiFacts) -> list[tuple[str, KpiDay]]:
    """Today so far and the newest whole day, as far as there are such days."""
    shown = [("Today so far", facts.running)] if facts.running else []
    return [*shown, *([(f"{facts.last_whole.day:%d %b}", facts.last_whole)] if facts.last_whole else [])]


def _days_label(days: Sequence[KpiDay]) -> str:
    return f"Last {len(days)} whole day{'' if len(days) == 1 else 's'}"


def _series(name: str, days: Iterable[KpiDay], of: Callable[[KpiDay], float | None]) -> Series:
    """A figure over all days of the period: one on which nothing happened is a gap and no line across it."""
    known = {day.day: of(day) for day in days}
    first, last = min(known), max(known)
    return Series(name, tuple((day, known.get(day)) for day in _between(first, last)))


def _draw(series: Sequence[Series], *, axis: str, label: str) -> Markup | None:
    """One day is no trend: its figures are told, and nothing is drawn."""
    return draw_lines(series, axis=axis, label=label) if any(len(one.values) > 1 for one in series) else None


def _draw_throughput(records: Series, errors: Sequence[Series], *, label: str) -> Markup | None:
    if len(records.values) < 2:
        return None
    return draw_bars_over_lines(records, errors, axes=("records per hour", "%"), label=label)


def _between(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))


def _trend(name: str, series: Series, write: Callable[[float | None], str]) -> str:
    """What a line shows, for who cannot see it."""
    known = [(day, value) for day, value in series.points if value is not None]
    if not known:
        return f"{name.capitalize()}: nothing measured."
    if len(known) == 1:
        return f"{name.capitalize()}: {write(known[0][1])} on {known[0][0]}, the only day so far."
    (low_day, low), (high_day, high) = min(known, key=lambda one: one[1]), max(known, key=lambda one: one[1])
    last_day, last = known[-1]
    return (
        f"{name.capitalize()}: {write(last)} on {last_day}, between {write(low)} ({low_day}) and {write(high)} "
        f"({high_day}) over {len(known)} days."
    )


def _rows(facts: KpiFacts, of: Callable[[KpiDay], tuple[str, ...]]) -> tuple[tuple[str, ...], ...]:
    """The newest days first."""
    return tuple((day.day.isoformat(), *of(day)) for day in reversed(facts.days[-ROWS:]))


def _of(part: int | None, whole: int | None, noun: str) -> str:
    return f"{write_number(part)} of {write_number(whole)} {noun}"
