"""Where a whole day comes from, so that landing one is the same for all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sync_platform.landing.database import Connection
from sync_platform.landing.loads import Load
from sync_platform.pull.day_read import DayRead, LeasedDay
from sync_platform.pull.exchange_ledger import Exchanging


@dataclass(frozen=True)
class DaySource:
    """Where a whole day comes from: a partner's answers, or a file of its.

    `read` stages it, `partner_now` is the partner's clock, `record` writes what else belongs into the publishing
    transaction. What is `observed` was asked for now, so that of a state it is the state of the day that it is now.
    """

    exchanging: Exchanging
    partner_now: Callable[[], datetime]
    read: Callable[[LeasedDay], DayRead]
    observed: bool
    record: Callable[[Connection, Load], None] | None = None
