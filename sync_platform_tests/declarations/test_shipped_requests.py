"""What each shipped system is asked, parameter by parameter: a day of its calendar, and a stretch of changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.partners.question import ChangedBetween, Current, WholeDay, first_request

SYSTEMS = read_partner_systems()
SINCE = datetime(2026, 11, 20, 4, 30, tzinfo=UTC)
"""1795149000 seconds after 1970."""
HOUR = ChangedBetween(SINCE, SINCE + timedelta(hours=1))

# 2026-11-20 begins at 18:30 UTC of the day before in Colombo; a bound that excludes its own moment is a second early.
DAYS = {
    "pos/sales": ("/api/v1/sales", {"businessDate": "2026-11-20"}),
    "shop/orders": ("/wp-json/wc/v3/orders", {"after": "2026-11-19T18:29:59", "before": "2026-11-20T18:30:00"}),
    "ledger/entries": ("/journal/entries", {"postingDate": "2026-11-20"}),
    "payments/payments": ("/v1/payments", {"created[gte]": "1795132800", "created[lt]": "1795219200"}),
    "payments/payouts": ("/v1/payouts", {"created[gte]": "1795132800", "created[lt]": "1795219200"}),
}
EPOCH_MS = {"modifiedSince": "1795149000000", "modifiedBefore": "1795152600000"}
EPOCH_S = {"created[gte]": "1795149000", "created[lt]": "1795152600"}
GMT = {"modified_after": "2026-11-20T04:29:59", "modified_before": "2026-11-20T05:30:00", "dates_are_gmt": "true"}
CHANGES = {
    "pos/sales": ("/api/v1/sales", EPOCH_MS),
    "pos/stock_levels": ("/api/v1/stock-levels", EPOCH_MS),
    "shop/orders": ("/wp-json/wc/v3/orders", GMT | {"orderby": "modified", "order": "asc"}),
    "shop/listings": ("/wp-json/wc/v3/products", GMT | {"orderby": "modified", "order": "asc"}),
    "pos/customers": ("/api/v1/customers", EPOCH_MS),
    "shop/customers": ("/wp-json/wc/v3/customers", GMT | {"orderby": "id", "order": "asc"}),
    "ledger/entries": ("/journal/entries", {}),
    "payments/payments": ("/v1/events", EPOCH_S | {"type": "payment.*"}),
    "payments/payouts": ("/v1/events", EPOCH_S | {"type": "payout.*"}),
}
PAGING = {"page", "pageSize", "per_page", "offset", "limit"}


@pytest.mark.parametrize("address", DAYS)
def test_a_day_is_asked_for_by_the_partners_own_calendar(address: str) -> None:
    request = first_request(find_entity(SYSTEMS, address)[1], WholeDay(date(2026, 11, 20)))
    path, window = DAYS[address]
    of_the_shop = {"dates_are_gmt": "true", "orderby": "date", "order": "asc"} if address == "shop/orders" else {}

    assert request.path == path
    assert {name: value for name, value in request.params if name not in PAGING} == window | of_the_shop


@pytest.mark.parametrize("address", CHANGES)
def test_changes_are_asked_for_from_the_first_moment_to_before_the_last(address: str) -> None:
    request = first_request(find_entity(SYSTEMS, address)[1], HOUR)
    path, window = CHANGES[address]

    assert request.path == path
    assert {name: value for name, value in request.params if name not in PAGING} == window
    if address == "ledger/entries":
        assert request.headers["If-Modified-Since"] == "Fri, 20 Nov 2026 04:30:00 GMT"


@pytest.mark.parametrize("address", ["pos/stock_levels", "shop/listings", "pos/customers", "shop/customers"])
def test_a_state_is_asked_for_without_any_window(address: str) -> None:
    request = first_request(find_entity(SYSTEMS, address)[1], Current())

    assert {name for name, _ in request.params} - PAGING <= {"dates_are_gmt", "orderby", "order"}


def test_pages_are_asked_for_in_the_declared_size() -> None:
    sizes = {}
    for system in SYSTEMS:
        for entity in system.asked:
            question = Current() if entity.is_state else WholeDay(date(2026, 11, 20))
            params = dict(first_request(entity, question).params)
            sizes[entity.address] = next(params[name] for name in ("pageSize", "per_page", "limit") if name in params)

    assert sizes == {
        "ledger/entries": "500",
        "payments/payments": "100",
        "payments/payouts": "100",
        "pos/sales": "1000",
        "pos/stock_levels": "1000",
        "shop/orders": "100",
        "shop/listings": "100",
        "pos/customers": "1000",
        "shop/customers": "100",
    }
