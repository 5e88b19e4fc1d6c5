"""The report schema's views: what they say of planted rows, and that making them again harms nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from sync_platform.landing.migrate import migrate
from sync_platform.landing.verdicts import OwedDays, store_owed
from sync_platform.landing.views import create_views
from sync_platform_tests.freshness.conftest import Planted

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def rows(planted: Planted, view: str = "freshness") -> list[dict[str, Any]]:
    return planted.connection.cursor(row_factory=dict_row).execute(f"select * from report.{view}").fetchall()  # noqa: S608


def test_a_day_shows_its_clocks_checks_and_open_dead_letters(planted: Planted) -> None:
    planted.day(
        "pos/sales", DAY, as_of=NOON, looked_at=NOON + HOUR, rows=7, checks_passed=3, checks_failed=2, blocking_failed=1
    )
    planted.letters("pos/sales", DAY, 2)
    planted.letters("pos/sales", DAY, 1, state="resolved")
    planted.letters("pos/sales", DAY + timedelta(days=1), 4)

    (row,) = rows(planted)

    assert row == {
        "system": "pos",
        "entity": "sales",
        "business_day": DAY,
        "state": "complete",
        "rows": 7,
        "as_of": NOON,
        "limited_by_branch": None,
        "looked_at": NOON + HOUR,
        "loaded_at": NOON,
        "complete_at": NOON,
        "checks_passed": 3,
        "checks_failed": 2,
        "blocking_failed": 1,
        "open_dead_letters": 2,
        "last_failure_kind": None,
        "last_failure": None,
        "last_failure_at": None,
        "verdict": None,
        "verdict_sentence": None,
        "verdict_limited_by": None,
        "verdict_since": None,
        "verdict_judged_at": None,
        "changes_waiting": 0,
        "rules_due_since": None,
        "owed_days": None,
        "first_owed_day": None,
        "last_owed_day": None,
        "owed_judged_at": None,
        "verified_through": None,
        "settled_through": None,
        "hole_day": None,
    }


@pytest.mark.parametrize(
    ("loads", "told"),
    [
        ([], None),
        ([("published", 0)], None),
        ([("unreachable", 0)], "unreachable at 0"),
        ([("published", 0), ("refused", 1)], "refused at 1"),
        ([("refused", 0), ("published", 1)], None),
        ([("refused", 0), ("empty", 1)], None),
        ([("refused", 0), ("not_obtainable", 1)], "refused at 0"),
        ([("published", 0), ("held", 1), ("misbehaved", 2)], "misbehaved at 2"),
        ([("throttled", 0), ("published", 1), ("held", 2)], "held at 2"),
    ],
    ids=lambda value: " then ".join(kind for kind, _ in value) or "no load" if isinstance(value, list) else None,
)
def test_the_last_failure_is_the_newest_since_the_last_published_load(
    planted: Planted, loads: list[tuple[str, int]], told: str | None
) -> None:
    planted.day("pos/sales", DAY, as_of=NOON)
    for kind, hour in loads:
        fine = kind in ("published", "empty", "not_obtainable")
        planted.load("pos/sales", DAY, NOON + hour * HOUR, kind, None if fine else f"{kind} at {hour}")

    (row,) = rows(planted)

    assert row["last_failure"] == told
    assert row["last_failure_kind"] == (told.split(" ")[0] if told else None)


def test_a_day_is_as_of_its_oldest_branch(planted: Planted) -> None:
    planted.day("pos/sales", DAY, as_of=NOON)
    planted.branch("pos/sales", DAY, "S0330", NOON - 2 * HOUR)
    planted.branch("pos/sales", DAY, "S0001", NOON - HOUR)
    planted.branch("pos/sales", DAY + timedelta(days=1), "S0002", NOON - 9 * HOUR)

    (row,) = rows(planted)

    assert (row["as_of"], row["limited_by_branch"]) == (NOON - 2 * HOUR, "S0330")


def test_a_partner_that_never_answered_is_a_row_and_not_silence(planted: Planted) -> None:
    planted.load("pos/sales", DAY, NOON, "unreachable", "no answer")
    planted.load("pos/sales", DAY, NOON + HOUR, "unreachable", "still no answer")

    (row,) = rows(planted)

    assert (row["state"], row["rows"], row["as_of"], row["last_failure"]) == (
        "never_loaded",
        0,
        None,
        "still no answer",
    )


def test_a_day_shows_what_it_waits_for_and_what_its_entity_owes(planted: Planted) -> None:
    planted.day("pos/sales", DAY, as_of=NOON, dirty_since=NOON + HOUR)
    planted.day("pos/refunds", DAY, as_of=NOON)
    planted.waiting("pos/sales", DAY, 3)
    planted.waiting("pos/sales", DAY - timedelta(days=1), 5)
    planted.verified("pos/sales", DAY - timedelta(days=4), settled=DAY, hole_day=DAY - timedelta(days=3))
    owed = OwedDays("pos", "sales", days=7, first_day=DAY - timedelta(days=9), last_day=DAY)
    store_owed(planted.connection, [owed], judged_at=NOON)

    sales, refunds = sorted(rows(planted), key=lambda row: row["entity"], reverse=True)

    assert (sales["changes_waiting"], sales["rules_due_since"]) == (3, NOON + HOUR)
    assert (sales["owed_days"], sales["first_owed_day"], sales["last_owed_day"]) == (7, DAY - timedelta(days=9), DAY)
    assert (sales["verified_through"], sales["hole_day"]) == (DAY - timedelta(days=4), DAY - timedelta(days=3))
    assert (sales["settled_through"], sales["owed_judged_at"]) == (DAY, NOON)
    assert (refunds["changes_waiting"], refunds["owed_days"], refunds["verified_through"]) == (0, None, None)


def test_stock_is_shown_as_it_was_compared(planted: Planted) -> None:
    planted.stock(DAY, "A1", 3, 5, "oversold", as_of=NOON)

    (row,) = rows(planted, "stock_comparison")

    assert (row["sku"], row["pos_units"], row["shop_units"], row["difference"], row["verdict"]) == (
        "A1",
        3,
        5,
        2,
        "oversold",
    )


def views(planted: Planted) -> list[str]:
    rows = planted.connection.execute("select viewname from pg_views where schemaname = 'report' order by 1")
    return [name for (name,) in rows]


def test_every_view_and_column_has_a_comment(planted: Planted) -> None:
    found = views(planted)
    assert {"freshness", "freshness_lag", "stock_comparison", "verification", "volume", "profile", "kpi"} <= set(found)
    for view in found:
        assert_has_comments(planted, view)


def assert_has_comments(planted: Planted, view: str) -> None:
    commented = planted.connection.execute(
        "select attname, col_description(attrelid, attnum) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [f"report.{view}"],
    ).fetchall()
    (of_view,) = planted.connection.execute("select obj_description(%s::regclass)", [f"report.{view}"]).fetchone() or (
        "",
    )

    assert (view, [name for name, comment in commented if not comment], bool(of_view)) == (view, [], True)


def test_migrating_again_keeps_grants_and_what_others_built_on_a_view(planted: Planted) -> None:
    connection = planted.connection
    connection.execute("drop role if exists analyst")
    connection.execute("create role analyst")
    connection.execute("grant select on report.freshness to analyst")
    connection.execute("create view public.mine as select system, as_of from report.freshness")

    migrate(planted.database, [])

    granted = connection.execute("select has_table_privilege('analyst', 'report.freshness', 'select')").fetchone()
    assert granted == (True,)
    assert connection.execute("select * from public.mine").fetchall() == []
    connection.execute("drop view public.mine")
    connection.execute("revoke all on report.freshness from analyst")
    connection.execute("drop role analyst")


def test_a_view_of_an_older_shape_is_made_anew(planted: Planted) -> None:
    planted.connection.execute("drop view report.freshness")
    planted.connection.execute("create view report.freshness as select 1 as something_else")

    create_views(planted.connection)

    assert rows(planted) == []
    planted.day("pos/sales", DAY, as_of=NOON)
    assert [row["state"] for row in rows(planted)] == ["complete"]


def test_a_view_that_cannot_be_replaced_leaves_all_views_as_they_were(planted: Planted) -> None:
    connection = planted.connection
    connection.execute("drop view report.stock_comparison")
    connection.execute("create view report.stock_comparison as select 1 as something_else")
    connection.execute("create view public.theirs as select * from report.stock_comparison")

    with pytest.raises(psycopg.errors.DependentObjectsStillExist, match="theirs"):
        create_views(connection)

    assert rows(planted, "stock_comparison") == [{"something_else": 1}]
    connection.execute("drop view public.theirs")
    create_views(connection)
    assert rows(planted, "stock_comparison") == []
