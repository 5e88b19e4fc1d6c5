"""Dead letters on the pages: viewers look at what is masked, operators mend, replay and discard, each with a why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from sync_platform.gateway.pages.console import console
from sync_platform.gateway.pages.tools import ConsoleTools
from sync_platform_tests.pages.queue import HOSTILE, PERSON, with_queue
from sync_platform_tests.pages.site import Browser, Site
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.reports.listening import listening
from sync_platform_tests.till.till import sale

SAME_REASON = {"system": "till", "entity": "sales", "reason": "value_set", "field": "status"}


@pytest.fixture
def site(tools: ConsoleTools) -> Iterator[Site]:
    """The pages with six dead letters."""
    filled = with_queue(tools)
    with listening(console(filled)) as port:
        yield Site(filled, port)


def words(browser: Browser, path: str) -> str:
    """What a reader sees of a page."""
    answer = browser.get(path)
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def act(browser: Browser, path: str, **form: str) -> Any:
    return browser.post(path, {"csrf": browser.csrf("/dead-letters/1"), **form})


def landed(site: Site) -> list[Any]:
    return site.rows("select id, amount::text from landing.till__sales order by id")


def states(site: Site) -> str:
    rows = site.rows("select state from sync.dead_letter order by dead_letter_id")
    return " ".join(state for (state,) in rows)


def audited(site: Site) -> list[Any]:
    return site.rows("select who, action, system, entity, subject from audit.entry order by entry_id")


def test_reasons_are_listed_with_count_and_age_and_lead_to_each_letter(site: Site) -> None:
    viewer = site.browser("viewer")
    shown = words(viewer, "/dead-letters")
    assert "6 open" in shown
    assert "till/sales value_set status open 3 3 2 days 2026-11-20" in shown
    assert "till/sales type amount open 2 2 5 h 2026-11-20" in shown
    assert "till/loose_sales" not in words(viewer, "/dead-letters?of=till/sales").split("Business days")[1]
    assert "None: nothing waits here." in words(viewer, "/dead-letters?state=discarded")
    listed = viewer.get("/dead-letters/reason?system=till&entity=sales&reason=value_set&field=status").text
    assert re.findall(r'href="/dead-letters/(\d+)"', listed) == ["1", "2", "3"]


def test_a_plan_says_how_many_would_pass_now_and_why_the_others_would_not(site: Site) -> None:
    viewer = site.browser("viewer")
    assert "3 of 3 would pass now" in words(
        viewer, "/dead-letters/plan?system=till&entity=sales&reason=value_set&field=status"
    )
    shown = words(viewer, "/dead-letters/plan?system=till&entity=sales&reason=type&field=amount")
    assert "0 of 2 would pass now" in shown
    assert "Replay all" not in shown, "a viewer looks"


def test_one_letter_is_shown_masked_with_its_history_and_the_way_to_its_trace(site: Site) -> None:
    viewer = site.browser("viewer")
    first, personal = words(viewer, "/dead-letters/1"), words(viewer, "/dead-letters/6")
    assert "It would pass now." in first
    assert 'href="/trace/S1"' in viewer.get("/dead-letters/1").text
    assert PERSON not in personal
    assert "status N••••••••i" in personal
    hostile = viewer.get("/dead-letters/4").text
    assert HOSTILE not in hostile
    assert "&lt;script&gt;" in hostile
    assert [viewer.get(f"/dead-letters/{number}").status_code for number in ("99", "x", "9" * 5_000)] == [404] * 3


def test_a_record_in_clear_is_for_operators_and_it_is_kept_who_saw_it(site: Site) -> None:
    viewer, operator = site.browser("viewer"), site.browser("operator")
    assert viewer.get("/dead-letters/6/edit").status_code == 403
    assert PERSON in operator.get("/dead-letters/6/edit").text
    assert audited(site) == [("operator", "dead_letters.reveal", "till", "loose_sales", '["L6"]')]
    seen = site.rows("select name, about, status from access.access_log where path like '%edit' order by access_id")
    assert seen == [("viewer", None, 403), ("operator", "dead letter 6", 200)]
    operator.get("/dead-letters/4/edit")
    assert len(audited(site)) == 1, "nothing personal is in that one"


def test_an_edit_says_every_field_that_is_wrong_and_keeps_nothing_until_it_is_right(site: Site) -> None:
    operator = site.browser("operator")
    broken = json.dumps({**sale("S4"), "amount": "many", "changed": "soon"})
    refused = act(operator, "/dead-letters/4/edit", payload=broken, why="x", keep="1")
    assert refused.status_code == 422
    assert re.findall(r"<b>(\w+)</b>:", refused.text) == ["amount", "changed"]
    assert json.loads(unescape(re.findall(r"<textarea[^>]*>\n(.*?)</textarea>", refused.text, re.S)[0])) == json.loads(
        broken
    )
    for payload, why in (
        ("no json", "no JSON object"),
        ("[1]", "no JSON object"),
        (json.dumps(sale("S9")), "another record"),
    ):
        answer = act(operator, "/dead-letters/4/edit", payload=payload, why="x", keep="1")
        assert (answer.status_code, why in answer.text) == (422, True)
    right = json.dumps(sale("S4", "12.50"), indent=1).replace("\n", "\r\n")
    checked = act(operator, "/dead-letters/4/edit", payload=right, check="1")
    assert (checked.status_code, "It keeps its contract now." in checked.text) == (200, True)
    assert act(operator, "/dead-letters/4/edit", payload=right, why=" ", keep="1").status_code == 422
    assert site.rows("select count(*) from sync.dead_letter_action") == [(0,)]

    assert (
        act(operator, "/dead-letters/4/edit", payload=right, why="the till's paper roll", keep="1").status_code == 303
    )
    done = act(operator, "/dead-letters/4/replay", why="mended")
    assert "1 of 1 taken in" in done.text
    assert landed(site) == [("S4", "12.50")]
    shown = words(operator, "/dead-letters/4")
    assert "operator edited the till's paper roll" in shown
    assert "operator resolved mended" in shown
    assert [row[:2] for row in audited(site)] == [
        ("operator", "dead_letters.edit"),
        ("operator", "dead_letters.replay"),
    ]


def test_all_of_a_reason_are_replayed_as_planned_or_not_at_all(site: Site) -> None:
    operator = site.browser("operator")
    assert "Replay all 3" in words(
        operator, "/dead-letters/plan?system=till&entity=sales&reason=value_set&field=status"
    )
    for form in ({"letters": "2", "why": "x"}, {"why": "x"}):
        assert act(operator, "/dead-letters/replay", **SAME_REASON, **form).status_code == 409
    assert act(operator, "/dead-letters/replay", **SAME_REASON, letters="3", why="").status_code == 422
    assert landed(site) == []

    done = act(operator, "/dead-letters/replay", **SAME_REASON, letters="3", why="declared in 1.1.0")

    assert "3 of 3 taken in" in done.text
    assert landed(site) == [("S1", "1.00"), ("S2", "1.00"), ("S3", "1.00")]
    assert states(site) == "replayed replayed replayed open open open"
    assert site.rows("select distinct who, why from sync.dead_letter_action") == [("operator", "declared in 1.1.0")]
    assert audited(site) == [("operator", "dead_letters.replay", "till", "sales", None)]
    about = site.rows("select about, status from access.access_log where method = 'POST' and status = 200")
    assert about == [("till/sales value_set status", 200)]


def test_letters_are_discarded_one_or_all_and_a_discard_is_taken_back(site: Site) -> None:
    operator = site.browser("operator")
    form = {"system": "till", "entity": "sales", "reason": "type", "field": "amount", "letters": "2"}
    assert act(operator, "/dead-letters/discard", **form, why="a test till").status_code == 303
    assert act(operator, "/dead-letters/6/discard", why="a test order").status_code == 303
    assert states(site) == "open open open discarded discarded discarded"
    assert act(operator, "/dead-letters/6/discard", why="again").status_code == 422
    assert act(operator, "/dead-letters/6/reopen", why="it was a real order").status_code == 303
    assert act(operator, "/dead-letters/6/reopen", why="again").status_code == 409
    assert states(site) == "open open open discarded discarded open"
    assert [row[1] for row in audited(site)] == ["dead_letters.discard"] * 2 + ["dead_letters.reopen"]


def test_what_cannot_be_replayed_is_said_and_nothing_is_changed(site: Site, clock: GivenClock) -> None:
    operator = site.browser("operator")
    done = act(operator, "/dead-letters/5/replay", why="x")
    assert "0 of 1 taken in" in done.text
    with site.tools.database.connect() as connection:
        connection.execute("update sync.dead_letter set entity = 'gone' where dead_letter_id = 5")
    assert "is not declared any more" in words(operator, "/dead-letters/5")
    assert act(operator, "/dead-letters/5/replay", why="x").status_code == 422
    assert operator.get("/dead-letters/5/edit").status_code == 422
    for path in ("/dead-letters?state=lost", "/dead-letters/reason", "/dead-letters/plan?system=till%00&entity=x"):
        assert operator.get(path).status_code == 404
    assert operator.get("/dead-letters?of=%00").status_code == 200
    assert states(site) == "open open open open open open"
