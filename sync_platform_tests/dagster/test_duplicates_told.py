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


def test_customers_are_asked_for_once_a_minute_and_sales_at_every_tick(synced: Stack) -> None:
    def asked() -> dict[str, int]:
        rows = synced.rows(
            "select entity, count(*) as times from sync.exchange where system = 'pos'"
            " and entity in ('sales', 'customers') and requested_at > now() - interval '1 minute' group by entity"
        )
        return {row["entity"]: row["times"] for row in rows}

    counts = synced.wait("a minute of ticks", lambda: (found := asked()).get("sales", 0) >= 4 and found, seconds=120)
    assert counts.get("customers", 0) <= 2
