"""Charts as SVG that stands in the page: drawn by Vega-Lite, coloured and sized by the page's style sheet.

vl-convert runs Vega-Lite in a V8 of its own, without network, fonts or a browser. Its first chart of a process takes
0.9 s and 100 MB, each further one 60-90 ms (measured 2026-11-21, 2 cores), so a page has few, and one that was drawn
before is not drawn again. Altair would add 0.5 s of import to write the same specification.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from markupsafe import Markup

# Half a page wide: on a phone it shrinks by a fifth, and 12 px stay readable.
WIDTH, HEIGHT = 430, 130
PANEL_WIDTH, PANEL_HEIGHT, PANEL_COLUMNS = 180, 64, 4
_INK, _SOFT, _LINE = "currentColor", "var(--soft)", "var(--line)"
_CONFIG: dict[str, Any] = {
    "background": None,
    "font": "inherit",
    "aria": False,
    "view": {"stroke": None},
    "axis": {
        "labelColor": _SOFT,
        "titleColor": _SOFT,
        "gridColor": _LINE,
        "labelFontSize": 11,
        "titleFontSize": 11,
        "titleFontWeight": "normal",
        "domain": False,
        "ticks": False,
        "labelPadding": 5,
    },
    "axisX": {"grid": False, "labelAngle": 0, "format": "%d %b", "tickCount": 5, "labelFlush": True},
    "axisY": {"tickCount": 4},
    "header": {"labelColor": _INK, "labelFontSize": 11, "labelFontWeight": 600, "title": None},
    "legend": {
        "labelColor": _INK,
        "labelFontSize": 11,
        "title": None,
        "orient": "top",
        "symbolType": "stroke",
        "symbolSize": 300,
    },
}
# A series is told by its dashes too, so that nobody needs to see colours.
_COLOURS = ("var(--series-1)", "var(--series-2)", "var(--series-3)")
_DASHES = ([1, 0], [5, 3], [2, 2])


@dataclass(frozen=True)
class Series:
    """One line: a figure by day; None where there is none, so that the line breaks instead of guessing."""

    name: str
    points: tuple[tuple[date, float | None], ...]


@dataclass(frozen=True)
class Panel:
    """A small plot of a figure by day: the band that was expected, and the days that stand out of it."""

    title: str
    points: tuple[tuple[date, float | None], ...]
    marked: frozenset[date] = frozenset()
    band: tuple[tuple[date, float, float], ...] = ()


def draw_lines(series: Sequence[Series], *, axis: str, label: str) -> Markup:
    """Lines over days; `axis` names figure and unit, `label` is what a screen reader says instead."""
    return _draw({**_lines(series, axis=axis), "width": WIDTH, "height": HEIGHT}, label=label)


def draw_bars_over_lines(bars: Series, lines: Sequence[Series], *, axes: tuple[str, str], label: str) -> Markup:
    """Bars with lines below them over the same days: one figure held against another."""
    upper = {
        "data": {"values": _rows([bars])},
        "mark": {"type": "bar", "fill": _COLOURS[0], "width": {"band": 0.7}},
        "encoding": {"x": _days(shown=False), "y": _figure(axes[0])},
        "width": WIDTH,
        "height": HEIGHT * 2 // 3,
    }
    upper["encoding"]["x"]["timeUnit"] = "utcyearmonthdate"
    lower = {**_lines(lines, axis=axes[1], colours=_COLOURS[1:]), "width": WIDTH, "height": HEIGHT // 2}
    spec = {"vconcat": [upper, lower], "spacing": 8, "resolve": {"scale": {"x": "shared"}}}
    return _draw(spec, label=label)


def draw_panels(panels: Sequence[Panel], *, shares: bool, label: str) -> Markup:
    """Small plots side by side, each with a scale of its own: their shapes are what counts.

    `shares`: the figures are parts of one, shown in percent.
    """
    form = "~%" if shares else "~s"
    order = [panel.title for panel in panels]
    values: list[dict[str, Any]] = []
    for panel in panels:
        expected = {day: (low, high) for day, low, high in panel.band}
        for day, value in panel.points:
            low, high = expected.get(day, (None, None))
            values.append(
                {"p": panel.title, "d": day.isoformat(), "v": value, "m": day in panel.marked, "lo": low, "hi": high}
            )
    figure = _figure(None, form=form)
    layers: list[dict[str, Any]] = [
        {
            "mark": {"type": "line", "stroke": _COLOURS[0], "strokeWidth": 1.5},
            "encoding": {"x": _days(), "y": figure},
        },
        {
            "transform": [{"filter": "datum.m"}],
            "mark": {"type": "point", "shape": "diamond", "filled": True, "size": 60, "fill": _COLOURS[1]},
            "encoding": {"x": _days(), "y": figure},
        },
    ]
    if any(panel.band for panel in panels):
        band = {"mark": {"type": "area", "fill": "var(--band)"}, "encoding": {"x": _days(), "y": _figure(None, "lo")}}
        band["encoding"]["y2"] = {"field": "hi"}
        layers.insert(0, band)
    spec = {
        "data": {"values": values},
        "facet": {"field": "p", "type": "nominal", "sort": order},
        "columns": PANEL_COLUMNS,
        "spacing": {"row": 14, "column": 18},
        "spec": {"layer": layers, "width": PANEL_WIDTH, "height": PANEL_HEIGHT},
        "resolve": {"scale": {"y": "independent"}, "axis": {"x": "independent"}},
    }
    return _draw(spec, label=label)


def _lines(series: Sequence[Series], *, axis: str, colours: Sequence[str] = _COLOURS) -> dict[str, Any]:
    names = [one.name for one in series]
    few = max((len(one.points) for one in series), default=0) <= 45
    told = {"field": "s", "type": "nominal", "sort": names}
    legend = {} if len(series) > 1 else {"legend": None}
    return {
        "data": {"values": _rows(series)},
        # A line of one day is no line: its point shows it.
        "mark": {"type": "line", "strokeWidth": 2, "point": {"filled": True, "size": 25} if few else False},
        "encoding": {
            "x": _days(),
            "y": _figure(axis),
            "color": {**told, "scale": {"domain": names, "range": list(colours[: len(names)])}, **legend},
            "strokeDash": {**told, "scale": {"domain": names, "range": list(_DASHES[: len(names)])}, **legend},
        },
    }


def _rows(series: Sequence[Series]) -> list[dict[str, Any]]:
    return [{"s": one.name, "d": day.isoformat(), "v": value} for one in series for day, value in one.points]


def _days(*, shown: bool = True) -> dict[str, Any]:
    """Days are labels, whatever the zone of the machine that draws."""
    axis = {"title": None} if shown else None
    return {"field": "d", "type": "temporal", "scale": {"type": "utc"}, "axis": axis}


def _figure(title: str | None, field: str = "v", *, form: str = "~s") -> dict[str, Any]:
    return {
        "field": field,
        "type": "quantitative",
        "axis": {"title": title, "format": form},
        "scale": {"zero": True, "nice": True},
    }


def _draw(spec: Mapping[str, Any], *, label: str) -> Markup:
    head = Markup('<svg role="img" aria-label="{}" ').format(label)
    return head + Markup(_svg(json.dumps({**spec, "config": _CONFIG}, sort_keys=True)))  # noqa: S704 - cleaned below


@lru_cache(maxsize=64)
def _svg(spec: str) -> str:
    """The drawing after `<svg `, without what only a file of its own needs.

    Vega escapes every text that it writes; roles and labels go, because the figure as a whole is one picture.
    """
    # 0.02 s to import, 0.9 s for the first drawing.
    import vl_convert

    drawn: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    drawn = re.sub(r'<text[^>]* opacity="0"[^>]*>[^<]*</text>', "", drawn)
    drawn = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", drawn)
    drawn = re.sub(r' (?:xmlns(?::xlink)?|role|class|version|pointer-events|aria-[a-z]+)="[^"]*"', "", drawn)
    return re.sub(r"(\.\d\d)\d+", r"\1", re.sub(r' opacity="1"', "", drawn)).removeprefix("<svg ")
