"""What happened to each basket: how it was bought and paid, what went back, when its branch told the head office.

The one place where the partner systems' stories are decided, so that they agree wherever they should.
"""

from dataclasses import dataclass

import numpy as np

from sync_platform.sandbox.colombo import HOUR_MS, MINUTE_MS, OFFSET_MS
from sync_platform.sandbox.columns import BoolArray, IntArray, SalesColumns, Times
from sync_platform.sandbox.draws import Draws
from sync_platform.sandbox.feed import FOREVER

WEB_SHARE = 0.12
"""Baskets that were ordered in the web shop."""
CARD_SHARE = 0.55
"""Other baskets that were paid by card."""
REFUND_SHARE = 0.01
"""Paid baskets of which something was paid back, half of them wholly."""
LATE_BRANCH_SHARE = 0.03
"""Branches that upload 1 to 6 hours late; at least one."""
LATE_RECORD_SHARE = 0.20
"""Records that become visible later than their changed time, by up to the sandbox's `late_seconds`."""
UPLOAD_SECONDS = (1, 8)
"""From the sale to the upload of a punctual branch."""


@dataclass(frozen=True, kw_only=True)
class Baskets:
    """One element per basket; moments are epoch milliseconds, FOREVER where a thing never happens, money hundredths."""

    branch: tuple[str, ...]
    branch_delay: Times
    sold_at: Times
    day: IntArray
    uploaded_at: Times
    total: IntArray
    discount: IntArray
    web: BoolArray
    card: BoolArray
    detour: IntArray
    paid_at: Times
    completed_at: Times
    refunded_at: Times
    refund: IntArray

    @property
    def paid(self) -> BoolArray:
        """Whether the payment gateway took money for it."""
        return self.paid_at < FOREVER

    @property
    def refunded(self) -> BoolArray:
        """Whether something was, or will be, paid back."""
        return self.refunded_at < FOREVER


PAID_AT_ONCE, PAID_AFTER_HOLD, PAID_AT_SECOND_TRY = 0, 1, 2
"""The ways, `detour`, in which a web order comes to be paid: 95 %, 3 % and 2 %."""


def derive_baskets(columns: SalesColumns, *, shift_days: int, draws: Draws) -> Baskets:
    """Decide every basket's story from its id and the seed."""
    keys = columns.basket_id
    sold_at = (columns.sold_at + shift_days * 86_400) * 1000 - OFFSET_MS
    total = _sums(columns.amount, columns)
    web = draws.shares("web", keys) < WEB_SHARE
    card = ~web & (draws.shares("card", keys) < CARD_SHARE)
    detour = np.where(web, np.searchsorted([0.95, 0.98], draws.shares("detour", keys), side="right"), 0)
    paid_at = np.where(
        (web | card) & (total > 0), sold_at + _wait_for_payment(keys, web=web, detour=detour, draws=draws), FOREVER
    )
    completed_at = np.where(
        paid_at < FOREVER, paid_at + _seconds(draws, "complete", keys, 2 * 3600, 48 * 3600), FOREVER
    )
    refunded = (paid_at < FOREVER) & (draws.shares("refund", keys) < REFUND_SHARE)
    refunded_at = np.where(web, completed_at, paid_at) + _seconds(draws, "refund wait", keys, 3600, 72 * 3600)
    part = draws.between("refund part", keys, 30, 70)
    whole = draws.shares("refund whole", keys) < 0.5
    delay = _branch_delays(columns, draws)
    return Baskets(
        branch=tuple(f"S{store:04d}" for store in columns.store_ids.tolist()),
        branch_delay=delay,
        sold_at=sold_at,
        day=(sold_at + OFFSET_MS) // 86_400_000,
        uploaded_at=sold_at
        + delay[columns.store]
        + draws.between("upload", keys, UPLOAD_SECONDS[0] * 1000, UPLOAD_SECONDS[1] * 1000),
        total=total,
        discount=_sums(columns.retail_discount, columns) + _sums(columns.coupon_discount, columns),
        web=web,
        card=card,
        detour=detour,
        paid_at=paid_at,
        completed_at=np.where(web, completed_at, FOREVER),
        refunded_at=np.where(refunded, refunded_at, FOREVER),
        refund=np.where(refunded, np.where(whole, total, np.maximum(total * part // 100, 1)), 0),
    )


def visible_late(draws: Draws, name: str, keys: IntArray, *, late_ms: int) -> Times:
    """By how many milliseconds each record's commit lags behind its changed time: 0 for four of five."""
    late = draws.shares(f"{name} late", keys) < LATE_RECORD_SHARE
    return np.where(late, draws.between(f"{name} lateness", keys, 0, max(late_ms, 0)), 0)


def _branch_delays(columns: SalesColumns, draws: Draws) -> Times:
    count = max(1, round(len(columns.store_ids) * LATE_BRANCH_SHARE))
    delays = np.zeros(len(columns.store_ids), dtype=np.int64)
    late = draws.lowest("late branch", columns.store_ids, count)
    delays[late] = draws.between("branch delay", columns.store_ids[late], HOUR_MS // MINUTE_MS, 6 * 60) * MINUTE_MS
    return delays


def _wait_for_payment(keys: IntArray, *, web: BoolArray, detour: IntArray, draws: Draws) -> Times:
    at_till = _seconds(draws, "till payment", keys, 0, 20)
    waits = [(30, 600), (20 * 60, 180 * 60), (5 * 60, 30 * 60)]
    online = [_seconds(draws, "web payment", keys, low, high) for low, high in waits]
    return np.where(web, np.choose(detour, online), at_till)


def _seconds(draws: Draws, name: str, keys: IntArray, low: int, high: int) -> Times:
    return draws.between(name, keys, low, high).astype(np.int64) * 1000


def _sums(column: IntArray, columns: SalesColumns) -> IntArray:
    return np.add.reduceat(column.astype(np.int64), columns.starts[:-1])
