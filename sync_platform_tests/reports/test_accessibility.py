"""The pages in a real Chromium: axe finds no violation, nothing hangs over the edge, and nothing is asked for.

axe-core is Deque's, as the package axe-playwright-python ships it: no network is needed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from sync_platform.freshness.page import render_freshness
from sync_platform.reports.kpi_page import render_kpis
from sync_platform.reports.page import template
from sync_platform.reports.quality_page import render_quality
from sync_platform.reports.report import REPORTS
from sync_platform_tests.dagster.browser import colours, open_browser
from sync_platform_tests.freshness.test_page import everything
from sync_platform_tests.reports.told import entity_quality, kpi_facts, nothing_known, quality_facts

pytestmark = [pytest.mark.slow, pytest.mark.browser]

COLOMBO = ZoneInfo("Asia/Colombo")


@dataclass(frozen=True)
class Look:
    """How a page is looked at."""

    name: str
    width: int
    scheme: str = "light"
    media: str = "screen"


LOOKS = (Look("light", 1280), Look("dark", 1280, scheme="dark"), Look("print", 1090, media="print"), Look("phone", 390))
PAGES = ("freshness", "quality", "quality-empty", "kpis", "kpis-empty", "served")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages as files, with every part that they can have, and with none."""
    many = [entity_quality(f"entity_{number}", weeks=53, shift=number) for number in range(8)]
    empty = kpi_facts(1)
    empty = type(empty)(empty.now, (), (), 28, (), "nothing compares yet.")
    rendered = {
        "quality": render_quality(quality_facts(*many), zone=COLOMBO, minutes=5),
        "quality-empty": render_quality(nothing_known(), zone=COLOMBO, minutes=5),
        "kpis": render_kpis(kpi_facts(60), zone=COLOMBO, minutes=5),
        "kpis-empty": render_kpis(empty, zone=COLOMBO, minutes=5),
        "freshness": render_freshness(everything(), zone=COLOMBO),
        "served": template("index").render(reports=REPORTS, zone=COLOMBO, zones=["UTC"]),
    }
    place = tmp_path_factory.mktemp("pages")
    for name, page in rendered.items():
        (place / f"{name}.html").write_text(page, encoding="utf-8")
    return place


@pytest.fixture(params=LOOKS, ids=lambda look: look.name)
def looked_at(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """An empty page that looks as the parameter says."""
    look: Look = request.param
    context = browser.new_context(viewport={"width": look.width, "height": 900}, color_scheme=look.scheme)  # type: ignore[arg-type]
    page = context.new_page()
    page.emulate_media(media=look.media, color_scheme=look.scheme)  # type: ignore[arg-type]
    yield page
    context.close()


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_no_violation(looked_at: Page, folder: Path, name: str) -> None:
    assert violations(looked_at, folder / f"{name}.html") == []


def violations(page: Page, file: Path) -> list[str]:
    """What axe finds wrong with a page, and where."""
    page.goto(file.as_uri())
    answer = Axe().run(page).response
    assert len(answer["passes"]) > 20, "axe looked at next to nothing"
    return [
        f"{found['id']} ({found['impact']}): {node['target']} {' '.join(node['failureSummary'].split())}"
        for found in answer["violations"]
        for node in found["nodes"][:3]
    ]


def test_axe_finds_what_is_wrong(looked_at: Page) -> None:
    looked_at.set_content("<html><body><img src='x.png'><p style='color:#ccc;background:#fff'>pale</p></body></html>")

    found = {violation["id"] for violation in Axe().run(looked_at).response["violations"]}

    assert found >= {"image-alt", "color-contrast", "html-has-lang"}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_its_window_and_asks_for_nothing(looked_at: Page, folder: Path, name: str) -> None:
    asked: list[str] = []
    looked_at.on("request", lambda request: asked.append(request.url))
    looked_at.on("console", lambda message: asked.append(message.text))

    looked_at.goto((folder / f"{name}.html").as_uri())

    assert looked_at.evaluate("document.documentElement.scrollWidth - window.innerWidth") <= 0
    assert asked == [(folder / f"{name}.html").as_uri()]


@pytest.mark.parametrize("name", ["quality", "kpis"])
def test_a_picture_of_the_page_shows_something(looked_at: Page, folder: Path, name: str, tmp_path: Path) -> None:
    looked_at.goto((folder / f"{name}.html").as_uri())
    looked_at.screenshot(path=tmp_path / "page.png", full_page=True)
    filled = "svg [fill^=var]"
    named = looked_at.locator(filled).count()
    # A colour that the style sheet does not know leaves a mark black.
    black = looked_at.evaluate(
        "(marks) => [...document.querySelectorAll(marks)]"
        ".filter((mark) => getComputedStyle(mark).fill === 'rgb(0, 0, 0)').length",
        filled,
    )
    looked_at.goto("about:blank")

    assert colours(looked_at, tmp_path / "page.png") > 50
    assert named > 20
    assert black == 0
