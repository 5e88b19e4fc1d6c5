"""Every kind of paging reads each record once and in order, ends by itself, and refuses to be led in a circle."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from sync_platform.errors import DeclarationError, PartnerMisbehaved
from sync_platform.partners.pages import probe, read_ahead, read_pages
from sync_platform.partners.question import ChangedBetween, Current, WholeDay
from sync_platform_tests.partners.conftest import OpenShop
from sync_platform_tests.partners.given import NOON
from sync_platform_tests.partners.server import Asked, Reply

SINCE = ChangedBetween(datetime(2026, 11, 20, 10, tzinfo=UTC), None)


def orders(*ids: str) -> list[dict[str, str]]:
    return [{"id": id_} for id_ in ids]


ALL = orders("1", "2", "3", "4", "5")


def by_page_number(asked: Asked) -> Reply:
    start = (int(asked.query["page"]) - 1) * 2
    return Reply({"total": 5, "orders": ALL[start : start + 2]})


def by_page_number_from_zero(asked: Asked) -> Reply:
    start = int(asked.query["p"]) * 2
    return Reply({"orders": ALL[start : start + 2]})


def by_page_count_header(asked: Asked) -> Reply:
    start = (int(asked.query["page"]) - 1) * int(asked.query["per_page"])
    return Reply({"orders": ALL[start : start + 2]}, headers={"X-WP-Total": "5", "X-WP-TotalPages": "3"})


def by_offset(asked: Asked) -> Reply:
    start = int(asked.query["offset"])
    return Reply({"total": "5", "orders": ALL[start : start + int(asked.query["limit"])]})


def by_cursor_in_body(asked: Asked) -> Reply:
    start = int(asked.query.get("cursor", "0"))
    following = start + 2 if start + 2 < 5 else None
    return Reply({"orders": ALL[start : start + 2], "next": following})


def by_cursor_in_header(asked: Asked) -> Reply:
    start = int(asked.query.get("after", "c0")[1:])
    headers = {"X-Next": f"c{start + 2}"} if start + 2 < 5 else {}
    return Reply({"orders": ALL[start : start + 2]}, headers=headers)


def by_cursor_in_posted_body(asked: Asked) -> Reply:
    start = int((asked.json["variables"]["after"] or "c0")[1:])
    page_info = {"hasNextPage": start + 2 < 5, "endCursor": f"c{start + 2}"}
    return Reply({"data": {"orders": {"nodes": ALL[start : start + 2], "pageInfo": page_info}}})


def by_link_header(asked: Asked) -> Reply:
    start = int(asked.query.get("from", "0"))
    link = f'<http://{asked.headers["host"]}/orders?from={start + 2}&limit=2>; rel="next", </orders>; rel="first"'
    return Reply({"orders": ALL[start : start + 2]}, headers={"Link": link} if start + 2 < 5 else {})


def by_link_in_body(asked: Asked) -> Reply:
    start = int(asked.query.get("from", "0"))
    return Reply({"orders": ALL[start : start + 2], "links": {"next": f"?from={start + 2}" if start + 2 < 5 else ""}})


def by_keyset(asked: Asked) -> Reply:
    start = int(asked.query.get("starting_after", "0"))
    return Reply({"orders": ALL[start : start + 2], "has_more": start + 2 < 5})


KINDS: dict[str, tuple[Callable[[Asked], Reply], dict[str, Any]]] = {
    "page number with a total": (by_page_number, {"pages": {"kind": "page_number", "size": 2, "total": "total"}}),
    "page number from zero, ended by a short page": (
        by_page_number_from_zero,
        {"pages": {"kind": "page_number", "param": "p", "first": 0, "size": 2}},
    ),
    "page number with a count of pages in a header": (
        by_page_count_header,
        {
            "pages": {
                "kind": "page_number",
                "size": 2,
                "size_param": "per_page",
                "total_pages_header": "X-WP-TotalPages",
                "total_header": "X-WP-Total",
            }
        },
    ),
    "offset": (by_offset, {"pages": {"kind": "offset", "limit": 2, "total": "total"}}),
    "cursor in the body": (by_cursor_in_body, {"pages": {"kind": "cursor", "param": "cursor", "next": "next"}}),
    "cursor in a header": (
        by_cursor_in_header,
        {"pages": {"kind": "cursor", "param": "after", "next_header": "X-Next"}},
    ),
    "cursor in a posted body": (
        by_cursor_in_posted_body,
        {
            "method": "POST",
            "records": "data.orders.nodes",
            "body": '{"query": "query($a: ID) {orders(after: $a) {nodes {id}}}", "variables": {"after": {cursor}}}',
            "pages": {
                "kind": "cursor",
                "next": "data.orders.pageInfo.endCursor",
                "has_more": "data.orders.pageInfo.hasNextPage",
            },
        },
    ),
    "link header": (by_link_header, {"pages": {"kind": "link_header", "size_param": "limit", "size": 2}}),
    "link in the body": (by_link_in_body, {"pages": {"kind": "link_in_body", "next": "links.next"}}),
    "keyset": (
        by_keyset,
        {"pages": {"kind": "keyset", "param": "starting_after", "field": "id", "has_more": "has_more"}},
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_paging_reads_every_record_once_with_three_requests(open_shop: OpenShop, kind: str) -> None:
    answer, entity = KINDS[kind]
    shop = open_shop(answer, entity=entity)

    pages = shop.pages()

    assert [[json.loads(record)["id"] for record in page.records] for page in pages] == [["1", "2"], ["3", "4"], ["5"]]
    assert [page.full for page in pages] == [True, True, False]
    assert [page.number for page in pages] == [0, 1, 2]
    assert len(shop.partner.asked) == 3
    assert len({asked.connection for asked in shop.partner.asked}) == 1


def test_the_next_page_is_only_asked_when_it_is_wanted(open_shop: OpenShop) -> None:
    shop = open_shop(by_page_number, entity=KINDS["page number with a total"][1])
    pages = read_pages(shop.client, shop.entity, Current())

    assert len(shop.partner.asked) == 0
    next(pages)
    assert len(shop.partner.asked) == 1
    next(pages)
    assert len(shop.partner.asked) == 2


def test_reading_ahead_asks_one_page_more_than_was_taken(open_shop: OpenShop) -> None:
    shop = open_shop(by_page_number, entity=KINDS["page number with a total"][1])
    pages = read_ahead(read_pages(shop.client, shop.entity, Current()))

    assert len(shop.partner.asked) == 0
    first = next(pages)
    pages.close()  # waits for the request under way
    assert (first.number, len(shop.partner.asked)) == (0, 2)


def test_reading_ahead_gives_the_same_pages_and_the_same_end(open_shop: OpenShop) -> None:
    in_turn = open_shop(by_page_number, entity=KINDS["page number with a total"][1])
    ahead = open_shop(by_page_number, entity=KINDS["page number with a total"][1])

    pages = list(read_ahead(read_pages(ahead.client, ahead.entity, Current())))

    assert [page.records for page in pages] == [page.records for page in in_turn.pages()]
    assert len(ahead.partner.asked) == len(in_turn.partner.asked)


def test_reading_ahead_an_error_comes_after_the_pages_before_it(open_shop: OpenShop) -> None:
    pages = {"pages": {"kind": "page_number", "size": 1, "total": "total"}}
    shop = open_shop([Reply({"orders": orders("1"), "total": 2}), Reply(b"no json")], entity=pages, attempts=1)
    taken = read_ahead(read_pages(shop.client, shop.entity, Current()))

    assert next(taken).number == 0
    with pytest.raises(PartnerMisbehaved, match="is not JSON"):
        next(taken)


def test_a_rule_for_one_record_is_misbehaviour_where_a_page_was_asked_for(open_shop: OpenShop) -> None:
    rule = {"when": "code == 'invalid_id'", "then": "rejected", "status": 404}
    shop = open_shop([Reply({"code": "invalid_id"}, status=404)], api={"errors": [rule]}, attempts=1)

    with pytest.raises(PartnerMisbehaved, match=r"404 .* a page of records was asked for"):
        shop.pages()


def test_one_page_is_all_where_no_paging_is_declared(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": orders("1", "2")})])

    assert shop.ids() == [["1", "2"]]
    assert len(shop.partner.asked) == 1


def test_a_walk_goes_on_from_a_page_in_the_middle(open_shop: OpenShop) -> None:
    shop = open_shop(by_page_number, entity=KINDS["page number with a total"][1])

    pages = shop.pages(ChangedBetween(SINCE.since, None, start_page=1))

    assert [page.number for page in pages] == [1, 2]
    assert [asked.query["page"] for asked in shop.partner.asked] == ["2", "3"]


def test_an_offset_walk_goes_on_from_a_page_in_the_middle(open_shop: OpenShop) -> None:
    shop = open_shop(by_offset, entity=KINDS["offset"][1])

    assert shop.ids(ChangedBetween(SINCE.since, None, start_page=2)) == [["5"]]
    assert shop.partner.asked[0].query["offset"] == "4"


def test_chained_pages_cannot_start_in_the_middle(open_shop: OpenShop) -> None:
    shop = open_shop(by_keyset, entity=KINDS["keyset"][1])

    with pytest.raises(DeclarationError, match="shop/orders cannot be read from page 1 on: its pages are chained"):
        shop.pages(ChangedBetween(SINCE.since, None, start_page=1))
    assert shop.partner.asked == []


def test_the_partners_total_comes_with_each_page(open_shop: OpenShop) -> None:
    shop = open_shop(by_page_count_header, entity=KINDS["page number with a count of pages in a header"][1])

    assert [page.total for page in shop.pages()] == [5, 5, 5]


@pytest.mark.parametrize("total", ["many", -1, 2.5, True, [3]])
def test_a_total_that_is_no_count_is_misbehaviour(open_shop: OpenShop, total: Any) -> None:
    shop = open_shop([Reply({"total": total, "orders": ALL})], entity=KINDS["page number with a total"][1])

    with pytest.raises(PartnerMisbehaved, match="gives no count in `total`"):
        shop.pages()


def test_a14_an_empty_page_in_the_middle_is_not_the_end_when_the_total_says_so(open_shop: OpenShop) -> None:
    answers = [
        Reply({"total": 5, "orders": orders("1", "2")}),
        Reply({"total": 5, "orders": []}),
        Reply({"total": 5, "orders": orders("5")}),
        Reply({"total": 5, "orders": []}),
    ]
    shop = open_shop(answers, entity=KINDS["page number with a total"][1])

    assert shop.ids()[:3] == [["1", "2"], [], ["5"]]


def test_a14_an_empty_page_in_the_middle_is_not_the_end_when_a_link_goes_on(open_shop: OpenShop) -> None:
    answers = [
        Reply({"orders": orders("1"), "next": "?p=2"}),
        Reply({"orders": [], "next": "?p=3"}),
        Reply({"orders": orders("2"), "next": None}),
    ]
    shop = open_shop(answers, entity={"pages": {"kind": "link_in_body", "next": "next"}})

    assert shop.ids() == [["1"], [], ["2"]]


def test_a14_an_empty_page_in_the_middle_is_not_the_end_when_a_cursor_goes_on(open_shop: OpenShop) -> None:
    answers = [Reply({"orders": [], "next": "a"}), Reply({"orders": orders("1"), "next": None})]
    shop = open_shop(answers, entity={"pages": {"kind": "cursor", "param": "c", "next": "next"}})

    assert shop.ids() == [[], ["1"]]


def test_a20_records_repeated_on_the_next_page_do_not_end_the_walk_early(open_shop: OpenShop) -> None:
    """The total counts distinct records: after 4 rows of which 1 is repeated, the fourth record is still to come."""
    answers = [
        Reply({"total": 4, "orders": orders("1", "2")}),
        Reply({"total": 4, "orders": orders("2", "3")}),
        Reply({"total": 4, "orders": orders("4")}),
    ]
    shop = open_shop(answers, entity=KINDS["page number with a total"][1])

    assert shop.ids() == [["1", "2"], ["2", "3"], ["4"]]


def test_a_total_that_fills_the_last_page_asks_no_further_page(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"total": 2, "orders": orders("1", "2")})], entity=KINDS["page number with a total"][1])

    assert shop.ids() == [["1", "2"]]
    assert len(shop.partner.asked) == 1


def test_a_partner_that_caps_its_pages_below_the_declared_size_is_still_read_to_its_total(open_shop: OpenShop) -> None:
    pages = {"kind": "offset", "limit": 4, "total": "total"}

    def capped(asked: Asked) -> Reply:
        start = int(asked.query["offset"])
        return Reply({"total": 5, "orders": ALL[start : start + 2]})

    assert open_shop(capped, entity={"pages": pages}).ids() == [["1", "2"], ["3", "4"], ["5"]]


def test_a_total_that_is_too_high_ends_at_the_empty_page(open_shop: OpenShop) -> None:
    answers = [Reply({"total": 3, "orders": orders("1", "2")}), Reply({"total": 3, "orders": []})]
    shop = open_shop(answers, entity=KINDS["page number with a total"][1])

    pages = shop.pages()

    assert [len(page.records) for page in pages] == [2, 0]
    assert pages[-1].total == 3


def test_a30_a_page_that_repeats_is_misbehaviour(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": orders("1", "2")})], entity={"pages": {"kind": "page_number", "size": 2}})

    with pytest.raises(PartnerMisbehaved, match="shop/orders: the answer to GET /orders repeats the page before it"):
        shop.pages()
    assert len(shop.partner.asked) == 2


def test_a30_a_cursor_seen_before_is_misbehaviour(open_shop: OpenShop) -> None:
    answers = [
        Reply({"orders": orders("1"), "next": "a"}),
        Reply({"orders": orders("2"), "next": "b"}),
        Reply({"orders": orders("3"), "next": "a"}),
    ]
    shop = open_shop(answers, entity={"pages": {"kind": "cursor", "param": "c", "next": "next"}})

    with pytest.raises(PartnerMisbehaved, match="in a circle"):
        shop.pages()
    assert len(shop.partner.asked) == 3


def test_a30_a_link_seen_before_is_misbehaviour(open_shop: OpenShop) -> None:
    answers = [
        Reply({"orders": orders("1"), "next": "/orders?p=2"}),
        Reply({"orders": orders("2"), "next": "/orders?p=2"}),
    ]
    shop = open_shop(answers, entity={"pages": {"kind": "link_in_body", "next": "next"}})

    with pytest.raises(PartnerMisbehaved, match="in a circle"):
        shop.pages()
    assert len(shop.partner.asked) == 2


@pytest.mark.parametrize(
    "link",
    [
        "http://127.0.0.2/orders?p=2",
        "https://elsewhere.example/orders",
        "//elsewhere.example/orders",
        "file:///etc/passwd",
        "http://user:word@{host}/orders?p=2",
        "https://{host}/orders?p=2",
        "http://[/orders",
    ],
)
def test_a30_a_link_to_another_origin_is_not_followed(open_shop: OpenShop, link: str) -> None:
    shop = open_shop(
        lambda asked: Reply({"orders": orders("1"), "next": link.format(host=asked.headers["host"])}),
        entity={"pages": {"kind": "link_in_body", "next": "next"}},
    )

    with pytest.raises(PartnerMisbehaved, match="another host"):
        shop.pages()
    assert len(shop.partner.asked) == 1


def test_a30_the_page_limit_ends_an_endless_walk(open_shop: OpenShop) -> None:
    def endless(asked: Asked) -> Reply:
        number = int(asked.query.get("c", "0"))
        return Reply({"orders": orders(str(number)), "next": number + 1})

    pages = {"kind": "cursor", "param": "c", "next": "next", "limit_pages": 7}
    shop = open_shop(endless, entity={"pages": pages})

    with pytest.raises(PartnerMisbehaved, match="more than 7 pages from GET /orders"):
        shop.pages()
    assert len(shop.partner.asked) == 7


def test_more_without_a_record_to_go_on_from_is_misbehaviour(open_shop: OpenShop) -> None:
    shop = open_shop([Reply({"orders": [], "has_more": True})], entity=KINDS["keyset"][1])

    with pytest.raises(PartnerMisbehaved, match="holds no record to go on from"):
        shop.pages()


def test_a_keyset_without_has_more_ends_with_a_short_page(open_shop: OpenShop) -> None:
    pages = {"kind": "keyset", "param": "starting_after", "field": "id", "size": 2, "size_param": "limit"}
    shop = open_shop(by_keyset, entity={"pages": pages})

    assert shop.ids() == [["1", "2"], ["3", "4"], ["5"]]
    assert [asked.query for asked in shop.partner.asked] == [
        {"limit": "2"},
        {"limit": "2", "starting_after": "2"},
        {"limit": "2", "starting_after": "4"},
    ]


def test_cursor_pages_that_do_not_say_where_the_cursor_is_are_a_declaration_error(open_shop: OpenShop) -> None:
    with pytest.raises(DeclarationError, match="say where the next cursor is"):
        open_shop([Reply({"orders": []})], entity={"pages": {"kind": "cursor", "param": "c"}})


def test_a13_a_body_without_a_length_is_only_accepted_when_the_partner_vouches_for_it(open_shop: OpenShop) -> None:
    unsure = open_shop([Reply({"orders": orders("1")}, framing="close")])
    vouched = open_shop(
        [Reply({"orders": orders("1"), "total": 1}, framing="close")],
        entity={"pages": {"kind": "page_number", "size": 2, "total": "total"}},
    )

    with pytest.raises(PartnerMisbehaved, match="came without a length, and nothing in it says that it is whole"):
        unsure.pages()
    assert vouched.ids() == [["1"]]


def test_an_unchanged_answer_is_an_empty_page_that_confirms_no_count(open_shop: OpenShop) -> None:
    shop = open_shop([Reply(status=304)])

    (page,) = shop.pages(SINCE)

    assert (page.records, page.total, page.full) == ([], None, False)


@pytest.mark.parametrize("question", [Current(), WholeDay(NOON.date())])
def test_an_unchanged_answer_to_a_whole_read_is_not_an_empty_day(
    open_shop: OpenShop, question: Current | WholeDay
) -> None:
    shop = open_shop([Reply(status=304)])

    with pytest.raises(PartnerMisbehaved, match="304 where the records themselves were asked for"):
        shop.pages(question)


def test_changes_from_an_events_list_are_the_records_inside_with_the_time_of_each_event(open_shop: OpenShop) -> None:
    events = {
        "path": "/events",
        "records": "data",
        "record": "data.object",
        "time": "created",
        "time_format": "epoch_seconds",
        "params": {"type": "order.*"},
        "pages": {"kind": "keyset", "param": "starting_after", "field": "id", "has_more": "has_more"},
    }
    changed = {"since": {"param": "created[gte]", "format": "epoch_seconds"}, "events": events}
    answers = [
        Reply(
            {"data": [{"id": "e2", "created": 1763632801, "data": {"object": {"id": "1", "n": 2}}}], "has_more": True}
        ),
        Reply(
            {
                "data": [{"id": "e1", "created": 1763632800, "data": {"object": {"id": "1", "n": 1.50}}}],
                "has_more": False,
            }
        ),
    ]
    shop = open_shop(answers, entity={"changed_since": changed})

    pages = shop.pages(ChangedBetween(datetime(2025, 11, 20, 10, tzinfo=UTC), None))

    assert [page.records for page in pages] == [[b'{"id": "1", "n": 2}'], [b'{"id": "1", "n": 1.5}']]
    assert [page.record_times for page in pages] == [
        [datetime(2025, 11, 20, 10, 0, 1, tzinfo=UTC)],
        [datetime(2025, 11, 20, 10, 0, 0, tzinfo=UTC)],
    ]
    assert [asked.path for asked in shop.partner.asked] == ["/events", "/events"]
    assert shop.partner.asked[0].query == {"type": "order.*", "created[gte]": "1763632800"}
    assert shop.partner.asked[1].query["starting_after"] == "e2"


@pytest.mark.parametrize(
    "event", [{"created": 1, "data": {}}, {"data": {"object": {}}}, {"created": "x", "data": {"object": {}}}]
)
def test_an_event_without_record_or_time_is_misbehaviour(open_shop: OpenShop, event: dict[str, Any]) -> None:
    events = {
        "path": "/e",
        "records": "data",
        "record": "data.object",
        "time": "created",
        "time_format": "epoch_seconds",
    }
    changed = {"since": {"param": "since"}, "events": events}
    shop = open_shop([Reply({"data": [event]})], entity={"changed_since": changed})

    with pytest.raises(PartnerMisbehaved, match=r"data\.object|created"):
        shop.pages(SINCE)


def test_a_probe_reads_only_the_first_page(open_shop: OpenShop) -> None:
    shop = open_shop(by_page_number, entity=KINDS["page number with a total"][1])
    shop.ask(params=(("page", "1"),))
    asked_before = len(shop.partner.asked)

    page = probe(shop.client, shop.entity)

    assert [json.loads(record)["id"] for record in page.records] == ["1", "2"]
    assert len(shop.partner.asked) == asked_before + 1
    assert shop.partner.asked[-1].query["day"] == "2026-11-20"
