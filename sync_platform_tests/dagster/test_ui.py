"""A person at the Dagster UI of the running platform: what is seen and what is clicked."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from sync_platform_tests.dagster.browser import choose_days, colours, open_page
from sync_platform_tests.dagster.sales import SALES, assert_is_whole
from sync_platform_tests.dagster.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]

# A blank page has one colour and some 10 kB, Dagster's frame without an asset less than half of these.
LEAST_COLOURS, LEAST_PICTURE_BYTES = 100, 40_000


@pytest.mark.browser
def test_pictures_of_graph_asset_and_report_show_what_they_should(
    synced: Stack, browser: Browser, pictures: Path
) -> None:
    reports = ["reports/freshness", "reports/kpis", "reports/quality"]
    duplicates = ["duplicates/customers", "duplicates/products"]
    ours = ["reconciliation/stock", *duplicates, *reports, "platform/dead_letters", "platform/retention"]
    addresses = [entity.address for entity in synced.entities] + ours
    with open_page(browser, f"{synced.web.url}/asset-groups", width=3600, height=1100) as page:
        page.get_by_text("reconciliation").last.wait_for()
        page.locator("button:has([aria-label='panel_show_right'])").last.click()
        page.get_by_role("button", name="Hide navigation").click()
        page.keyboard.press("Alt+e")
        for address in addresses:
            page.get_by_text(address.split("/")[1], exact=True).last.wait_for()
        # The assets' states are asked for after their boxes are drawn.
        expect(page.get_by_text("Loading")).to_have_count(0, timeout=60_000)
        assert page.get_by_text("Latest event").count() == len(addresses)
        take(page, pictures / "asset-graph.png")
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        for words in ("Latest materialization", "Latest check results", "line_id", "landing.pos__sales"):
            page.get_by_text(words).first.wait_for()
        take(page, pictures / "asset-page.png")
    with open_page(browser, f"{synced.web.url}/assets/pos/sales?view=checks") as page:
        for words in ("rules", "as_of"):
            page.get_by_text(words, exact=True).first.wait_for()
        take(page, pictures / "asset-checks.png")
    report = synced.state_dir / "reports" / "freshness.html"
    synced.wait("the freshness report", report.exists, seconds=120)
    with open_page(browser, report.as_uri()) as page:
        shown = page.inner_text("body")
        for entity in synced.entities:
            assert entity.name in shown
        take(page, pictures / "freshness-report.png")
    for name in ("quality", "kpis"):
        file = report.with_name(f"{name}.html")
        synced.wait(f"the report {file.name}", file.exists, seconds=120)
        with open_page(browser, file.as_uri()) as page:
            page.get_by_text("How to read this").wait_for()
            take(page, pictures / f"{name}-report.png")


def take(page: Page, picture: Path) -> None:
    """A picture of the page that shows something."""
    page.screenshot(path=picture)
    page.goto("about:blank")
    assert colours(page, picture) > LEAST_COLOURS, f"{picture.name} is blank"
    assert picture.stat().st_size > LEAST_PICTURE_BYTES


@pytest.mark.browser
def test_a_person_materialises_one_day_in_the_ui_and_sees_it_succeed(synced: Stack, browser: Browser) -> None:
    day = synced.day(23)
    known = {run["runId"] for run in synced.web.runs()}
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        choose_days(page, str(day))
        page.get_by_role("button", name="Launch 1 run").click()
        run = synced.wait("the launched run", lambda: new_run(synced, known, day), seconds=60)
        synced.succeeded(run["runId"], seconds=120)
        page.goto(f"{synced.web.url}/runs/{run['runId']}")
        page.get_by_text("Success", exact=True).first.wait_for()
    assert_is_whole(synced, day)
    assert day in synced.web.materialised(SALES)


def new_run(stack: Stack, known: set[str], day: date) -> dict[str, Any] | None:
    """The run of that day that is not yet known."""
    runs = stack.web.runs(dagster__partition=str(day))
    return next((run for run in runs if run["runId"] not in known), None)


@pytest.mark.browser
def test_a_person_launches_a_backfill_of_three_days_in_the_ui(synced: Stack, browser: Browser) -> None:
    days = synced.days(25, 27)
    with open_page(browser, f"{synced.web.url}/assets/pos/sales") as page:
        choose_days(page, f"[{days[-1]}...{days[0]}]")
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_role("button", name="Launch backfill").wait_for(state="detached")

    synced.wait("the three days materialised", lambda: synced.web.materialised(SALES) >= set(days), seconds=180)
    whole = [fact for fact in synced.web.facts(SALES, days) if fact["way"] == "whole_day"]
    assert sorted(fact["day"] for fact in whole) == sorted(days), "each load is told once"
    assert len({fact["run_id"] for fact in whole}) == 1, "many days share one process"
    for day in days:
        assert_is_whole(synced, day)
