"""The demo's look at its own progress, from rows written by hand: when it is through, stuck, and what it says then."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest

from sync_platform.declarations.partner_system import PartnerSystem
from sync_platform.errors import DeclarationError
from sync_platform.freshness.failed_rules import FailedRule
from sync_platform.landing.database import Connection, Database
from sync_platform.operations.demo_plan import Target, demo_targets
from sync_platform.operations.demo_progress import Progress, read_progress
from sync_platform.operations.demo_summary import summarise
from sync_platform.operations.demo_watch import watch_sync

START = datetime(2026, 11, 21, 4, 0, tzinfo=UTC)
TODAY, YESTERDAY = date(2026, 11, 21), date(2026, 11, 20)
SALES = Target("pos", "sales", is_state=False, days=(TODAY, YESTERDAY))
STOCK = Target("pos", "stock_levels", is_state=True, days=(TODAY,))
TARGETS = (SALES, STOCK)


class GivenClock:
    """A clock that moves only when somebody sleeps on it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds


def put_day(connection: Connection, entity: str, day: date, state: str, *, failed: int = 0, blocking: int = 0) -> None:
    connection.execute(
        "insert into sync.entity_day (system, entity, business_day, state, rows, as_of, checks_passed, checks_failed,"
        " blocking_failed) values ('pos', %s, %s, %s, 100, %s, 9, %s, %s)",
        [entity, day, state, START, failed, blocking],
    )


def put_load(
    connection: Connection,
    entity: str,
    day: date,
    outcome: str,
    *,
    minute: int,
    read: int = 0,
    error: str | None = None,
) -> None:
    started = START + timedelta(minutes=minute)
    connection.execute(
        "insert into sync.load (load_id, system, entity, business_day, way, outcome, read, inserted, started_at,"
        " loaded_at, error, contract_version, platform_version, correlation_id)"
        " values (%s, 'pos', %s, %s, 'whole_day', %s, %s, %s, %s, %s, %s, '1.0.0', '0', %s)",
        [uuid4(), entity, day, outcome, read, read, started, started, error, uuid4()],
    )


def put_comparison(connection: Connection, day: date) -> None:
    connection.execute(
        "insert into sync.stock_comparison (business_day, sku, branch, as_of, limited_by, verdict)"
        " values (%s, '1', 'S1', %s, 'pos/stock_levels', 'agrees')",
        [day, START],
    )


def put_everything(connection: Connection) -> None:
    put_day(connection, "sales", TODAY, "complete", failed=1)
    put_day(connection, "sales", YESTERDAY, "complete")
    put_day(connection, "stock_levels", TODAY, "complete")
    put_comparison(connection, TODAY)


def test_all_days_and_a_comparison_make_it_synced_and_ok(database: Database) -> None:
    with database.connect() as connection:
        put_everything(connection)
        put_load(connection, "sales", TODAY, "published", minute=1, read=100)
    progress = read_progress(database, TARGETS, since=START)
    summary = summarise(
        progress,
        left_out=(),
        started_at=START,
        ended_at=START + timedelta(seconds=90),
        already_complete=0,
        timed_out=False,
    )

    assert progress.synced
    assert (progress.complete_count, progress.day_count, progress.rows, progress.read) == (3, 3, 300, 100)
    assert summary.ok
    assert summary.changed
    assert (summary.seconds, summary.seconds_to_first_rows) == (90.0, 60.0)
    sales = summary.entities[0]
    assert (sales.days, sales.rows, sales.checks_passed, sales.checks_failed) == (2, 200, 18, 1)


def test_without_a_comparison_of_today_it_is_not_through(database: Database) -> None:
    with database.connect() as connection:
        put_everything(connection)
        connection.execute("update sync.stock_comparison set business_day = %s", [YESTERDAY])
    assert not read_progress(database, TARGETS, since=START).synced


@pytest.mark.parametrize("state", ["partial", "held", "not_obtainable"])
def test_a_day_in_any_other_state_is_missing(database: Database, state: str) -> None:
    with database.connect() as connection:
        put_everything(connection)
        connection.execute(
            "update sync.entity_day set state = %s where entity = 'sales' and business_day = %s", [state, YESTERDAY]
        )
    progress = read_progress(database, TARGETS, since=START)
    assert progress.missing == (("pos", "sales", YESTERDAY),)
    assert progress.stuck == (state == "held")


def test_a_failed_day_shows_the_reason_of_its_newest_load(database: Database) -> None:
    with database.connect() as connection:
        put_load(connection, "sales", TODAY, "unreachable", minute=1, error="pos/sales: refused")
        put_load(connection, "sales", TODAY, "refused", minute=2, error="pos/sales: 401 from GET /sales")
        put_load(connection, "sales", YESTERDAY, "unreachable", minute=1, error="was down")
        put_load(connection, "sales", YESTERDAY, "published", minute=2, read=1)
    progress = read_progress(database, TARGETS, since=START)
    summary = summarise(progress, left_out=(), started_at=START, ended_at=START, already_complete=0, timed_out=True)

    assert progress.failures == {("pos", "sales", TODAY): "pos/sales: 401 from GET /sales"}
    assert progress.state_of(SALES, TODAY) == "failed"
    assert not summary.ok
    reasons = {(missing.entity, missing.day): (missing.state, missing.reason) for missing in summary.missing}
    assert reasons["sales", "2026-11-21"] == ("failed", "pos/sales: 401 from GET /sales")
    assert reasons["stock_levels", "2026-11-21"] == ("pending", "not tried yet")


def test_a_complete_day_whose_newest_load_failed_is_not_ok(database: Database) -> None:
    with database.connect() as connection:
        put_everything(connection)
        put_load(connection, "sales", TODAY, "published", minute=1, read=100)
        put_load(connection, "sales", TODAY, "misbehaved", minute=2, error="pos/sales: not JSON")
    progress = read_progress(database, TARGETS, since=START)
    summary = summarise(progress, left_out=(), started_at=START, ended_at=START, already_complete=3, timed_out=False)
    assert progress.synced
    assert [(one.day, one.state, one.reason) for one in summary.failed] == [
        ("2026-11-21", "complete", "pos/sales: not JSON")
    ]
    assert not summary.ok


def test_a_failed_blocking_check_is_not_ok_although_all_days_are_there(database: Database) -> None:
    with database.connect() as connection:
        put_everything(connection)
        connection.execute("update sync.entity_day set blocking_failed = 1 where entity = 'stock_levels'")
    progress = read_progress(database, TARGETS, since=START)
    summary = summarise(progress, left_out=(), started_at=START, ended_at=START, already_complete=3, timed_out=False)
    assert progress.synced
    assert not summary.ok


def test_the_summary_names_the_rules_that_failed_once_for_each_day(database: Database) -> None:
    with database.connect() as connection:
        put_everything(connection)
        for day, rule, blocking, passed in (
            (TODAY, "in_catalogue", False, False),
            (YESTERDAY, "in_catalogue", False, False),
            (YESTERDAY, "branch_known", True, False),
            (YESTERDAY, "in_range", True, True),
            (date(2026, 11, 19), "before_the_demos_days", False, False),
        ):
            connection.execute(
                "insert into sync.check_result (system, entity, business_day, rule, severity, blocking, passed,"
                " observed, sample, evaluated_at) values ('pos', 'sales', %s, %s, 'warning', %s, %s, '', '[]', %s)",
                [day, rule, blocking, passed, START],
            )
    progress = read_progress(database, TARGETS, since=START)
    summary = summarise(progress, left_out=(), started_at=START, ended_at=START, already_complete=3, timed_out=False)
    sales, stock = summary.entities
    assert sales.failed_rules == (
        FailedRule("in_catalogue", False),
        FailedRule("branch_known", True),
        FailedRule("in_catalogue", False),
    )
    assert stock.failed_rules == ()


def test_watching_ends_when_time_is_up_and_says_so(database: Database) -> None:
    looks: list[Progress] = []
    watched = watch_sync(
        database,
        TARGETS,
        since=START,
        timeout=timedelta(seconds=3),
        clock=GivenClock(),
        check=lambda: None,
        show=looks.append,
    )
    assert watched.timed_out
    assert len(looks) == 5


def test_watching_ends_with_the_last_day(database: Database) -> None:
    def show(progress: object) -> None:
        with database.connect() as connection:
            if not connection.execute("select 1 from sync.entity_day").fetchone():
                put_everything(connection)

    watched = watch_sync(
        database,
        TARGETS,
        since=START,
        timeout=timedelta(seconds=30),
        clock=GivenClock(),
        check=lambda: None,
        show=show,
    )
    assert not watched.timed_out
    assert watched.progress.synced


def test_the_targets_are_today_and_the_days_before_by_each_systems_own_calendar(
    systems: tuple[PartnerSystem, ...],
) -> None:
    late = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)  # 00:30 on the 22nd in Colombo
    targets = {(target.system, target.entity): target.days for target in demo_targets(systems, now=late, days=2)}
    assert targets["pos", "sales"] == (date(2026, 11, 22), date(2026, 11, 21), date(2026, 11, 20))
    assert targets["pos", "stock_levels"] == (date(2026, 11, 22),)
    assert targets["payments", "payments"][0] == date(2026, 11, 21)


def test_more_days_than_the_systems_load_are_refused(systems: tuple[PartnerSystem, ...]) -> None:
    with pytest.raises(DeclarationError, match="--days 15 is more than the 14 days that"):
        demo_targets(systems, now=START, days=15)
