"""What was derived from a trace's records: the stock comparison of what was sold, and proposals about who ordered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from sync_platform.landing.database import Connection
from sync_platform.redact import mask_value
from sync_platform.trace.event import Event, event_of
from sync_platform.trace.records import FoundRecord
from sync_platform.trace.selected import select
from sync_platform.trace.shown import Shown

_COMPARED = "pos/sales"
"""Its lines name the product and branch whose stock the reconciliation compares (reconciliation/sql/stock.sql)."""
_ORDERS = "shop/orders"
_STOCK_FACTS = ("pos_units", "shop_units", "difference", "pos_as_of", "shop_as_of", "limited_by")


def derived(connection: Connection, records: Sequence[FoundRecord], shown: Shown) -> Iterator[Event]:
    """Derived rows when they were last computed. Only their last state is kept, so there is no before."""
    yield from _stock(connection, [record for record in records if record.entity.address == _COMPARED], shown)
    yield from _duplicates(connection, [record for record in records if record.entity.address == _ORDERS], shown)


def _stock(connection: Connection, lines: Sequence[FoundRecord], shown: Shown) -> Iterator[Event]:
    by_place = {(line.row["_business_day"], str(line.row["product_id"]), line.row["branch"]): line for line in lines}
    days, skus, branches = ([place[part] for place in by_place] for part in range(3))
    for row in select(connection, "stock_comparisons", {"days": days, "skus": skus, "branches": branches}):
        line = by_place[row["business_day"], row["sku"], row["branch"]]
        words = f"stock of {row['sku']} in {row['branch']}, POS against shop: {row['verdict']}"
        facts = {name: _plain(row[name]) for name in _STOCK_FACTS}
        yield event_of(row["compared_at"], "derived", line.entity, shown.key(line.entity, line.key), words, facts)


def _plain(value: Any) -> Any:
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def _duplicates(connection: Connection, orders: Sequence[FoundRecord], shown: Shown) -> Iterator[Event]:
    """Pairs that the customer of an order is one of."""
    by_customer = {str(order.row["customer_id"]): order for order in orders if order.row["customer_id"]}
    values = {"system": "shop", "keys": list(by_customer)}
    for row in select(connection, "duplicate_proposals", values):
        order = by_customer[row["customer_key"]]
        other = row["other_key"] if shown.personal else mask_value(row["other_key"])
        words = f"its customer may also be {row['other_system']}'s {other}: {row['reason']}; {row['state']}"
        facts = {name: row[name] for name in ("proposal_id", "score", "decided_by", "decided_at", "last_seen_at")}
        key = shown.key(order.entity, order.key)
        yield event_of(row["first_seen_at"], "derived", order.entity, key, words, facts)
