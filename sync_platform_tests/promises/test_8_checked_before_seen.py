"""Promise 8: a day that failed a blocking check is never seen downstream."""

from __future__ import annotations

from datetime import timedelta

from sync_platform.checks.suite import run_rules
from sync_platform.landing.days import DayState, read_states
from sync_platform.pull.owed import due_checks
from sync_platform_tests.landing.writing import DAY
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub, verdict
from sync_platform_tests.till.till import NOON, Till, sale

FAILED, PASSED = (verdict(passed=False),), (verdict(passed=True),)
WARNED = (verdict(passed=False, blocking=False),)


def test_a_day_that_fails_a_blocking_check_leaves_the_last_good_version_served(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    clock.advance(600)
    till.has_sales(sale("A", "2.00", at=300), sale("B", "2.00", at=300))
    hub.verdicts = FAILED
    load = hub.pull_day()
    day = hub.day()
    assert day is not None
    assert (load.outcome, hub.landed()) == ("held", {"A": "1.00"})
    assert (day.state, day.as_of, day.blocking_failed) == ("held", NOON, 1)


def test_the_failed_results_are_kept(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.verdicts = FAILED
    hub.pull_day()
    rows = hub.query("select rule, blocking, passed from sync.check_result")
    assert rows == [{"rule": "status_known", "blocking": True, "passed": False}]


def test_checks_run_on_the_stage_before_anything_is_published(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.pull_day()
    assert [relation.schema for relation in hub.checked] == ["stage"]


def test_a_failed_warning_holds_nothing(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.verdicts = WARNED
    assert (hub.pull_day().outcome, hub.state()) == ("published", "complete")


def test_a_held_day_is_free_when_it_is_read_again_and_passes(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    hub.verdicts = FAILED
    hub.pull_day()
    hub.verdicts = PASSED
    hub.pull_day()
    assert (hub.state(), hub.landed()) == ("complete", {"A": "1.00"})


def test_after_a_delta_the_days_rules_are_due_and_hold_it_until_they_pass(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    a_delta_touches_a_whole_day(hub, till, clock)
    assert [state.day for state in due(hub)] == [DAY]
    hub.verdicts = FAILED
    hub.check_day()
    assert (hub.state(), due(hub)) == ("held", [])
    clock.advance(60)
    till.puts(sale("A", at=90))
    hub.pull_delta()
    assert (hub.state(), [state.day for state in due(hub)]) == ("held", [DAY])
    hub.verdicts = PASSED
    hub.check_day()
    assert (hub.state(), due(hub)) == ("complete", [])


def a_delta_touches_a_whole_day(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_day()
    hub.pull_delta()
    clock.advance(60)
    till.puts(sale("A", at=30))
    hub.pull_delta()


def due(hub: Hub, *, rest: timedelta = timedelta(0)) -> list[DayState]:
    with hub.database.connect() as connection:
        return due_checks(read_states(connection, "till", since=DAY), rest=rest)


def test_a_day_whose_rules_have_just_run_waits_and_others_do_not(hub: Hub, till: Till, clock: GivenClock) -> None:
    a_delta_touches_a_whole_day(hub, till, clock)
    assert due(hub, rest=timedelta(seconds=50)) == []
    hub.run("update sync.entity_day set checked_at = now() - interval '49 seconds'")
    assert due(hub, rest=timedelta(seconds=50)) == []
    hub.run("update sync.entity_day set checked_at = now() - interval '50 seconds'")
    assert len(due(hub, rest=timedelta(seconds=50))) == 1


def test_a_change_that_arrives_while_the_rules_run_leaves_the_day_due(hub: Hub, till: Till, clock: GivenClock) -> None:
    a_delta_touches_a_whole_day(hub, till, clock)
    checks = hub.another()
    answer = checks._check

    def meanwhile(contract, relation):  # type: ignore[no-untyped-def]
        clock.advance(60)
        till.puts(sale("B", at=90))
        hub.pull_delta()
        return answer(contract, relation)

    checks._check = meanwhile  # type: ignore[method-assign]
    checks.verdicts = PASSED
    checks.check_day()
    assert len(due(hub)) == 1


def test_a_day_of_which_a_newer_version_stays_served_than_was_checked_is_due(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A", "1.00", at=-30))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A", "0.50", at=-90))
    hub.verdicts = PASSED
    load = hub.pull_day()
    assert (load.superseded, len(due(hub))) == (1, 1)


def test_great_expectations_holds_a_day_with_a_status_nobody_knows(hub: Hub, till: Till) -> None:
    """With the real rules: status_known is critical in the contract."""

    def check(contract, relation):  # type: ignore[no-untyped-def]
        return run_rules(contract, relation, database_url=hub.database.url)

    till.has_sales(sale("A"), sale("B", status="lost"))
    held = hub.pull_day(check=check)
    assert (held.outcome, hub.landed()) == ("held", {})
    assert "status_known" in (held.error or "")
    till.has_sales(sale("A"), sale("B", status="closed", at=-10))
    assert (hub.pull_day(check=check).outcome, hub.state()) == ("published", "complete")
