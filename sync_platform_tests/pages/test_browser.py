"""A person at the gateway's pages in a real Chromium: mends a dead letter and sees it land; axe finds no violation.

Needs the pages and PostgreSQL alone. SYNC_PLATFORM_SCREENSHOTS names a folder for pictures of the pages.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.dagster.browser import open_browser
from sync_platform_tests.pages.given_deliveries import with_deliveries
from sync_platform_tests.pages.queue import with_queue
from sync_platform_tests.pages.site import PASSWORD, Site
from sync_platform_tests.reports.listening import listening
from sync_platform_tests.till.till import sale

pytestmark = [pytest.mark.slow, pytest.mark.browser]

LOOKS: dict[str, tuple[int, str, dict[str, Any] | None]] = {
    "light": (1280, "light", {}),
    "dark": (1280, "dark", {"runOnly": ["color-contrast"]}),
    "phone": (390, "light", None),
}
PICTURES = os.environ.get("SYNC_PLATFORM_SCREENSHOTS")
OF_REASON = "system=till&entity=sales&reason=value_set&field=status"
PAGES = {
    "status": "/",
    "dead-letters": "/dead-letters",
    "reason": f"/dead-letters/reason?{OF_REASON}",
    "plan": f"/dead-letters/plan?{OF_REASON}",
    "letter": "/dead-letters/4",
    "edit": "/dead-letters/4/edit",
    "deliveries": "/deliveries",
    "delivery": "/deliveries/4",
    "trace": "/trace/S1",
    "users": "/users",
    "access-log": "/access-log",
    "password": "/password",
    "refused": "/dead-letters/99",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as opened:
        yield opened


@pytest.fixture
def site(tools: ConsoleTools) -> Iterator[Site]:
    """The pages with dead letters and deliveries, and an operator and an admin."""
    filled = with_deliveries(with_queue(tools))
    with listening(console(filled)) as port:
        site = Site(filled, port)
        site.has_user("operator", "operator")
        site.has_user("admin", "admin")
        yield site


def log_in(page: Page, site: Site, name: str) -> None:
    page.goto(f"{site.url}/dead-letters")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_a_person_mends_a_record_sees_what_would_pass_replays_it_and_it_is_in_the_table(
    browser: Browser, site: Site
) -> None:
    page = browser.new_page()
    log_in(page, site, "operator")
    page.get_by_role("row", name="till/sales type amount").get_by_role("link", name="type").click()
    page.get_by_role("link", name="4", exact=True).click()
    expect(page.get_by_text("It would not pass now: amount")).to_be_visible()
    expect(page.get_by_role("button", name="Replay")).to_be_disabled()

    page.get_by_role("link", name="Edit the record").click()
    page.get_by_label("The partner's record, JSON").fill(json.dumps(sale("S4", "x")))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("alert")).to_contain_text("amount")
    page.get_by_label("The partner's record, JSON").fill(json.dumps(sale("S4", "12.50"), indent=2))
    page.get_by_role("button", name="Check").click()
    expect(page.get_by_role("status")).to_contain_text("It keeps its contract now.")
    page.get_by_label("Why").fill("the till's paper roll")
    page.get_by_role("button", name="Keep").click()

    page.get_by_role("link", name="Others for this reason").click()
    page.get_by_role("link", name="See how many would pass now").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 would pass now")
    replaying = page.locator("form[action='/dead-letters/replay']")
    replaying.get_by_label("Why").fill("mended")
    replaying.get_by_role("button").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 of 2 taken in")
    page.goto(f"{site.url}/dead-letters/4")
    page.get_by_role("link", name="Trace of this record").click()
    expect(page.get_by_text("12.50").first).to_be_visible()
    page.close()

    assert site.rows("select id, amount::text from landing.till__sales") == [("S4", "12.50")]
    done = site.rows("select action, who, why from sync.dead_letter_action order by action_id")
    assert done == [("edited", "operator", "the till's paper roll"), ("resolved", "operator", "mended")]


def test_axe_finds_no_violation_and_every_page_fits_its_window(browser: Browser, site: Site) -> None:
    """All rules in light, contrast in the dark, and that nothing hangs over at a phone's width."""
    page = browser.new_page()
    told: list[str] = []
    page.on("console", lambda message: told.append(f"{page.url}: {message.text}"))
    page.goto(f"{site.url}/login")
    found = {"login": looked_at(page, "login")}
    log_in(page, site, "admin")
    for name, path in PAGES.items():
        page.goto(site.url + path)
        found[name] = looked_at(page, name)
    page.close()
    assert {name: wrong for name, wrong in found.items() if wrong} == {}
    assert [one for one in told if "status of 404" not in one] == [], "nothing that the content policy refuses"


def looked_at(page: Page, name: str) -> list[str]:
    """What is wrong with the page as it is shown."""
    wrong = []
    for look, (width, scheme, options) in LOOKS.items():
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}-{look}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            wrong.append(f"{look}: hangs over the edge")
        violations = Axe().run(page, options=options).response["violations"] if options is not None else []
        wrong += [f"{look}: {one['id']}: {node['target']}" for one in violations for node in one["nodes"][:3]]
    return wrong
