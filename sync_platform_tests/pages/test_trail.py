"""The dispute trail on a page: a number leads to all that is known of it, a letter to its record's trail."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.queue import HOSTILE, with_queue
from sync_platform_tests.pages.site import Site
from sync_platform_tests.reports.listening import listening


@pytest.fixture
def site(tools: ConsoleTools) -> Iterator[Site]:
    filled = with_queue(tools)
    with listening(console(filled)) as port:
        yield Site(filled, port)


def test_a_number_leads_to_its_trail_and_an_unknown_one_is_said_to_be(site: Site) -> None:
    viewer = site.browser("viewer")
    assert 'name="number"' in viewer.get("/trace").text
    assert viewer.get("/trace?number=%20S1%20").headers["Location"] == "/trace/S1"
    assert viewer.get("/trace?number=a/b%3F").headers["Location"] == "/trace/a%2Fb%3F"

    for blank in ("/trace/%20", "/trace/?number=%00"):
        assert viewer.get(blank).headers["Location"] == "/trace"

    found = viewer.get("/trace/S1")

    assert found.status_code == 200
    assert "could not be taken in: status: 1.00 is wrong; open" in found.text
    for unknown in ("S99", "a/b", "%00", quote(HOSTILE, safe="")):
        answer = viewer.get(f"/trace/{unknown}")
        assert answer.status_code == 404
        assert "Nothing is known under this number." in answer.text
        assert HOSTILE not in answer.text


def test_a_letter_whose_record_is_withheld_is_told_of_too(site: Site) -> None:
    operator = site.browser("operator")
    assert operator.post("/dead-letters/2/replay", {"csrf": operator.csrf("/dead-letters/2"), "why": "x"}).ok
    with site.tools.database.connect() as connection:
        connection.execute("update sync.dead_letter set payload = null where dead_letter_id = 2")
    answer = operator.get("/trace/S2")
    assert answer.status_code == 200
    assert "could not be taken in" in answer.text
