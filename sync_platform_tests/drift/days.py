"""Days in figures that the eye can check, for the judges that never see a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sync_platform.checks.magnitude import bin_of
from sync_platform.contracts.contract import (
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    Owner,
    SourceVersion,
    UnknownFields,
    VersionKind,
)
from sync_platform.contracts.day_profile import (
    ALL_BRANCHES,
    LATENESS,
    Age,
    BranchVolume,
    DayProfile,
    DayShape,
    DayVolume,
    FieldKind,
    FieldProfile,
)

TODAY = date(2026, 11, 20)
"""A Friday."""
FIELDS = (
    Field("id", FieldType.TEXT, True, ""),
    Field("department", FieldType.TEXT, False, ""),
    Field("uom", FieldType.TEXT, True, "", critical=True),
    Field("quantity", FieldType.INTEGER, True, "", unit="sellable units", critical=True),
    Field("amount", FieldType.DECIMAL, True, "", unit="LKR"),
    Field("paid_at", FieldType.TIMESTAMP, False, ""),
    Field("sold_at", FieldType.TIMESTAMP, True, ""),
    Field("changed_at", FieldType.TIMESTAMP, True, ""),
)


def contract(
    *, kind: EntityKind = EntityKind.EVENT, unknown: UnknownFields = UnknownFields.EVOLVE, **drift: str
) -> Contract:
    """Sales of a branch; `drift` are the contract's own severities."""
    return Contract(
        id="sales",
        version="1.0.0",
        entity="sales",
        kind=kind,
        title="Sales",
        description="",
        fields=FIELDS,
        key=("id",),
        source_version=SourceVersion(VersionKind.STRICT, ("changed_at",)),
        business_day_field="sold_at",
        as_of_field=None,
        branch_field=None,
        max_rejected=Decimal(0),
        rules=(),
        freshness=Freshness(),
        owner=Owner("sales"),
        tags=(),
        file=Path("sales.yaml"),
        unknown_fields=unknown,
        drift=drift,
    )


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def values(name: str, counts: Mapping[str, int], *, nulls: int = 0, rest: int = 0) -> FieldProfile:
    rows = sum(counts.values()) + rest + nulls
    return FieldProfile(name, FieldKind.VALUES, rows, nulls, dict(counts), rest, distinct=len(counts))


def numbers(name: str, counts: Mapping[float, int]) -> FieldProfile:
    """So many rows of each number."""
    bins: dict[str, int] = {}
    for number, rows in counts.items():
        bins[str(bin_of(number))] = bins.get(str(bin_of(number)), 0) + rows
    return FieldProfile(name, FieldKind.NUMBER, sum(counts.values()), 0, bins)


def hours(name: str, counts: Mapping[int, int]) -> FieldProfile:
    return FieldProfile(name, FieldKind.HOURS, sum(counts.values()), 0, {str(hour): n for hour, n in counts.items()})


def delays(counts: Mapping[int, int]) -> FieldProfile:
    """By the number of the delay bin."""
    return FieldProfile(
        LATENESS, FieldKind.DELAYS, sum(counts.values()), 0, {str(number): n for number, n in counts.items()}
    )


USUAL: dict[str, Any] = {
    "department": {"GROCERY": 700, "PRODUCE": 200, "PASTRY": 70},
    "uom": {"EA": 900, "CS": 100},
    "quantity": {1: 600, 2: 250, 3: 100, 6: 50},
    "amount": {0.99: 200, 2.5: 300, 5: 300, 12: 150, 40: 50},
    "paid_at": {8: 100, 12: 400, 18: 400, 20: 100},
    "delays": {1: 800, 2: 150, 6: 50},
}


def profile(day: date = TODAY, *, age: Age = Age.SETTLED, nulls: int = 30, **changed: Any) -> DayProfile:
    """A day of 1,000 rows like any other, but for what is `changed`; `nulls` rows have no department."""
    told = {**USUAL, **changed}
    fields = [
        values("department", told["department"], nulls=nulls),
        values("uom", told["uom"]),
        numbers("quantity", told["quantity"]),
        numbers("amount", told["amount"]),
        hours("paid_at", told["paid_at"]),
        hours("sold_at", told.get("sold_at", told["paid_at"])),
        delays(told["delays"]),
    ]
    return DayProfile(day, age, 1000, {each.name: each for each in fields}, DayVolume(day, {}))


def history(days: int = 9, *, age: Age = Age.SETTLED, **changed: Any) -> list[DayProfile]:
    """Days before TODAY, each a little different: 20 to 40 rows without a department, shares that stray by 2 %."""
    made = []
    for back in range(1, days + 1):
        stray = (back % 5) * 5 - 10
        usual = {
            name: {
                key: rows + (stray if index == 0 else -stray if index == 1 else 0)
                for index, (key, rows) in enumerate(counts.items())
            }
            for name, counts in USUAL.items()
        }
        made.append(profile(ago(back), age=age, nulls=30 + stray, **{**usual, **changed}))
    return made


def volume(
    day: date, rows: int, *, by_hour: Sequence[int] = (), busy: Sequence[int] = (), **branches: int
) -> DayVolume:
    """A day's rows; a branch's all in the hour of noon where there are hours at all."""
    told = {ALL_BRANCHES: BranchVolume(rows, tuple(by_hour))}
    for name, number in branches.items():
        told[name] = BranchVolume(number, tuple(number if hour == 12 else 0 for hour in range(24)) if by_hour else ())
    return DayVolume(day, told, tuple(busy))


def shape(
    day: date, paths: Mapping[str, str], *, samples: int = 10, version: str = "1.0.0", looked: int = 0
) -> DayShape:
    """Every record had these paths, of these types. `looked` is how many days before TODAY we first looked."""
    observed_at = datetime.combine(ago(looked), datetime.min.time(), UTC)
    return DayShape(day, version, observed_at, samples, {path: {type_: samples} for path, type_ in paths.items()})
