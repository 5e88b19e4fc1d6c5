"""Charts: what they say is what was given, on any machine; colours and size are the page's."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta

import pytest

from sync_platform.reports.chart import (
    Comparison,
    Panel,
    Series,
    draw_bars_over_lines,
    draw_comparisons,
    draw_lines,
    draw_panels,
)
from sync_platform_tests.reports.outline import HOSTILE, Outline

FIRST = date(2026, 11, 1)


def series(*values: float | None, name: str = "median") -> Series:
    return Series(name, tuple((FIRST + timedelta(days=n), value) for n, value in enumerate(values)))


def labels(drawn: str) -> list[str]:
    return [text for tag, text in Outline(drawn).texts if tag == "text"]


def test_labels_are_the_figures_and_not_cut() -> None:
    drawn = draw_lines([series(0.0, 0.005, 0.01)], axis="% failed", label="A trend.")

    assert {"0", "0.004", "0.008", "% failed", "01 Nov"} <= set(labels(drawn))


def test_where_all_is_0_the_line_lies_on_the_ground() -> None:
    drawn = draw_lines([series(0.0, 0.0)], axis="% failed", label="A trend.")

    # An axis from 0 to 1, and not from -1.
    assert {"0", "1"} <= set(labels(drawn))
    assert not [label for label in labels(drawn) if label.startswith(("-", "−"))]  # noqa: RUF001


@pytest.mark.slow
def test_a_day_is_the_same_day_in_every_time_zone() -> None:
    program = (
        "from sync_platform_tests.reports.test_chart import draw_lines, labels, series\n"
        "print(labels(draw_lines([series(1.0, 2.0, 3.0)], axis='s', label='x')))"
    )
    runs = [
        subprocess.run(
            [sys.executable, "-c", program],
            env={"PATH": "", "PYTHONPATH": ":".join(sys.path), "TZ": zone},
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for zone in ("America/New_York", "Asia/Colombo")
    ]

    assert "'01 Nov'" in runs[0]
    assert runs[0] == runs[1]


def test_lines_are_told_apart_without_colours() -> None:
    drawn = draw_lines([series(1.0, 2.0), series(2.0, 3.0, name="95 of 100")], axis="s", label="x")

    assert set(re.findall(r'stroke-dasharray="([^"]+)"', drawn)) >= {"5,3"}
    assert {"median", "95 of 100"} <= set(labels(drawn))


HOSTILE_CHARTS: dict[str, Callable[[], str]] = {
    "lines": lambda: draw_lines([series(1.0, 2.0, name=HOSTILE)], axis=HOSTILE, label=HOSTILE),
    "bars": lambda: draw_bars_over_lines(
        series(1.0), [series(1.0, name=HOSTILE)], axes=(HOSTILE, HOSTILE), label=HOSTILE
    ),
    "panels": lambda: draw_panels([Panel(HOSTILE, series(1.0, 2.0).points)], label=HOSTILE),
    "comparisons": lambda: draw_comparisons([Comparison(HOSTILE, ((HOSTILE, 0.1, 0.2),))], label=HOSTILE),
}


@pytest.mark.parametrize("kind", HOSTILE_CHARTS)
def test_hostile_text_is_drawn_and_never_run(kind: str) -> None:
    """Fault S1."""
    drawn = HOSTILE_CHARTS[kind]()
    seen = Outline(str(drawn))

    assert "<script" not in drawn
    assert "<img" not in drawn
    assert seen.open == []
    assert not [name for _, given in seen.elements for name in given if name.startswith("on")]
    assert seen.of("svg")[0]["aria-label"] == HOSTILE


def test_a_chart_asks_for_nothing_and_brings_no_font_or_colour_of_its_own() -> None:
    drawn = draw_panels([Panel("pos/sales", series(1.0, None, 2.0).points, frozenset({FIRST}))], label="x")

    assert not re.search(r"https?:|url\(|<image|<style|font-face", drawn)
    assert set(re.findall(r'font-family="([^"]+)"', drawn)) == {"inherit"}
    assert not re.search(r'(?:fill|stroke)="(?:#|rgb|black|white)', drawn)
