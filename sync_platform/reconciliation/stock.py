"""POS against shop: one row per SKU and branch with both figures, both as_of and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from importlib import resources

from sync_platform.errors import DayHeld
from sync_platform.landing.database import Database
from sync_platform.landing.days import DayKey, read_day

INPUTS = (("pos", "stock_levels"), ("shop", "listings"))


@dataclass(frozen=True)
class StockReport:
    """What one comparison found. `as_of` is the oldest of its inputs', `limited_by` names that input and its branch."""

    day: date
    pairs: int
    agreeing: int
    oversold: int
    differing: int
    missing: int
    as_of: datetime
    limited_by: str

    @property
    def disagreeing(self) -> int:
        return self.pairs - self.agreeing


def compare_stock(database: Database, *, day: date) -> StockReport:
    """Compare one business day and store it in `sync.stock_comparison`, replacing the day's last comparison.

    Raises DayHeld when an input was not read whole or is held by a failed check: the last comparison stays.
    """
    with database.connect() as connection, connection.transaction():
        clocks: list[tuple[datetime, str]] = []
        for system, entity in INPUTS:
            landed = read_day(connection, DayKey(system=system, entity=entity, day=day))
            if landed is None or landed.state != "complete" or landed.as_of is None:
                state = landed.state if landed else "never loaded"
                raise DayHeld(f"reconciliation/stock {day}: {system}/{entity} is {state}; the last comparison stays.")
            branch = f", branch {landed.limited_by}" if landed.limited_by else ""
            clocks.append((landed.as_of, f"{system}/{entity}{branch}"))
        connection.execute("select pg_advisory_xact_lock(hashtext('reconciliation/stock'))")
        connection.execute("delete from sync.stock_comparison where business_day = %s", [day])
        query = resources.files("sync_platform.reconciliation").joinpath("sql/stock.sql").read_text()
        connection.execute(_INSERT + query, {"day": day})
        row = connection.execute(_SUMMARY, {"day": day}).fetchone() or (0, 0, 0, 0, 0)
        as_of, limited_by = min(clocks)
        return StockReport(
            day=day,
            pairs=row[0],
            agreeing=row[1],
            oversold=row[2],
            differing=row[3],
            missing=row[4],
            as_of=as_of,
            limited_by=limited_by,
        )


_INSERT = (
    "insert into sync.stock_comparison (business_day, sku, branch, pos_units, shop_units, difference, pos_as_of,"
    " shop_as_of, as_of, limited_by, verdict)\n"
)
_SUMMARY = """
select count(*), count(*) filter (where verdict = 'agrees'), count(*) filter (where verdict = 'oversold'),
    count(*) filter (where verdict = 'differs'), count(*) filter (where verdict like 'missing%%')
from sync.stock_comparison where business_day = %(day)s
"""
