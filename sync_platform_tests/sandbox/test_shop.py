"""The WooCommerce dialect and the shop's quirks."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
import requests

from sync_platform.sandbox import Sandbox
from sync_platform_tests.sandbox.conftest import TODAY, YESTERDAY, Client

ORDERS = "/wp-json/wc/v3/orders"


def test_without_credentials_the_shop_answers_401_in_woos_shape(shared: Client) -> None:
    answer = requests.get(shared.environment["SHOP_BASE_URL"] + ORDERS, timeout=10)
    assert answer.status_code == 401
    assert answer.json()["code"] == "woocommerce_rest_cannot_view"
    assert answer.json()["data"] == {"status": 401}


def test_credentials_may_come_in_the_query_and_are_not_in_the_links(shared: Client) -> None:
    keys = {
        "consumer_key": shared.environment["SHOP_CONSUMER_KEY"],
        "consumer_secret": shared.environment["SHOP_CONSUMER_SECRET"],
    }
    answer = requests.get(shared.environment["SHOP_BASE_URL"] + ORDERS, params=keys, timeout=10)
    assert answer.status_code == 200
    assert "consumer" not in answer.headers["Link"]


def test_a_wrong_secret_is_refused(shared: Client) -> None:
    auth = (shared.environment["SHOP_CONSUMER_KEY"], "wrong")
    answer = requests.get(shared.environment["SHOP_BASE_URL"] + ORDERS, auth=auth, timeout=10)
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_authentication_error")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/orders?per_page=101", 400, "rest_invalid_param"),
        ("/orders?page=0", 400, "rest_invalid_param"),
        ("/orders?orderby=total", 400, "rest_invalid_param"),
        ("/orders?status=on-hand", 400, "rest_invalid_param"),
        ("/orders?modified_after=never", 400, "rest_invalid_param"),
        ("/orders/999999", 404, "woocommerce_rest_order_invalid_id"),
        ("/products/1", 404, "woocommerce_rest_product_invalid_id"),
        ("/coupons", 404, "rest_no_route"),
    ],
)
def test_errors_have_woos_codes(shared: Client, path: str, status: int, code: str) -> None:
    answer = shared.shop(path)
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]["status"]) == (status, code, status)


def test_paging_headers_lead_through_all_orders_once(shared: Client) -> None:
    first = shared.shop("/orders", per_page=40)
    total, pages = int(first.headers["X-WP-Total"]), int(first.headers["X-WP-TotalPages"])
    orders, answer = first.json(), first
    while "next" in answer.links:
        answer = shared.session.get(answer.links["next"]["url"], auth=_keys(shared), timeout=10)
        orders += answer.json()
    assert pages == -(-total // 40)
    assert len({order["id"] for order in orders}) == len(orders) == total
    assert shared.shop("/orders", per_page=40, page=pages + 1).json() == []


def test_orders_come_newest_first_unless_asked_otherwise(shared: Client) -> None:
    created = [order["date_created"] for order in shared.shop("/orders", per_page=50).json()]
    ids = [order["id"] for order in shared.shop("/orders", per_page=50, orderby="id", order="asc").json()]
    modified = [o["date_modified"] for o in shared.shop("/orders", per_page=50, orderby="modified", order="asc").json()]
    assert created == sorted(created, reverse=True)
    assert ids == sorted(ids)
    assert modified == sorted(modified)


def test_an_order_adds_up_and_names_its_receipt(shared: Client) -> None:
    orders = shared.all_shop("/orders")
    assert len(orders) > 150
    for order in orders:
        assert Decimal(order["total"]) == sum(Decimal(line["total"]) for line in order["line_items"])
        assert order["currency"] == "LKR"
        meta = {entry["key"]: entry["value"] for entry in order["meta_data"]}
        assert meta["fulfilment_branch"].startswith("S")
        assert meta["receipt_no"].isdigit()
    assert shared.shop(f"/orders/{orders[0]['id']}").json() == orders[0]


def test_site_dates_are_colombo_and_gmt_dates_are_gmt(shared: Client) -> None:
    order = shared.shop("/orders").json()[0]
    local, gmt = (datetime.fromisoformat(order[name]) for name in ("date_created", "date_created_gmt"))
    assert local - gmt == timedelta(hours=5, minutes=30)


def test_modified_limits_are_exclusive_to_the_second(shared: Client) -> None:
    order = shared.shop("/orders", orderby="modified", per_page=100).json()[50]
    at = datetime.fromisoformat(order["date_modified_gmt"])

    def found(after: datetime, before: datetime) -> bool:
        limits = {"modified_after": after.isoformat(), "modified_before": before.isoformat()}
        return order["id"] in [o["id"] for o in shared.all_shop("/orders", dates_are_gmt="true", **limits)]

    second = timedelta(seconds=1)
    assert found(at - second, at + second)
    assert not found(at, at + second)
    assert not found(at - second, at)


def test_without_dates_are_gmt_the_limits_are_site_time(shared: Client) -> None:
    site = shared.shop("/orders", after=f"{YESTERDAY}T23:59:59", before=f"{TODAY}T23:59:59", per_page=100).json()
    gmt = shared.shop(
        "/orders", after=f"{YESTERDAY}T18:29:59", before=f"{TODAY}T18:29:59", dates_are_gmt="1", per_page=100
    ).json()
    assert site == gmt != []
    assert {order["date_created"][:10] for order in site} == {TODAY}


def test_orders_can_be_chosen_by_status_ids_and_words(shared: Client) -> None:
    completed = shared.shop("/orders", status="completed", per_page=3).json()
    assert {order["status"] for order in completed} == {"completed"}
    ids = [order["id"] for order in completed]
    assert {order["id"] for order in shared.shop("/orders", include=",".join(map(str, ids))).json()} == set(ids)
    assert shared.shop("/orders", search=completed[0]["number"]).json()[0]["id"] == ids[0]


def test_a_line_names_the_listing_it_was_bought_from(shared: Client) -> None:
    items = [item for order in shared.all_shop("/orders") for item in order["line_items"]]
    listed = [item for item in items if item["product_id"]]
    assert 0 < len(listed) < len(items)
    listing = next(
        found for item in listed if (found := shared.shop(f"/products/{item['product_id']}")).status_code == 200
    )
    assert listing.json()["sku"] in {item["sku"] for item in listed}


def test_products_carry_their_branch_and_whole_stock(shared: Client) -> None:
    products = shared.all_shop("/products")
    assert 290 <= len(products) <= 300
    for product in products:
        assert isinstance(product["stock_quantity"], int)
        assert product["stock_quantity"] >= 0
        assert (product["stock_status"] == "instock") == (product["stock_quantity"] > 0)
        assert [entry["key"] for entry in product["meta_data"]] == ["fulfilment_branch"]
    one = products[0]
    assert one in shared.shop("/products", sku=one["sku"], per_page=100).json()


def test_system_status_is_there_for_connection_checks(shared: Client) -> None:
    assert shared.shop("/system_status").json()["settings"]["currency"] == "LKR"


def test_quirk_the_changed_time_does_not_always_move_when_an_order_changes(shared: Client) -> None:
    completed = [order for order in shared.all_shop("/orders", status="completed") if not order["refunds"]]
    moved = [order for order in completed if order["date_modified"] == order["date_completed"]]
    still = [order for order in completed if order["date_modified"] < order["date_completed"]]
    assert len(moved) + len(still) == len(completed) > 150
    assert 0.2 < len(still) / len(completed) < 0.4


def test_an_order_goes_from_pending_to_completed(client: Client, sandbox: Sandbox) -> None:
    seen: dict[int, list[str]] = {}
    for _ in range(80):
        sandbox.clock.advance(1800)
        for order in client.all_shop("/orders", after=f"{TODAY}T16:00:00"):
            steps = seen.setdefault(order["id"], [])
            if order["status"] not in steps:
                steps.append(order["status"])
    ways = {tuple(step for step in steps if step != "pending") for steps in seen.values()}
    assert ("processing", "completed") in ways
    assert all(
        steps == sorted(steps, key=["pending", "on-hold", "failed", "processing", "completed", "refunded"].index)
        for steps in seen.values()
    )


def test_quirk_a_listing_is_deleted_without_a_trace_and_listed_anew_under_another_id(
    client: Client, sandbox: Sandbox
) -> None:
    before = {product["id"] for product in client.all_shop("/products")}
    sandbox.clock.advance(4 * 86_400)
    after = {product["id"] for product in client.all_shop("/products")}
    gone = before - after
    assert 0 < len(gone) < 15
    assert client.shop(f"/products/{min(gone)}").status_code == 404
    sandbox.clock.advance(4 * 86_400)
    assert {product["id"] for product in client.all_shop("/products")} - before


def test_quirk_four_percent_of_the_listings_disagree_with_the_pos(shared: Client) -> None:
    reasons = Counter(found["reason"] for found in shared.sandbox.truth.disagreements())
    assert reasons["missed_decrement"] in range(4, 7)  # 2 % of 300, less those being listed anew
    assert reasons["oversold"] >= 4


def test_the_stated_disagreements_are_the_ones_that_both_systems_show(shared: Client) -> None:
    units = {
        (level["branch"], str(level["sku"])): Decimal(level["onHand"]) * level["unitsPerCase"]
        for level in shared.all_pos("/stock-levels", "stockLevels")
    }
    seen = {
        (product["meta_data"][0]["value"], product["sku"])
        for product in shared.all_shop("/products")
        if units[product["meta_data"][0]["value"], product["sku"]] != product["stock_quantity"]
    }
    assert seen == {(found["branch"], str(found["sku"])) for found in shared.sandbox.truth.disagreements()}


def test_the_shop_lags_behind_the_pos_by_up_to_15_minutes(client: Client, sandbox: Sandbox) -> None:
    lags = []
    for _ in range(24):
        sandbox.clock.advance(300)
        lags.append({found["listing"] for found in sandbox.truth.disagreements() if found["reason"] == "lag"})
    assert any(lags)
    assert not set.intersection(*lags[:6])


def _keys(client: Client) -> tuple[str, str]:
    return client.environment["SHOP_CONSUMER_KEY"], client.environment["SHOP_CONSUMER_SECRET"]


def test_the_date_header_is_the_sandboxs_clock(shared: Client) -> None:
    assert shared.shop("/orders").headers["Date"] == "Fri, 20 Nov 2026 10:30:00 GMT"
