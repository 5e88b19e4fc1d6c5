"""Both pages: self-contained, escaped, said in words and shapes beside colours, small and quick."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sync_platform.reports.kpi_page import render_kpis
from sync_platform.reports.quality_page import render_quality
from sync_platform.reports.quality_state import STATES
from sync_platform_tests.reports.outline import HOSTILE, Outline
from sync_platform_tests.reports.told import TODAY, entity_quality, kpi_facts, nothing_known, quality_facts

COLOMBO, NEW_YORK = ZoneInfo("Asia/Colombo"), ZoneInfo("America/New_York")


def quality_page(said: str = "said", zone: ZoneInfo = COLOMBO) -> str:
    return render_quality(quality_facts(said=said), zone=zone, minutes=5)


def kpi_page(said: str = "sales", zone: ZoneInfo = COLOMBO) -> str:
    return render_kpis(kpi_facts(said=said), zone=zone, minutes=5)


PAGES = pytest.mark.parametrize("render", [quality_page, kpi_page])
Render = Callable[..., str]


@PAGES
def test_nothing_is_fetched_run_or_framed(render: Render) -> None:
    page = render()
    seen = Outline(page)

    names = {tag for tag, _ in seen.elements}
    attributes = {name for _, given in seen.elements for name in given}
    assert names.isdisjoint({"script", "img", "link", "iframe", "object", "embed", "base", "form", "image", "use"})
    assert attributes.isdisjoint({"src", "srcset", "style", "background", "action", "xlink:href", "xmlns"})
    assert not [name for name in attributes if name.startswith("on")]
    assert {link["href"] for link in seen.of("a")} <= {
        "freshness.html",
        "quality.html",
        "quality.csv",
        "kpis.html",
        "kpis.csv",
    }
    assert not re.search(r"https?:|//[a-z]|url\(|@import|@font-face", page)
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'",
    } in seen.of("meta")


@PAGES
def test_the_page_is_well_formed_and_its_headings_descend_one_by_one(render: Render) -> None:
    page = Outline(render())

    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert page.open == []
    assert (levels[0], levels.count(1)) == (1, 1)
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert len(ids) == len(set(ids))
    assert {given["aria-labelledby"] for _, given in page.elements if "aria-labelledby" in given} <= set(ids)
    assert [given for given in page.of("th") if given.get("scope") not in ("col", "row", "colgroup")] == []


@PAGES
def test_hostile_text_is_shown_and_never_run(render: Render) -> None:
    """Faults S1, X6."""
    page = render(said=HOSTILE)
    seen = Outline(page)

    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert seen.open == []
    assert not [name for _, given in seen.elements for name in given if name.startswith("on")]
    assert "<script>alert('x')</script>" in seen.text


@PAGES
def test_every_chart_is_said_in_words_too(render: Render) -> None:
    seen = Outline(render())

    drawings = seen.of("svg")
    assert len(drawings) >= 2
    assert {one["role"] for one in drawings} == {"img"}
    assert all(len(one["aria-label"]) > 40 for one in drawings)
    assert len(seen.of("figcaption")) == len(drawings)
    # The words are there to be read as well: the label ends with them.
    for caption in (text for tag, text in seen.texts if tag == "figcaption"):
        assert any(one["aria-label"].endswith(caption) for one in drawings), caption


@PAGES
def test_charts_have_the_colours_of_the_page(render: Render) -> None:
    page = render()
    drawn = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))

    painted = set(re.findall(r'(?:fill|stroke)="([^"]+)"', drawn))
    assert painted <= {"none", "currentColor", *(f"var(--{name})" for name in _defined(page))}
    assert "currentColor" in painted or "var(--soft)" in painted


def _defined(page: str) -> set[str]:
    """The colours that the page has for light, for dark and for paper."""
    blocks = re.findall(r":root \{(.*?)\}", page, re.DOTALL)
    names = [set(re.findall(r"--([\w-]+):", block)) for block in blocks]
    return {name for name in set.union(*names) if sum(name in block for block in names) == 3}


@PAGES
def test_times_are_in_the_readers_zone_with_its_offset(render: Render) -> None:
    colombo, new_york = render(zone=COLOMBO), render(zone=NEW_YORK)

    assert '"2026-11-21T11:00:00+05:30">2026-11-21 <b>11:00</b> <small>+05:30</small></time> on Sat' in colombo
    assert '"2026-11-21T00:30:00-05:00">2026-11-21 <b>00:30</b> <small>-05:00</small></time> on Sat' in new_york
    assert "times are in America/New_York" in new_york


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_days_cell_has_a_word_a_shape_a_colour_and_its_figures(state: object) -> None:
    back, chosen = next((back, one) for back, one in enumerate(STATES) if one == state)
    page = quality_page()

    day = TODAY - timedelta(days=back)
    title = f"{day}: {chosen.word}, 11 of 12 rules passed, {1_000 + back:,} rows"
    cell = f'<span class="cell {chosen.tint}" role="img" aria-label="{chosen.word}" title="{title}'
    assert f">{chosen.mark}</span>" in page.split(cell)[1].split("</td>")[0]
    assert f"{chosen.mark}</span>{chosen.word}</span></dt><dd>{chosen.meaning}" in page


def test_the_weeks_before_are_told_by_their_worst_day() -> None:
    page = quality_page()

    assert 'title="Week of 2026-10-12: 7 held back">■</span>' in page
    assert 'title="Week of 2026-09-21: 7 passed">●</span>' in page


def test_what_is_not_measured_is_said_so_and_no_chart_stands_for_it() -> None:
    page = Outline(render_quality(nothing_known(), zone=COLOMBO, minutes=5))

    assert page.text.count("Not measured yet:") == 3
    assert "No rule of a contract failed in the last 14 days." in page.text
    assert "No rejected record waits." in page.text
    assert page.of("svg") == []


def test_drift_says_from_what_to_what() -> None:
    page = Outline(quality_page("coupon"))

    assert "70 drift checks ran on the last 35 days: 1 found a drift, 3 could not judge yet" in page.text
    assert "coupon on 2026-11-21: missing in 48% of rows, 2.0% on the 14 days before" in page.text
    assert "pos/coupon 100 on 2026-11-21, expected 90 to 110" in page.text
    assert "12 proposals on coupon wait for a person" in page.text


def test_sixty_entities_over_400_days_render_in_two_seconds_into_less_than_a_megabyte_and_a_half() -> None:
    entities = [entity_quality(f"entity_{n}", weeks=53, shift=n) for n in range(60)]

    started = time.process_time()
    quality = render_quality(quality_facts(*entities), zone=COLOMBO, minutes=5)
    between = time.process_time()
    kpis = render_kpis(kpi_facts(400), zone=COLOMBO, minutes=5)
    ended = time.process_time()

    # Measured 2026-11-21 on 2 cores: docs/reports.md.
    assert between - started < 2
    assert ended - between < 2
    assert len(quality.encode()) < 1_500_000
    assert len(kpis.encode()) < 1_500_000
