"""Duplicates on the running platform: compared by themselves once customers are there, told with rate and as_of."""

from __future__ import annotations

import pytest

from sync_platform_tests.dagster.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]

CUSTOMERS = "duplicates/customers"


def test_customers_are_compared_without_a_click_and_the_rate_is_told(synced: Stack) -> None:
    (compared,) = synced.wait(
        "a first comparison",
        lambda: synced.rows(
            "select business_day as day, records, surplus, limited_by from report.duplicate_rate where system = 'all'"
        ),
        seconds=240,
    )
    (fact,) = synced.wait(
        "a materialisation of the comparison", lambda: synced.web.facts(CUSTOMERS, [compared["day"]]), seconds=60
    )
    (queue,) = synced.rows("select count(*) as open from report.duplicate_proposal where state = 'open'")

    assert fact["dagster/partition_row_count"] == compared["records"] > 600
    assert fact["pairs_proposed"] == queue["open"] > 200
    assert fact["distinct_customers"] == compared["records"] - compared["surplus"]
    assert fact["limited_by"] == compared["limited_by"] in ("pos/customers", "shop/customers")
    assert fact["as_of"]
    evaluation = synced.web.evaluations(CUSTOMERS, "surplus")[0]["evaluation"]
    assert evaluation["success"] is True


def test_customers_are_asked_for_less_often_than_orders(synced: Stack) -> None:
    """Each asks once a tick at most: what is polled every minute is behind by far."""
    counts = {
        row["path"]: row["asked"]
        for row in synced.rows(
            "select path, count(*) as asked from sync.exchange where system = 'shop' and entity in ('orders',"
            " 'customers') and requested_at > (select min(looked_at) from sync.watermark) group by path"
        )
    }
    orders, customers = counts["/wp-json/wc/v3/orders"], counts.get("/wp-json/wc/v3/customers", 0)
    assert orders > 2 * customers
