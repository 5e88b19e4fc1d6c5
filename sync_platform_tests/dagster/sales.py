"""What the POS has sold and what of it is landed, in the running platform."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from sync_platform_tests.dagster.stack import Stack

SALES = "pos/sales"
SALES_PATH = "/api/v1/sales"


def sales_keys(stack: Stack, day: date) -> set[str]:
    """The sales lines served of a day."""
    rows = stack.rows("select line_id from landing.pos__sales where _business_day = %s and _deleted_at is null", day)
    return {row["line_id"] for row in rows}


def zero_quantity_keys(stack: Stack, day: date) -> set[str]:
    """The lines of a day that became dead letters: those without a quantity, the data's own defect."""
    rows = stack.rows(
        "select record_key from sync.dead_letter"
        " where system = 'pos' and entity = 'sales' and business_day = %s and field = 'quantity'",
        day,
    )
    return {json.loads(row["record_key"])[0] for row in rows}


def true_keys(stack: Stack, day: date) -> set[str]:
    """What the POS has of a day, whatever was read of it."""
    return set(stack.sandbox.truth.keys(system="pos", entity="sales", day=str(day)))


def assert_is_whole(stack: Stack, day: date) -> None:
    """The day's lines are the partner's own: each is served or a dead letter."""
    assert true_keys(stack, day), f"the sandbox has no sales on {day}"
    served, rejected = sales_keys(stack, day), zero_quantity_keys(stack, day)
    assert served | rejected == true_keys(stack, day)
    assert not served & rejected


def row_places(stack: Stack, days: tuple[date, ...]) -> list[tuple[Any, ...]]:
    """Where PostgreSQL keeps each sales line and which transaction wrote it: a rewritten row has another place."""
    rows = stack.rows(
        "select line_id, ctid::text, xmin::text, _last_changed_at from landing.pos__sales"
        " where _business_day = any (%s) order by line_id",
        list(days),
    )
    return [tuple(row.values()) for row in rows]
