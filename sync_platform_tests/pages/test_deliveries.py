"""Deliveries on a page: what waits, was ignored, given up or refused and why; operators have it tried again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.given_deliveries import with_deliveries
from sync_platform_tests.pages.site import Browser, Site
from sync_platform_tests.reports.listening import listening


@pytest.fixture
def site(tools: ConsoleTools) -> Iterator[Site]:
    """The pages of a till that tells of its sales."""
    told = with_deliveries(tools)
    with listening(console(told)) as port:
        yield Site(told, port)


def words(browser: Browser, path: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", browser.get(path).text)).split())


def act(browser: Browser, path: str, **form: str) -> Any:
    return browser.post(path, {"csrf": browser.csrf("/deliveries"), **form})


def states(site: Site) -> str:
    rows = site.rows("select state from sync.webhook_delivery order by delivery_id")
    return " ".join(state for (state,) in rows)


def test_each_webhook_says_what_waits_is_dead_or_refused_and_what_is_not_set(site: Site) -> None:
    shown = words(site.browser("viewer"), "/deliveries")
    assert "till/sales 1 0 s 1 1 1 0 3 signature wrong" in shown
    assert "/webhooks/till/later is answered 503 until one of these is set: NOT_SET" in shown
    assert "type <b>x</b> is not declared" in shown
    assert "again" not in shown, "a viewer looks"


def test_one_is_shown_without_what_it_brought(site: Site) -> None:
    viewer = site.browser("viewer")
    shown = words(viewer, "/deliveries/4")
    assert "dead till/sales msg_4" in shown
    assert "Ravi" not in viewer.get("/deliveries/4").text
    assert [viewer.get(f"/deliveries/{number}").status_code for number in ("99", "x", "9" * 30)] == [404] * 3


def test_what_was_given_up_is_tried_again_one_or_all_of_a_webhook(site: Site) -> None:
    operator = site.browser("operator")
    assert act(operator, "/deliveries/4/retry").status_code == 422
    assert act(operator, "/deliveries/retry", system="till", webhook="thin", deliveries="2", why="x").status_code == 409
    assert act(operator, "/deliveries/4/retry", why="declared now").status_code == 303
    assert act(operator, "/deliveries/4/retry", why="declared now").status_code == 409
    assert states(site) == "waiting captured ignored waiting dead"

    assert act(operator, "/deliveries/retry", system="till", webhook="thin", deliveries="1", why="x").status_code == 303

    assert states(site) == "waiting captured ignored waiting waiting"
    again = site.rows("select attempts, error, settled_at from sync.webhook_delivery where delivery_id = 5")
    assert again == [(0, None, None)]
    assert site.rows("select who, action, system from audit.entry") == [("operator", "webhooks.retry", "till")] * 2
