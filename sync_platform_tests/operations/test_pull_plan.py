"""Which days a person asked for: every way to write it, and every way to get it wrong."""

from __future__ import annotations

from datetime import date

import pytest

from sync_platform.declarations.partner_system import PartnerSystem, find_entity
from sync_platform.errors import DeclarationError
from sync_platform.operations.pull_plan import wanted_days

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "first", "last", "expected"),
    [
        (None, None, None, ["2026-11-21"]),
        ("2026-11-20", None, None, ["2026-11-20"]),
        ("today", None, None, ["2026-11-21"]),
        ("yesterday", None, None, ["2026-11-20"]),
        (None, "2026-11-18", "2026-11-20", ["2026-11-20", "2026-11-19", "2026-11-18"]),
        (None, "2026-11-20", None, ["2026-11-21", "2026-11-20"]),
        (None, "2026-11-20", "2026-11-20", ["2026-11-20"]),
    ],
)
def test_the_days_come_newest_first(
    systems: tuple[PartnerSystem, ...], day: str | None, first: str | None, last: str | None, expected: list[str]
) -> None:
    _, sales = find_entity(systems, "pos/sales")
    days = wanted_days(sales, today=TODAY, day=day, first=first, last=last)
    assert [one.isoformat() for one in days] == expected


@pytest.mark.parametrize(
    ("day", "first", "last", "words"),
    [
        ("20.11.2026", None, None, "--day '20.11.2026' is not a day. Write 2026-11-20, today or yesterday."),
        ("2026-11-22", None, None, "--day 2026-11-22 is in the future: the partner's today is 2026-11-21."),
        ("2026-11-20", "2026-11-18", None, "--day and --from/--to exclude each other."),
        (None, None, "2026-11-18", "--to needs --from."),
        (None, "2026-11-20", "2026-11-18", "--from 2026-11-20 is after --to 2026-11-18."),
        (None, "2016-11-20", None, "2016-11-20 to 2026-11-21 are more than 400 days."),
    ],
)
def test_what_cannot_be_meant_is_refused(
    systems: tuple[PartnerSystem, ...], day: str | None, first: str | None, last: str | None, words: str
) -> None:
    _, sales = find_entity(systems, "pos/sales")
    with pytest.raises(DeclarationError) as refused:
        wanted_days(sales, today=TODAY, day=day, first=first, last=last)
    assert words in str(refused.value)


def test_a_range_of_past_days_of_a_state_is_refused(systems: tuple[PartnerSystem, ...]) -> None:
    _, stock = find_entity(systems, "pos/stock_levels")
    with pytest.raises(DeclarationError, match="is a state: its past days cannot be obtained"):
        wanted_days(stock, today=TODAY, day=None, first="2026-11-18", last=None)
