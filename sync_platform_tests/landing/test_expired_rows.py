"""A prune takes what is over age, and never what waits, is open, is the newest or is referred to (fault D12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_platform.landing import expired_rows
from sync_platform.landing.database import Connection, Database
from sync_platform_tests.landing.planted import KEPT_SINCE, LENGTHS, NOW, SALES, TODAY, Planted, ago, day_ago, silent


@pytest.fixture
def planted(connection: Connection) -> Planted:
    return Planted(connection)


def test_a_poll_that_brought_nothing_goes_after_days_and_what_was_eventful_after_months(planted: Planted) -> None:
    run, other = uuid4(), uuid4()
    changed, loaded, token = planted.exchange(80), planted.exchange(80, correlation_id=run), uuid4()
    planted.exchange(80, exchange_id=token, entity=None, correlation_id=run)
    planted.change(80, exchange_id=changed)
    planted.load(80, correlation_id=run)
    failed = planted.exchange(80, status=None, error_kind="unreachable")
    refused = planted.exchange(80, status=401)
    not_modified = planted.exchange(1.9, status=304)
    # A poll of the same tick whose own entity brought nothing; a poll just over age; eventful and over age.
    planted.exchange(80, correlation_id=run, entity="shelf")
    planted.exchange(2.1, correlation_id=other)
    planted.exchange(90.1, status=None, error_kind="unreachable")

    planted.prune()

    kept = {changed, loaded, token, failed, refused, not_modified}
    assert set(planted.left("exchange", "exchange_id")) == kept


def test_the_request_that_a_verification_rests_on_stays_with_the_eventful_ones(planted: Planted) -> None:
    named, silent_poll = planted.exchange(80), planted.exchange(80)
    over_age = planted.exchange(90.1)
    for day, exchange in ((TODAY, named), (TODAY - timedelta(days=1), over_age)):
        found = {"scope": "day", "verdict": "agrees", "words": "", "exchange_id": exchange}
        planted.row("verification", **SALES, business_day=day, **found)

    planted.prune()

    assert planted.left("exchange", "exchange_id") == [named]
    assert silent_poll != named


def test_a_waiting_change_stays_however_old_and_an_applied_one_until_its_load_is_over_age(planted: Planted) -> None:
    waiting = planted.change(900, applied_load_id=None)
    young = planted.change(89)
    waited_long = planted.change(900, applied_load_id=planted.load(1))
    planted.change(91)
    planted.change(91, applied_load_id=planted.load(91))

    planted.prune()

    assert planted.left("change", "change_id") == sorted([waiting, young, waited_long])


def test_an_open_letter_stays_however_old(planted: Planted) -> None:
    stays = [planted.letter(900, state="open"), planted.letter(179)]
    goes = planted.letter(181)
    for letter in (*stays, goes):
        planted.action(letter)

    planted.prune()

    assert planted.left("dead_letter", "dead_letter_id") == stays
    assert planted.left("dead_letter_action", "dead_letter_id") == stays


@pytest.mark.parametrize("named_by", ["complete_load_id", "reported_load_id", "dead_letter", "check_result"])
def test_a_load_that_something_names_stays_however_old(planted: Planted, named_by: str) -> None:
    named, over_age, newest = planted.load(300), planted.load(299), planted.load(298)
    if named_by == "dead_letter":
        planted.letter(0, load_id=named, state="open")
    elif named_by == "check_result":
        result: dict[str, Any] = {"rule": "r", "severity": "warning", "blocking": False, "passed": True}
        planted.row("check_result", **SALES, business_day=TODAY, **result, observed="", sample="[]", load_id=named)
    else:
        planted.row("entity_day", **SALES, business_day=TODAY, state="complete", **{named_by: named})

    planted.prune()

    assert set(planted.left("load", "load_id")) == {named, newest}
    assert over_age not in planted.left("load", "load_id")


a_load = st.tuples(
    st.sampled_from([0, 1, 200]), st.sampled_from(["published", "empty", "unreachable"]), st.integers(1, 400)
)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(loads=st.lists(a_load, max_size=12, unique_by=lambda load: load[2]))
def test_the_newest_load_of_each_day_and_outcome_stays_and_older_ones_go(
    planted: Planted, loads: list[tuple[int, str, int]]
) -> None:
    planted.connection.execute("truncate sync.load")
    for back, outcome, days in loads:
        planted.load(days, business_day=day_ago(back), outcome=outcome)
    newest = {(back, outcome): min(d for b, o, d in loads if (b, o) == (back, outcome)) for back, outcome, _ in loads}
    expected = [ago(days) for back, outcome, days in loads if days <= 180 or days == newest[back, outcome]]

    planted.prune()

    assert planted.left("load", "started_at") == sorted(expected)


def test_the_last_run_request_of_each_purpose_stays(planted: Planted) -> None:
    for key, purpose, days in [("a", "today", 300), ("b", "today", 200), ("c", "close", 300), ("d", "today", 89)]:
        request = {"system": "till", "purpose": purpose, "first_day": TODAY, "last_day": TODAY, "attempt": 1}
        planted.row("run_request", run_key=key, **request, asked_at=ago(days))

    planted.prune()

    assert planted.left("run_request", "run_key") == ["c", "d"]


def test_the_branches_of_a_day_stay_or_go_together(planted: Planted) -> None:
    for back, branch, looked in [(500, "1", 500), (500, "2", 10), (501, "1", 500), (501, "2", 499), (399, "1", 399)]:
        planted.row(
            "branch_clock",
            **SALES,
            business_day=day_ago(back),
            branch=branch,
            as_of=ago(back),
            looked_at=ago(looked),
        )

    planted.prune()

    assert planted.left("branch_clock", "business_day") == [day_ago(500), day_ago(500), day_ago(399)]


@pytest.mark.parametrize(("days", "left"), [([500, 401, 399, 1], [399, 1]), ([500, 401], [401])])
def test_the_newest_comparison_of_stock_stays_however_old(planted: Planted, days: list[int], left: list[int]) -> None:
    for back in days:
        for sku in ("A", "B"):
            told = {"as_of": ago(back), "limited_by": "pos/stock_levels", "verdict": "agrees"}
            planted.row("stock_comparison", business_day=day_ago(back), sku=sku, branch="1", **told)

    planted.prune()

    assert planted.left("stock_comparison", "business_day") == [day_ago(back) for back in left for _ in "AB"]


def lease(planted: Planted, scope: str, *, ended: float) -> None:
    planted.row("lease", **SALES, scope=scope, fencing_token=3, holder="somebody", expires_at=ago(ended))


def test_a_lease_goes_when_day_and_end_are_long_past_and_one_of_no_day_never(planted: Planted) -> None:
    lease(planted, "2026-01-01", ended=100)
    lease(planted, "2026-01-02", ended=1)
    lease(planted, "2026-11-19", ended=100)
    lease(planted, "capture", ended=100)
    lease(planted, "1 shelf", ended=100)

    planted.prune()

    assert planted.left("lease", "scope") == ["1 shelf", "2026-01-02", "2026-11-19", "capture"]


def test_a_lease_stays_while_a_session_lives_that_may_have_held_it(planted: Planted, database: Database) -> None:
    """A writer that wakes up after months is refused by its token, which is forgotten with the row."""
    with database.connect():
        planted.connection.execute(
            "insert into sync.lease values ('till', 'sales', '2020-01-01', 3, 'somebody', clock_timestamp())"
        )
        tomorrow = datetime.now(UTC) + timedelta(days=1)
        prune_leases(planted, tomorrow)
        assert planted.left("lease", "scope") == ["2020-01-01"]

    wait_until_alone(planted.connection)
    prune_leases(planted, tomorrow)
    assert planted.left("lease", "scope") == []


def prune_leases(planted: Planted, kept_since: datetime) -> None:
    since = KEPT_SINCE | {"leases": kept_since}
    expired_rows.prune_rows(planted.connection, since, dry_run=False, progress=silent)


def wait_until_alone(connection: Connection) -> None:
    """A session that was closed is listed until its server process has ended."""
    connection.execute(
        "select pg_terminate_backend(pid, 5000) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )


def plant_one_of_each(planted: Planted) -> None:
    """Of each table three rows over age, and what refers to some of them."""
    planted.connection.execute(
        "insert into access.access_log (at, way, method, path, status) values (%s, 'cli', 'CLI', 'users add', 200)",
        [KEPT_SINCE["accesses"] - timedelta(days=1)],
    )
    for index in range(3):
        days = 500 + index
        planted.exchange(days)
        planted.exchange(3 + index)
        planted.change(3, exchange_id=planted.exchange(4))
        planted.load(days)
        planted.change(days)
        planted.action(planted.letter(days))
        delivery = {"system": "till", "webhook": "sales", "event_id": f"{index}", "content_hash": b"h", "headers": "{}"}
        planted.row("webhook_delivery", **delivery, body=b"{}", state="captured", received_at=ago(days))
        request = {"system": "till", "purpose": "today", "first_day": TODAY, "last_day": TODAY, "attempt": 1}
        planted.row("run_request", run_key=f"{index}", **request, asked_at=ago(days))
        clock = {"branch": "1", "as_of": ago(days), "looked_at": ago(days)}
        planted.row("branch_clock", **SALES, business_day=day_ago(days), **clock)
        told = {"sku": "A", "branch": "1", "as_of": ago(days), "limited_by": "pos", "verdict": "agrees"}
        planted.row("stock_comparison", business_day=day_ago(days), **told)
        planted.row("stock_comparison_day", business_day=day_ago(days), as_of=ago(days), limited_by="pos")
        planted.row("freshness_lag", **SALES, sampled_at=ago(61 + index), seconds=5, state="fresh")
        figures: dict[str, Any] = {
            "age": "fresh",
            "field": "f",
            "kind": "values",
            "rows": 1,
            "nulls": 0,
            "counts": "{}",
        }
        kept = {"sha256": "", "body": b"", "key_id": 1}
        planted.row("exchange_body", exchange_id=uuid4(), kept_at=ago(days), **kept)
        planted.row("profile", **SALES, business_day=day_ago(days), **figures, rest=0)
        counted: dict[str, Any] = {"branch": "", "rows": 1, "by_hour": [], "busy_minutes": []}
        planted.row("volume", **SALES, business_day=day_ago(days), **counted)
        seen = {"contract_version": "1.0.0", "observed_at": ago(days), "samples": 1, "paths": "{}", "cut": False}
        planted.row("shape", **SALES, business_day=day_ago(days), **seen)
        lease(planted, f"2026-01-0{index + 1}", ended=200)


GOES = {
    "sync.exchange": 3,
    "sync.exchange (uneventful)": 3,
    "sync.exchange_body": 3,
    "sync.load": 2,
    "sync.change": 3,
    "sync.webhook_delivery": 3,
    "sync.dead_letter": 3,
    "sync.dead_letter_action": 3,
    "sync.run_request": 2,
    "sync.branch_clock": 3,
    "sync.stock_comparison": 2,
    "sync.stock_comparison_day": 2,
    "sync.freshness_lag": 3,
    "sync.profile": 3,
    # The oldest of its contract's version says what was known then.
    "sync.shape": 2,
    "sync.volume": 3,
    "sync.lease": 3,
    "access.access_log": 1,
}


def test_a_dry_run_counts_what_the_real_one_deletes_and_deletes_nothing(planted: Planted) -> None:
    plant_one_of_each(planted)

    dry = planted.prune(dry_run=True)
    again = planted.prune(dry_run=True)
    real = planted.prune()

    assert {name: one.gone for name, one in dry.items()} == GOES
    assert again == dry
    assert {name: (one.gone, one.bytes) for name, one in real.items()} == {
        name: (one.gone, one.bytes) for name, one in dry.items()
    }
    assert {name: one.gone for name, one in planted.prune().items()} == dict.fromkeys(GOES, 0)


def test_a_prune_that_was_stopped_after_any_batch_is_finished_by_the_next_one(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(expired_rows, "_ORDER", tuple((*table[:-1], 1) for table in expired_rows._ORDER))
    plant_one_of_each(planted)
    gone, prunes = 0, 0

    while gone < sum(GOES.values()):
        gone += prune_until_one_went(planted)
        prunes += 1

    assert prunes == sum(GOES.values())
    assert {name: one.gone for name, one in planted.prune().items()} == dict.fromkeys(GOES, 0)


class Stopped(Exception):
    pass


def prune_until_one_went(planted: Planted) -> int:
    """A prune that ends, as if killed, once its first row went; what it had done is there to stay."""

    def stop(_: str, gone: int) -> None:
        if gone:
            raise Stopped

    with pytest.raises(Stopped):
        expired_rows.prune_rows(planted.connection, KEPT_SINCE, dry_run=False, progress=stop)
    return 1


def test_every_table_of_ours_is_pruned_or_known_not_to_need_it(connection: Connection) -> None:
    """One row per entity, or per entity, day and rule: they grow with the days that are served, not with time.

    So do the differing keys of a day's verification, of which 200 are kept.
    """
    bounded_by_the_days_served = {"entity_day", "freshness_verdict", "check_result", "watermark", "alembic_version"}
    bounded_by_the_days_served |= {"verification", "verification_difference", "verified_through", "owed", "kpi_day"}
    # A proposal is kept for as long as its records are there, a rate per day and kind.
    bounded_by_the_days_served |= {"duplicate_proposal", "duplicate_rate"}
    # That a file was taken once is known by its row; a partner sends a few a day.
    bounded_by_the_days_served |= {"file"}
    written_by_people = {"contract_version"}
    rows = connection.execute("select tablename from pg_tables where schemaname = 'sync'")
    known = {table for _, table, *_ in expired_rows._ORDER} | bounded_by_the_days_served | written_by_people
    assert {name for (name,) in rows} == known


def test_kept_since_is_told_of_each(planted: Planted) -> None:
    lengths = {one.name: (NOW - one.kept_since) / timedelta(days=1) for one in planted.prune().values()}
    assert lengths["sync.exchange (uneventful)"] == LENGTHS["uneventful_exchanges"]
    assert lengths["sync.change"] == LENGTHS["changes"]


def test_days_that_nothing_is_compared_with_any_more_go(planted: Planted) -> None:
    figures: dict[str, Any] = {"age": "settled", "field": "f", "kind": "values", "rows": 1, "nulls": 0, "counts": "{}"}
    for days in (119, 121):
        planted.row("profile", **SALES, business_day=day_ago(days), **figures, rest=0)
    for days in (399, 401):
        planted.row("volume", **SALES, business_day=day_ago(days), branch="", rows=1, by_hour=[], busy_minutes=[])

    planted.prune()

    assert planted.left("profile", "business_day") == [day_ago(119)]
    assert planted.left("volume", "business_day") == [day_ago(399)]


def test_the_first_shapes_under_each_version_stay_because_they_say_what_was_known(planted: Planted) -> None:
    def shape(days: int, version: str, observed: float) -> None:
        looked = {"contract_version": version, "observed_at": ago(observed), "samples": 1, "paths": "{}", "cut": False}
        planted.row("shape", **SALES, business_day=day_ago(days), **looked)

    shape(300, "1.0.0", 300)
    shape(301, "1.0.0", 299.5)
    shape(298, "1.0.0", 298)
    shape(200, "1.1.0", 200)
    shape(119, "1.1.0", 119)

    planted.prune()

    assert planted.left("shape", "business_day") == [day_ago(days) for days in (301, 300, 200, 119)]
