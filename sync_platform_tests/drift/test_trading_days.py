"""Rows are expected on trading days: not on holidays, nor while a freeze window keeps them from coming."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sync_platform.contracts.day_profile import ALL_BRANCHES
from sync_platform.declarations.freeze import Freeze
from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.declarations.trading_hours import TradingHoursDeclaration
from sync_platform.pull.trading_days import trading_days

# 2026-12-25 is a Friday, and a public holiday in Sri Lanka.
CHRISTMAS, MONDAY, SUNDAY = date(2026, 12, 25), date(2026, 12, 28), date(2026, 12, 27)
HOURS = {
    "week": {"mon-sat": "08:00-22:00"},
    "holidays": "LK",
    "branches": {"S0330": {"week": {"daily": "00:00-24:00"}, "open": ["2026-12-25"]}},
}


def test_a_branch_is_expected_to_sell_when_it_is_open_and_the_whole_when_any_is(till_system: PartnerSystem) -> None:
    hours = TradingHoursDeclaration.model_validate(HOURS).calendar(ZoneInfo("Asia/Colombo"))
    calendar = trading_days(replace(till_system.entity("sales"), hours=hours))

    expected = {
        (branch, day): calendar.expects(branch, day)
        for branch in ("S0001", "S0330", ALL_BRANCHES)
        for day in (CHRISTMAS, MONDAY, SUNDAY)
    }

    assert expected == {
        ("S0001", CHRISTMAS): False,
        ("S0001", MONDAY): True,
        ("S0001", SUNDAY): False,
        ("S0330", CHRISTMAS): True,
        ("S0330", MONDAY): True,
        ("S0330", SUNDAY): True,
        (ALL_BRANCHES, CHRISTMAS): True,
        (ALL_BRANCHES, MONDAY): True,
        (ALL_BRANCHES, SUNDAY): True,
    }


def test_days_that_a_freeze_touches_are_not_judged(till_system: PartnerSystem) -> None:
    # 18:00 on Monday to 06:00 on Wednesday in Colombo.
    freeze = Freeze(datetime(2026, 12, 28, 12, 30, tzinfo=UTC), datetime(2026, 12, 30, 0, 30, tzinfo=UTC), "stock take")
    calendar = trading_days(replace(till_system.entity("sales"), freezes=(freeze,)))

    expected = [calendar.expects(ALL_BRANCHES, date(2026, 12, day)) for day in (27, 28, 29, 30, 31)]

    assert expected == [True, False, False, False, True]


def test_without_a_calendar_every_day_is_a_trading_day(till_system: PartnerSystem) -> None:
    assert trading_days(till_system.entity("sales")).expects("S0001", CHRISTMAS)
