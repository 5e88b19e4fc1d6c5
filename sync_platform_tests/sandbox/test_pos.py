"""The POS dialect and its quirks."""

from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
import requests

from sync_platform.sandbox import Sandbox
from sync_platform_tests.sandbox.conftest import NOW, TODAY, YESTERDAY, Client

NOW_MS = round(NOW.timestamp() * 1000)


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_its_token_the_pos_answers_401_as_json(shared: Client, headers: dict[str, str]) -> None:
    answer = requests.get(f"{shared.environment['POS_BASE_URL']}/api/v1/sales", headers=headers, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "E401"


def test_an_unknown_path_is_a_404_as_json(shared: Client) -> None:
    answer = shared.pos("/orders")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "E404")


def test_a_sale_has_the_fields_of_the_dialect(shared: Client) -> None:
    document = shared.pos("/sales", businessDate=YESTERDAY).json()
    sale = document["sales"][0]
    assert list(document) == ["page", "pageSize", "total", "serverTime", "branches", "sales"]
    assert document["serverTime"] == NOW_MS
    assert list(sale) == [
        *("lineId", "receiptNo", "branch", "product", "household", "quantity", "amount", "discounts", "currency"),
        *("soldAt", "businessDate", "asOf", "modifiedAt"),
    ]
    assert sale["lineId"] == f"{sale['receiptNo']}-{sale['product']['id']}-1"
    assert list(sale["product"]) == ["id", "department", "category", "name", "packageSize"]
    assert Decimal(sale["amount"]).as_tuple().exponent == -2
    assert datetime.fromisoformat(sale["soldAt"]).tzinfo is None
    assert sale["businessDate"] == sale["soldAt"][:10] == YESTERDAY


def test_a_naive_sale_time_is_colombo_wall_clock(shared: Client) -> None:
    punctual = [s for s in shared.pos("/sales", businessDate=YESTERDAY).json()["sales"] if s["asOf"] == s["modifiedAt"]]
    sold_at = datetime.fromisoformat(punctual[0]["soldAt"] + "+05:30").timestamp() * 1000
    assert 1_000 <= punctual[0]["modifiedAt"] - sold_at <= 8_000


def test_sales_come_ordered_by_changed_time_and_then_line_id(shared: Client) -> None:
    records = shared.all_pos("/sales", "sales", businessDate=YESTERDAY)
    keys = list(dict.fromkeys((s["modifiedAt"], s["lineId"]) for s in records))
    assert keys == sorted(keys)


def test_modified_since_is_inclusive_and_modified_before_exclusive(shared: Client) -> None:
    sales = shared.all_pos("/sales", "sales", businessDate=YESTERDAY)
    at = sales[len(sales) // 2]["modifiedAt"]
    there = {s["lineId"] for s in sales if s["modifiedAt"] == at}
    asked = {s["lineId"] for s in shared.pos("/sales", modifiedSince=at, modifiedBefore=at + 1).json()["sales"]}
    assert asked == there
    assert shared.pos("/sales", modifiedSince=at, modifiedBefore=at).json()["total"] == 0


def test_a_branch_filter_leaves_only_that_branch(shared: Client) -> None:
    document = shared.pos("/sales", branch="S0330").json()
    assert {s["branch"] for s in document["sales"]} == {"S0330"}
    assert [branch["branch"] for branch in document["branches"]] == ["S0330"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"page": 0}, "E102"),
        ({"pageSize": 1001}, "E102"),
        ({"pageSize": "ten"}, "E102"),
        ({"modifiedSince": "yesterday"}, "E102"),
        ({"businessDate": "2026-02-30"}, "E103"),
        ({"businessDate": "20261120"}, "E103"),
        ({"branch": "S9999"}, "E104"),
    ],
)
def test_quirk_a_wrong_parameter_is_answered_with_http_200_and_an_error(
    shared: Client, query: dict[str, Any], code: str
) -> None:
    answer = shared.pos("/sales", **query)
    assert answer.status_code == 200
    assert answer.json()["error"]["code"] == code


def test_quirk_lines_are_repeated_on_the_same_or_the_next_page_and_total_counts_them_once(shared: Client) -> None:
    records = shared.all_pos("/sales", "sales", page_size=100)
    times = Counter(s["lineId"] for s in records)
    repeated = [line for line, count in times.items() if count == 2]
    assert len(times) == shared.pos("/sales").json()["total"]
    assert max(times.values()) == 2
    assert 0.001 < len(repeated) / len(times) < 0.004
    places = {line: [n for n, s in enumerate(records) if s["lineId"] == line] for line in repeated}
    assert all(second - first <= 205 for first, second in places.values())


def test_quirk_a_late_branch_uploads_hours_later_and_says_so(shared: Client) -> None:
    document = shared.pos("/sales", businessDate=YESTERDAY).json()
    as_of = {branch["branch"]: branch["asOf"] for branch in document["branches"]}
    late = min(as_of, key=lambda branch: as_of[branch])
    delay = max(as_of.values()) - as_of[late]
    assert 3_600_000 <= delay <= 6 * 3_600_000
    assert len({value for branch, value in as_of.items() if branch != late}) == 1
    sales = [s for s in shared.all_pos("/sales", "sales") if s["branch"] == late]
    assert {s["modifiedAt"] - s["asOf"] for s in sales} == {delay}


def test_a_branch_is_complete_up_to_its_as_of(client: Client, sandbox: Sandbox) -> None:
    """Whatever was sold by then is visible: nothing with an earlier sale time appears later, of any branch."""
    document = client.pos("/sales", businessDate=TODAY).json()
    as_of = {branch["branch"]: branch["asOf"] for branch in document["branches"]}
    before = {s["lineId"] for s in client.all_pos("/sales", "sales", businessDate=TODAY)}
    sandbox.clock.advance(8 * 3600 - 1)
    late = [s for s in client.all_pos("/sales", "sales", businessDate=TODAY) if s["lineId"] not in before]
    sold = [(s["branch"], datetime.fromisoformat(s["soldAt"] + "+05:30").timestamp() * 1000) for s in late]
    assert len(sold) > 50
    assert all(moment > as_of[branch] for branch, moment in sold)


def test_quirk_a_void_vanishes_without_a_trace(client: Client, sandbox: Sandbox) -> None:
    sales = sandbox.partners.pos.sales
    line = int(np.flatnonzero(sales.void(np.arange(sandbox.world.columns.line_count)))[0])
    row = int(np.flatnonzero(sales.feed.record(np.arange(len(sales.feed))) == line)[0])
    uploaded_at = int(sales.feed.changed(np.array([row]))[0])

    def shown(minutes: int) -> tuple[bool, int]:
        sandbox.clock.set(datetime.fromtimestamp(uploaded_at / 1000 + minutes * 60, tz=UTC))
        document = client.pos("/sales", modifiedSince=uploaded_at, modifiedBefore=uploaded_at + 1).json()
        return sales.key(line) in {sale["lineId"] for sale in document["sales"]}, document["total"]

    (early, total), (late, total_after) = shown(5), shown(65)
    assert (early, late) == (True, False)
    assert total_after == total - 1


def test_an_unlisted_product_has_only_its_id(shared: Client) -> None:
    sales = shared.all_pos("/sales", "sales")
    product = next(s["product"] for s in sales if s["product"]["id"] == 7_777_001)
    assert set(product.values()) == {7_777_001, None}


def test_stock_levels_are_the_current_state_whatever_day_is_asked_for(shared: Client) -> None:
    now = shared.pos("/stock-levels", pageSize=1000).json()
    then = shared.pos("/stock-levels", pageSize=1000, businessDate="2026-10-01").json()
    assert now["stockLevels"] == then["stockLevels"]
    assert list(now["stockLevels"][0]) == ["sku", "branch", "onHand", "uom", "unitsPerCase", "asOf", "modifiedAt"]


def test_each_stock_level_appears_once(shared: Client) -> None:
    levels = shared.all_pos("/stock-levels", "stockLevels", page_size=50)
    keys = [(level["branch"], level["sku"]) for level in levels]
    assert len(keys) == len(set(keys)) > 250


def test_quirk_some_products_are_counted_in_cases(shared: Client) -> None:
    levels = shared.all_pos("/stock-levels", "stockLevels")
    cases = [level for level in levels if level["uom"] == "CS"]
    units = [Decimal(level["onHand"]) * level["unitsPerCase"] for level in levels]
    assert 0 < len(cases) < len(levels) / 2
    assert all(level["unitsPerCase"] > 1 for level in cases)
    assert {level["unitsPerCase"] for level in levels if level["uom"] == "EA"} == {1}
    assert all(number == number.to_integral_value() for number in units)
    assert any("." in level["onHand"] and len(level["onHand"].split(".")[1]) <= 3 for level in cases)


def test_stock_goes_down_by_what_is_sold(client: Client, sandbox: Sandbox) -> None:
    """Between two moments of one day the count falls by the quantities of the lines uploaded in between."""

    def units() -> dict[tuple[str, int], Decimal]:
        levels = client.all_pos("/stock-levels", "stockLevels")
        return {(v["branch"], v["sku"]): Decimal(v["onHand"]) * v["unitsPerCase"] for v in levels}

    sandbox.clock.advance(600)
    start, before = sandbox.clock.now(), units()
    sandbox.clock.advance(3600)
    after, end = units(), sandbox.clock.now()
    since, until = round(start.timestamp() * 1000) - 60_000, round(end.timestamp() * 1000) + 1
    lines = {s["lineId"]: s for s in client.all_pos("/sales", "sales", modifiedSince=since, modifiedBefore=until)}
    sold: Counter[tuple[str, int]] = Counter()
    for line in lines.values():
        sold[line["branch"], line["product"]["id"]] += line["quantity"]
    fallen = {key: before[key] - after[key] for key in before if before[key] != after[key]}
    assert fallen
    assert all(sold[key] >= number for key, number in fallen.items())


def test_stock_matches_the_truth_where_the_branch_is_punctual(shared: Client) -> None:
    document = shared.pos("/stock-levels", pageSize=1000).json()
    as_of = {branch["branch"]: branch["asOf"] for branch in document["branches"]}
    punctual = {branch for branch, value in as_of.items() if value == max(as_of.values())}
    levels = [level for level in document["stockLevels"] if level["branch"] in punctual]
    wrong = [
        level
        for level in levels
        if Decimal(level["onHand"]) * level["unitsPerCase"]
        != shared.sandbox.truth.stock(branch=level["branch"], sku=level["sku"])
    ]
    assert len(levels) > 200
    assert len(wrong) <= 10  # what was sold in the last seconds is not uploaded yet
