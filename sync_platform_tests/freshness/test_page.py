"""The page: self-contained, escaped, said in words and shapes beside colours, small and quick."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from sync_platform.contracts.contract import Freshness, Owner
from sync_platform.freshness.facts import (
    Advice,
    BranchClock,
    DayFacts,
    DeadLetterReason,
    EntityFacts,
    Failure,
    FreshnessFacts,
    StockDifference,
    StockFacts,
    SystemFacts,
)
from sync_platform.freshness.failed_rules import FailedRule, write_failed_rules
from sync_platform.freshness.owed import EntityOwed
from sync_platform.freshness.page import render_freshness
from sync_platform.freshness.promise import Verdict
from sync_platform.freshness.state import STATES
from sync_platform.landing.verifications import VerifiedThrough
from sync_platform_tests.reports.outline import Outline

COLOMBO, NEW_YORK = ZoneInfo("Asia/Colombo"), ZoneInfo("America/New_York")
NOW = datetime(2026, 11, 21, 5, 30, tzinfo=UTC)
TODAY = date(2026, 11, 21)
HOSTILE = "<script>alert('x')</script>\"'&`</style><img src=x onerror=alert(1)>"


def day(back: int, state: str = "fresh", **values: object) -> DayFacts:
    known = DayFacts(day=TODAY - timedelta(days=back), verdict=Verdict(state, (f"It is {state}.",)), rows=1000 + back)
    return replace(known, **values)  # type: ignore[arg-type]


def entity(name: str, today: DayFacts, **values: object) -> EntityFacts:
    known = EntityFacts(
        system="pos",
        entity=name,
        title=f"All {name}",
        owner=Owner("Store operations", ("store-ops",)),
        is_state=False,
        promise=Freshness(timedelta(minutes=15), "09:00"),
        strip=(*(day(back) for back in range(14, 0, -1)), today),
    )
    return replace(known, **values)  # type: ignore[arg-type]


def facts_of(*entities: EntityFacts, stock: StockFacts | None = None) -> FreshnessFacts:
    system = SystemFacts("pos", "Point of sale", "Store operations", "Asia/Colombo", TODAY, entities)
    return FreshnessFacts(now=NOW, systems=(system,), stock=stock)


def stock_of(*largest: StockDifference) -> StockFacts:
    return StockFacts(
        day=TODAY,
        pairs=5012,
        agreeing=4812,
        oversold=120,
        differing=60,
        missing=20,
        as_of=NOW - timedelta(minutes=20),
        limited_by="pos/stock_levels",
        compared_at=NOW,
        largest=largest,
    )


def outline(facts: FreshnessFacts, zone: ZoneInfo = COLOMBO) -> Outline:
    return Outline(render_freshness(facts, zone=zone))


def everything() -> FreshnessFacts:
    """Every part of the page at once, each state on some day."""
    branches = tuple(BranchClock(f"S{n:04d}", NOW - timedelta(minutes=200 - n), NOW) for n in range(150))
    today = day(
        0,
        "stale",
        as_of=NOW - timedelta(minutes=200),
        limited_by="S0000",
        looked_at=NOW,
        loaded_at=NOW,
        checks_passed=11,
        checks_failed=2,
        blocking_failed=1,
        failed_rules=(FailedRule("product_in_catalogue", False), FailedRule("branch_known", True)),
        open_dead_letters=3,
        failure=Failure("refused", "pos/sales: 401 from GET /sales", NOW),
    )
    strip = tuple(day(14 - index, state.name) for index, state in enumerate((*STATES, *STATES)[:14]))
    worst = entity(
        "sales",
        today,
        strip=(*strip, today),
        branches=branches,
        dead_letters=1234,
        reasons=(DeadLetterReason("range", "quantity", 1234),),
        owed=EntityOwed(
            unread=(TODAY, TODAY - timedelta(days=3)), held=(TODAY - timedelta(days=4),), due=(TODAY,), waiting=1200
        ),
        verifies=True,
        verified=VerifiedThrough(
            date(2026, 11, 1), date(2026, 11, 9), date(2026, 11, 14), date(2026, 11, 10), "differs"
        ),
        advice=(
            Advice(("Ask since ", NOW, "."), "sync-platform connect pos"),
            Advice(("By itself:",), None, due=False),
        ),
    )
    difference = StockDifference(
        "861234", "S0330", Decimal("3.000"), Decimal("40.5"), Decimal("37.5"), "oversold", NOW, None
    )
    return facts_of(worst, entity("refunds", day(0, as_of=NOW)), stock=stock_of(difference))


def test_the_first_heading_says_in_one_sentence_how_things_stand() -> None:
    page = outline(everything())

    assert next(text for tag, text in page.texts if tag == "h1") == (
        "1 of 2 entities is fresh; pos/sales is stale, limited by branch S0000, as of 07:40 +05:30;"
        " 3 past days are late or held."
    )


def test_nothing_is_fetched_run_or_framed() -> None:
    page = render_freshness(everything(), zone=COLOMBO)
    seen = Outline(page)

    names = {tag for tag, _ in seen.elements}
    attributes = {name for _, given in seen.elements for name in given}
    links = {given["href"] for given in seen.of("a")}
    assert names.isdisjoint({"script", "img", "link", "iframe", "object", "embed", "base", "form", "svg"})
    assert attributes.isdisjoint({"src", "srcset", "style", "background", "action"})
    assert not [name for name in attributes if name.startswith("on")]
    assert {link for link in links if not link.startswith("#")} == {
        *("freshness.csv", "stock.csv"),
        *("freshness.html", "quality.html", "kpis.html"),
    }
    assert not re.search(r"https?:|//[a-z]|url\(|@import|@font-face", page)
    assert {
        "http-equiv": "Content-Security-Policy",
        "content": "default-src 'none'; style-src 'unsafe-inline'",
    } in seen.of("meta")


def test_every_link_within_the_page_has_its_target() -> None:
    page = outline(everything())

    ids = [given["id"] for _, given in page.elements if "id" in given]
    assert len(ids) == len(set(ids))
    assert {link["href"][1:] for link in page.of("a") if link["href"].startswith("#")} <= set(ids)
    assert {given["aria-labelledby"] for _, given in page.elements if "aria-labelledby" in given} <= set(ids)


def test_the_page_is_well_formed_and_its_headings_descend_one_by_one() -> None:
    page = outline(everything())

    levels = [int(tag[1]) for tag, _ in page.elements if re.fullmatch("h[1-6]", tag)]
    assert page.open == []
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.of("html") == [{"lang": "en"}]
    assert len(page.of("title")) == 1


def test_tables_have_captions_and_their_headers_a_scope() -> None:
    page = outline(everything())

    assert len(page.of("caption")) == len(page.of("table")) == 4
    assert [given for given in page.of("th") if given.get("scope") not in ("col", "row", "rowgroup")] == []


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_state_is_said_in_a_word_a_shape_and_a_colour(state: object) -> None:
    chosen = next(known for known in STATES if known == state)
    without = {known.word for known in STATES} - {chosen.word}
    page = render_freshness(facts_of(entity("sales", day(0, chosen.name))), zone=COLOMBO)
    row = page.split('scope="row"><a href="#pos-sales">')[1].split("</tr>")[0]

    assert f'class="state {chosen.name}"' in row
    assert f">{chosen.mark}</span>{chosen.word}<" in row
    assert not [word for word in without if f">{word}<" in row]
    # Once for light, once for dark, once for paper.
    assert len(re.findall(rf"--{chosen.name}: #[0-9a-f]{{6}};", page)) == 3


@pytest.mark.parametrize("where", ["light", "dark", "paper"])
def test_words_are_readable_on_their_colours(where: str) -> None:
    """WCAG 2.2 AA asks 4.5:1 for text."""
    page = render_freshness(facts_of(), zone=COLOMBO)
    block = {"light": 0, "dark": 1, "paper": 2}[where]
    colours = dict(re.findall(r"--([a-z_-]+): (#[0-9a-f]{6})", page.split(":root {")[block + 1].split("}")[0]))

    pairs = [(state.name, f"{state.name}-tint") for state in STATES]
    pairs += [(text, ground) for text in ("ink", "soft", "link") for ground in ("page", "sheet")]
    assert [pair for pair in pairs if contrast(colours[pair[0]], colours[pair[1]]) < 4.5] == []


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio of two colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_times_are_in_the_readers_zone_with_its_offset() -> None:
    facts = facts_of(entity("sales", day(0, as_of=NOW - timedelta(hours=1), looked_at=NOW - timedelta(days=2))))

    colombo, new_york = render_freshness(facts, zone=COLOMBO), render_freshness(facts, zone=NEW_YORK)

    assert '<time datetime="2026-11-21T10:00:00+05:30"><b>10:00:00</b> <small>+05:30</small></time>' in colombo
    assert '<time datetime="2026-11-19T11:00:00+05:30">19 Nov <b>11:00</b> <small>+05:30</small></time>' in colombo
    # In New York it is half past midnight: an hour ago is another date there.
    assert '<time datetime="2026-11-20T23:30:00-05:00">20 Nov <b>23:30</b> <small>-05:00</small></time>' in new_york


def test_hostile_text_is_shown_and_never_run() -> None:
    """Faults S1, X6."""
    hostile = entity(
        "sales",
        day(0, "stale", as_of=NOW, limited_by=HOSTILE, failure=Failure(HOSTILE, HOSTILE, NOW)),
        title=HOSTILE,
        owner=Owner(HOSTILE, (HOSTILE,)),
        branches=(BranchClock(HOSTILE, NOW, NOW),),
        dead_letters=1,
        reasons=(DeadLetterReason(HOSTILE, HOSTILE, 1),),
        advice=(Advice((HOSTILE,), HOSTILE),),
    )
    difference = StockDifference(HOSTILE, HOSTILE, None, None, None, HOSTILE, None, None)

    page = render_freshness(facts_of(hostile, stock=stock_of(difference)), zone=COLOMBO)
    seen = Outline(page)

    assert "<script" not in page
    assert "<img" not in page
    assert page.count("</style>") == 1
    assert seen.open == []
    assert not [name for _, given in seen.elements for name in given if name.startswith("on")]
    assert seen.text.count("<script>alert('x')</script>") >= 12


def test_the_oldest_branches_are_listed_first_and_the_rest_is_counted() -> None:
    page = render_freshness(everything(), zone=COLOMBO)

    shown = re.findall(r"<li><span>(S\d{4})</span>", page)
    assert shown == [f"S{n:04d}" for n in (*range(6), *range(120))]
    assert "The oldest 120 of 150 branches" in page


def test_what_waits_for_a_person_is_told_first_with_its_command_and_owner() -> None:
    page = outline(everything())

    todo = page.text.split("What to do")[1].split("Today")[0].strip()
    assert todo == "pos/sales Store operations Ask since 2026-11-21 11:00 +05:30. sync-platform connect pos"
    assert "Nothing waits for a person." in outline(facts_of(entity("sales", day(0)))).text


@pytest.mark.parametrize(
    ("failed", "words"),
    [
        ([], ""),
        ([FailedRule("in_catalogue", False)], "1 warning (in_catalogue), none blocking"),
        ([FailedRule("in_catalogue", False)] * 17, "17 warnings (in_catalogue), none blocking"),
        ([FailedRule("known", True), FailedRule("known", True)], "2 blocking (known)"),
        ([FailedRule(name, False) for name in "bab"] + [FailedRule("c", True)], "3 warnings (a, b), 1 blocking (c)"),
    ],
)
def test_failed_checks_are_told_apart_by_whether_they_hold_anything_back(failed: list[FailedRule], words: str) -> None:
    assert write_failed_rules(failed) == words


def test_the_section_today_shows_todays_figures_only_and_says_so() -> None:
    page = render_freshness(everything(), zone=COLOMBO)
    today = page.split('<h2 id="today">')[1].split("</section>")[0]

    assert ">Rows today</th>" in today
    assert ">Dead letters today</th>" in today
    assert 'data-label="Dead letters today" class="number">3<' in today
    assert "1,234" not in today
    assert "1,234 open dead letters, all days" in page
    assert "11 passed<small>1 warning (product_in_catalogue), 1 blocking (branch_known)</small>" in today


def owed_row(facts: FreshnessFacts, address: str) -> str:
    """The row of the section "What is owed", as it is read."""
    section = render_freshness(facts, zone=COLOMBO).split('<h2 id="owed">')[1].split("</section>")[0]
    (row,) = [row.split("</tr>")[0] for row in section.split("<tr ") if f">{address}</a>" in row]
    return Outline(f"<table><tr {row}</tr></table>").text


def test_what_is_owed_is_told_with_its_days() -> None:
    told = owed_row(everything(), "pos/sales")

    assert told == "pos/sales 2 2026-11-18 to today 1 2026-11-17 1 today 1,200 2026-11-09 2026-11-10: differs"
    assert owed_row(everything(), "pos/refunds") == "pos/refunds 0 0 0 0 — the partner is not asked"


@pytest.mark.parametrize(
    ("through", "words"),
    [
        (None, "— not judged yet"),
        (VerifiedThrough(TODAY, TODAY, TODAY, None, None), "2026-11-21 all settled days"),
        (VerifiedThrough(TODAY, None, TODAY, TODAY, "never loaded whole"), "— 2026-11-21: never loaded whole"),
    ],
)
def test_up_to_which_day_the_partner_agrees_is_told_with_what_stands_in_the_way(
    through: VerifiedThrough | None, words: str
) -> None:
    facts = facts_of(entity("sales", day(0), verifies=True, verified=through))

    assert owed_row(facts, "pos/sales") == f"pos/sales 0 0 0 0 {words}"


def test_the_stock_comparison_is_summed_up_and_its_differences_signed() -> None:
    page = outline(everything())

    stock = page.text.split("Stock: POS against shop")[1]
    assert "4,812 of 5,012 pairs of SKU and branch agree; 120 are oversold" in stock
    assert "861234 S0330 3 40.5 +37.5 oversold" in stock
    assert "Nothing was compared yet" in outline(facts_of(entity("sales", day(0)))).text


def test_a_platform_without_partner_systems_has_a_page_too() -> None:
    page = outline(FreshnessFacts(now=NOW, systems=(), stock=None))

    assert next(text for tag, text in page.texts if tag == "h1") == "No partner system is declared yet."


def test_sixty_entities_over_fifteen_days_render_in_a_second_into_less_than_a_megabyte() -> None:
    branches = tuple(BranchClock(f"S{n:04d}", NOW - timedelta(seconds=n), NOW) for n in range(6))
    entities = tuple(entity(f"entity_{n}", day(0, as_of=NOW, looked_at=NOW), branches=branches) for n in range(60))
    facts = facts_of(*entities)
    render_freshness(facts, zone=COLOMBO)

    started = time.process_time()
    page = render_freshness(facts, zone=COLOMBO)
    seconds = time.process_time() - started

    # Measured on 2 cores, 2026-11-21: 0.07 s of processor time, 330 kB.
    assert seconds < 1
    assert len(page.encode()) < 1_000_000
