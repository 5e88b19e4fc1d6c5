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

# With its axis 385 px: on a phone it shrinks by a sixth, so that its words stay readable; a wide page enlarges it.
WIDTH, HEIGHT = 330, 115
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
_WHEN = ("before", "now")
_DASHES = ([1, 0], [5, 3], [2, 2])


@dataclass(frozen=True)
class Series:
    """One line: a figure by day; None where there is none, so that the line breaks instead of guessing."""

    name: str
    points: tuple[tuple[date, float | None], ...]

    @property
    def values(self) -> list[float]:
        """The figures that there are."""
        return [value for _, value in self.points if value is not None]


@dataclass(frozen=True)
class Panel:
    """A small plot of a figure by day: the band that was expected of it, and the days that are marked."""

    title: str
    points: tuple[tuple[date, float | None], ...]
    marked: frozenset[date] = frozenset()
    band: tuple[tuple[date, float, float], ...] = ()


@dataclass(frozen=True)
class Comparison:
    """A small plot of shares, from 0 to 1, by category: before and now."""

    title: str
    shares: tuple[tuple[str, float, float], ...]


def draw_lines(series: Sequence[Series], *, axis: str, label: str) -> Markup:
    """Lines over days; `axis` names figure and unit, `label` is what a screen reader says instead."""
    return _draw({**_lines(series, axis=axis), "width": WIDTH, "height": HEIGHT}, label=label)


def draw_bars_over_lines(bars: Series, lines: Sequence[Series], *, axes: tuple[str, str], label: str) -> Markup:
    """Bars with lines below them over the same days: one figure held against another."""
    upper: dict[str, Any] = {
        "data": {"values": _rows([bars])},
        "mark": {"type": "bar", "fill": _COLOURS[0], "width": {"band": 0.7}},
        "encoding": {"x": _days(shown=False), "y": _figure(axes[0], form=".3~s", values=bars.values)},
        "width": WIDTH,
        "height": HEIGHT * 2 // 3,
    }
    upper["encoding"]["x"]["timeUnit"] = "utcyearmonthdate"
    lower = {**_lines(lines, axis=axes[1], colours=_COLOURS[1:]), "width": WIDTH, "height": HEIGHT // 2}
    spec = {"vconcat": [upper, lower], "spacing": 8, "resolve": {"scale": {"x": "shared"}}}
    return _draw(spec, label=label)


def draw_panels(panels: Sequence[Panel], *, label: str) -> Markup:
    """Small plots side by side, each with a scale of its own: their shapes are what counts."""
    values: list[dict[str, Any]] = []
    for panel in panels:
        expected = {day: (low, high) for day, low, high in panel.band}
        for day, value in panel.points:
            low, high = expected.get(day, (None, None))
            row = {"p": panel.title, "d": day.isoformat(), "v": value, "m": day in panel.marked, "lo": low, "hi": high}
            values.append(row)
    line = {"type": "line", "stroke": _COLOURS[0], "strokeWidth": 1.5}
    # A mark that stands for itself: readable where the line beside it has its colour.
    mark = {"type": "point", "shape": "diamond", "filled": True, "size": 70, "fill": _COLOURS[1], "opacity": 1}
    encoding = {"x": _days(), "y": _figure(None, form=".3~s")}
    layers: list[dict[str, Any]] = [
        {"mark": line, "encoding": encoding},
        {"transform": [{"filter": "datum.m"}], "mark": mark, "encoding": encoding},
    ]
    if any(panel.band for panel in panels):
        band = {"x": _days(), "y": _figure(None, "lo", form=".3~s"), "y2": {"field": "hi"}}
        layers.insert(0, {"mark": {"type": "area", "fill": "var(--band)"}, "encoding": band})
    inner = {"layer": layers, "width": PANEL_WIDTH, "height": PANEL_HEIGHT}
    return _draw(_facets(values, [panel.title for panel in panels], inner), label=label)


def draw_comparisons(comparisons: Sequence[Comparison], *, label: str) -> Markup:
    """Two bars per category, before and now, in small plots side by side."""
    values = [
        {"p": one.title, "c": category, "w": when, "v": share, "n": number}
        for one in comparisons
        for number, (category, *both) in enumerate(one.shares)
        for when, share in zip(_WHEN, both, strict=True)
    ]
    told = {"field": "w", "type": "nominal", "sort": list(_WHEN)}
    spec: dict[str, Any] = {
        "mark": {"type": "bar"},
        "encoding": {
            "y": {
                "field": "c",
                "type": "nominal",
                "sort": {"field": "n", "op": "min"},
                "axis": {"title": None, "labelLimit": 110},
                "scale": {"paddingInner": 0.3},
            },
            "yOffset": told,
            "x": {
                "field": "v",
                "type": "quantitative",
                "axis": {"title": None, "format": ".1~%", "grid": True, "tickCount": 3},
                "scale": {"zero": True, "nice": True},
            },
            "color": {**told, "scale": {"domain": list(_WHEN), "range": ["var(--before)", _COLOURS[0]]}},
        },
        "width": PANEL_WIDTH - 20,
        "height": {"step": 9},
    }
    spec["encoding"]["color"]["legend"] = {"symbolType": "square", "symbolSize": 100}
    faceted = _facets(values, [one.title for one in comparisons], spec)
    faceted["columns"] = PANEL_COLUMNS - 1
    faceted["resolve"] = {"scale": {"x": "independent", "y": "independent"}, "axis": {"x": "independent"}}
    return _draw(faceted, label=label)


def _facets(values: list[dict[str, Any]], titles: list[str], inner: dict[str, Any]) -> dict[str, Any]:
    return {
        "data": {"values": values},
        "facet": {"field": "p", "type": "nominal", "sort": titles},
        "columns": PANEL_COLUMNS,
        "spacing": {"row": 14, "column": 18},
        "spec": inner,
        "resolve": {"scale": {"y": "independent"}, "axis": {"x": "independent"}},
    }


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
            "y": _figure(axis, values=[value for one in series for value in one.values]),
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


def _figure(title: str | None, field: str = "v", *, form: str = ".3~g", values: Sequence[float] = ()) -> dict[str, Any]:
    """An axis from 0. Where all is 0 it has to be told how far, else 0 stands in its middle."""
    scale = {"domain": [0, 1]} if values and not any(values) else {"zero": True, "nice": True}
    return {
        "field": field,
        "type": "quantitative",
        "axis": {"title": title, "format": form},
        "scale": scale,
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
    # A hundredth of a pixel is fine enough for a place; what a label says stays as it is.
    places = re.sub(r'="[^"]*"', lambda found: re.sub(r"(\.\d\d)\d+", r"\1", found.group()), drawn)
    return places.replace(' opacity="1"', "").removeprefix("<svg ")
