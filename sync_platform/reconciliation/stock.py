"""POS against shop: one row per SKU and branch with both figures, both as_of and the difference."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import LiteralString

from sync_platform.errors import DayHeld
from sync_platform.landing.database import Connection, Database
from sync_platform.landing.days import DayKey, read_day

INPUTS = (("pos", "stock_levels"), ("shop", "listings"))


@dataclass(frozen=True)
class InputClock:
    """How true one input is: its as_of, and the branch it comes from where the input reports per branch."""

    as_of: datetime
    name: str
    branch: str | None

    @property
    def words(self) -> str:
        """`pos/stock_levels, branch S0330`."""
        return f"{self.name}, branch {self.branch}" if self.branch else self.name


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
    """Compare one business day and store it, with its figures and its as_of, replacing the day's last comparison.

    Raises DayHeld when an input was not read whole or is held by a failed check: the last comparison stays.
    """
    with database.connect() as connection, connection.transaction():
        limit = min((_read_clock(connection, *each, day=day) for each in INPUTS), key=lambda clock: clock.as_of)
        connection.execute("select pg_advisory_xact_lock(hashtext('reconciliation/stock'))")
        connection.execute("delete from sync.stock_comparison where business_day = %s", [day])
        connection.execute(_INSERT + _query("stock"), {"day": day})
        told = {"day": day, "as_of": limit.as_of, "limited_by": limit.name, "limited_by_branch": limit.branch}
        ((pairs, agreeing, oversold, differing, missing),) = connection.execute(_query("stock_day"), told).fetchall()
        return StockReport(
            day=day,
            pairs=pairs,
            agreeing=agreeing,
            oversold=oversold,
            differing=differing,
            missing=missing,
            as_of=limit.as_of,
            limited_by=limit.words,
        )


def _read_clock(connection: Connection, system: str, entity: str, *, day: date) -> InputClock:
    name = f"{system}/{entity}"
    landed = read_day(connection, DayKey(system=system, entity=entity, day=day))
    if landed is None or landed.state != "complete" or landed.as_of is None:
        state = landed.state if landed else "never loaded"
        raise DayHeld(f"reconciliation/stock {day}: {name} is {state}; the last comparison stays.")
    return InputClock(landed.as_of, name, landed.limited_by)


@cache
def _query(name: str) -> LiteralString:
    """The query of `sql/<name>.sql`; it is part of the program, so it counts as literal text."""
    return resources.files("sync_platform.reconciliation").joinpath("sql", f"{name}.sql").read_text(encoding="utf-8")


_INSERT = (
    "insert into sync.stock_comparison (business_day, sku, branch, pos_units, shop_units, difference, pos_as_of,"
    " shop_as_of, as_of, limited_by, verdict)\n"
)
