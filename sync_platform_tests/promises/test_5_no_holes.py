"""Promise 5: the windows of the change feed have no holes."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_platform.contracts.duration import read_duration
from sync_platform.declarations.partner_system import read_partner_system
from sync_platform.errors import DeclarationError, PartnerMisbehaved
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import NOON, Till, milliseconds, sale

ENTITIES = ("sales", "coarse_sales", "loose_sales", "evented_sales")
LAG, PAGE = 5, 3  # as the till declares


def ticks(hub: Hub, clock: GivenClock, seconds: float, *, entity: str = "sales") -> None:
    """Some time, and then a delta."""
    clock.advance(seconds)
    hub.pull_delta(entity)


def at_rest(hub: Hub, clock: GivenClock, entity: str = "sales") -> dict[str, str]:
    """What is landed after a quiet tick."""
    ticks(hub, clock, 2 * LAG, entity=entity)
    return hub.landed(entity)


def amounts(till: Till) -> dict[str, str]:
    return {id_: record["amount"] for id_, record in till.sales().items()}


@pytest.mark.parametrize("number", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 3 * PAGE + 1])
@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales"])
def test_records_of_one_changed_time_are_all_taken_in_however_many_pages_they_fill(
    hub: Hub, till: Till, clock: GivenClock, entity: str, number: int
) -> None:
    """Fault A21."""
    hub.pull_delta(entity)
    till.has_sales(sale("0", at=4), *(sale(str(index), at=5) for index in range(1, number)), sale("Z", at=6))
    ticks(hub, clock, 30, entity=entity)
    assert set(hub.landed(entity)) == {str(index) for index in range(number)} | {"Z"}


@pytest.mark.parametrize("entity", ENTITIES)
def test_a_record_changed_twice_between_ticks_and_once_more_lands_in_its_last_version(
    hub: Hub, till: Till, clock: GivenClock, entity: str
) -> None:
    """Fault A22."""
    hub.pull_delta(entity)
    till.puts(sale("A", "1.00", at=1), sale("A", "2.00", at=1.5))
    ticks(hub, clock, 30, entity=entity)
    assert hub.landed(entity) == {"A": "2.00"}
    till.puts(sale("A", "3.00", at=30.2))
    assert at_rest(hub, clock, entity) == {"A": "3.00"}


def test_two_events_of_one_second_do_not_take_turns_while_the_overlap_repeats_them(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    hub.pull_delta("evented_sales")
    clock.advance(2)
    till.puts(sale("A", "1.00", at=2), sale("A", "2.00", at=2))
    seen = []
    for _ in range(4):
        ticks(hub, clock, 2, entity="evented_sales")
        seen.append(hub.landed("evented_sales"))
    assert seen == [{"A": "2.00"}] * 4
    assert len(hub.loads("evented_sales")) == 1


def test_two_events_of_one_second_keep_their_order_while_their_day_is_being_written(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    hub.pull_delta("evented_sales")
    clock.advance(2)
    till.puts(sale("A", "1.00", at=2), sale("A", "2.00", at=2))
    hub.lends_day("evented_sales")
    for _ in range(3):
        ticks(hub, clock, 2, entity="evented_sales")
    hub.lets_leases_expire()
    ticks(hub, clock, 300, entity="evented_sales")
    assert hub.landed("evented_sales") == {"A": "2.00"}


@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales"])
@pytest.mark.parametrize("late", [0.5, 2.5, LAG - 0.5])
def test_a_change_that_becomes_visible_later_than_its_time_is_taken_in(
    hub: Hub, till: Till, clock: GivenClock, entity: str, late: float
) -> None:
    """Fault A23."""
    hub.pull_delta(entity)
    clock.advance(60)
    till.commits_late(sale("A", "1.00", at=60), visible_in=late)
    till.puts(sale("B", "2.00", at=60.1))
    for _ in range(8):
        ticks(hub, clock, 1, entity=entity)
    clock.advance(300)  # far beyond the overlap
    assert at_rest(hub, clock, entity) == {"A": "1.00", "B": "2.00"}


def test_records_that_change_while_their_pages_are_walked_lose_no_other(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """A is on the first page; changed, it goes to the end, and D would slip onto the page that was read already.

    Fault A19.
    """
    hub.pull_delta()
    till.has_sales(*(sale(id_, "1.00", at=index) for index, id_ in enumerate("ABCDEFG")))
    clock.advance(60)

    def touch(path: str, page: int) -> None:
        if len(till.asked) == asked + 2:
            till.puts(sale("A", "2.00", at=60))

    asked = len(till.asked)
    till.before_page = touch
    hub.pull_delta()
    clock.advance(300)
    assert at_rest(hub, clock) == {"A": "2.00", **dict.fromkeys("BCDEFG", "1.00")}


def test_a_whole_day_whose_pages_drift_under_the_reader_is_read_again_until_the_count_agrees(
    hub: Hub, till: Till
) -> None:
    """Fault A19."""
    till.has_sales(*(sale(id_) for id_ in "ABCDEFG"))

    def drop_one(path: str, page: int) -> None:
        if page == 2:
            till.removes("A")

    till.before_page = drop_one
    load = hub.pull_day()
    assert (load.outcome, sorted(hub.landed())) == ("published", list("BCDEFG"))


@pytest.mark.parametrize("minutes", [-10, 10])
@pytest.mark.parametrize("entity", ENTITIES)
def test_a_partner_whose_clock_is_ten_minutes_off_loses_nothing(
    hub: Hub, till: Till, clock: GivenClock, entity: str, minutes: int
) -> None:
    """Fault A31."""
    till.skew = timedelta(minutes=minutes)
    off = minutes * 60
    hub.pull_day(entity)
    hub.pull_delta(entity)
    for step in range(1, 5):
        clock.advance(3)
        till.puts(sale(f"S{step}", at=off + 3 * step))
        ticks(hub, clock, 0, entity=entity)
    assert set(at_rest(hub, clock, entity)) == {"S1", "S2", "S3", "S4"}


def test_what_changed_between_the_first_whole_read_and_the_first_delta_is_not_skipped(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    clock.advance(60)
    till.puts(sale("A", "2.00", at=60))
    clock.advance(3600)
    assert at_rest(hub, clock) == {"A": "2.00"}


def test_the_watermark_never_passes_the_safety_lag(hub: Hub, till: Till) -> None:
    hub.pull_delta()
    (mark,) = hub.query("select changed_until from sync.watermark")
    assert mark["changed_until"] == NOON - timedelta(seconds=LAG)


@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales", "evented_sales"])
def test_a_change_younger_than_the_safety_lag_lands_at_once(
    hub: Hub, till: Till, clock: GivenClock, entity: str
) -> None:
    hub.pull_delta(entity)
    clock.advance(60)
    till.puts(sale("A", at=59))
    hub.pull_delta(entity)
    assert hub.landed(entity) == {"A": "1.00"}


def test_an_event_of_the_second_in_which_a_whole_read_began_is_not_taken_for_older(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """The till stamps events by the second: the change at 60.9 says 60, the read that was too early began at 60.6."""
    hub.pull_delta("evented_sales")
    clock.advance(60.6)
    till.puts(sale("A", "1.00", at=60))
    hub.pull_day("evented_sales")
    clock.advance(0.3)
    till.puts(sale("A", "2.00", at=60.9))
    assert at_rest(hub, clock, "evented_sales") == {"A": "2.00"}


def test_a_failed_delta_leaves_the_watermark_where_it_was(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault A10."""
    hub.pull_delta()
    till.has_sales(sale("A", at=10))
    till.fails(status=500)
    clock.advance(60)
    with pytest.raises(Exception, match="500"):
        hub.pull_delta()
    till.recovers()
    clock.advance(3600)
    assert at_rest(hub, clock) == {"A": "1.00"}


def test_a_delta_that_runs_out_of_time_goes_on_where_it_stopped(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    till.has_sales(*(sale(f"{index:02}", at=index) for index in range(10)))
    clock.advance(60)
    till.before_page = lambda *_: clock.advance(2)
    behind = [hub.pull_delta(budget_seconds=3).capture.behind for _ in range(5)]
    assert behind[0]
    assert not behind[-1]
    assert len(hub.landed()) == 10


def test_while_the_feed_is_behind_the_days_as_of_stands_still(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_day()
    hub.pull_delta()
    before = hub.day()
    till.has_sales(*(sale(f"{index:02}", at=index) for index in range(10)))
    clock.advance(60)
    till.before_page = lambda *_: clock.advance(2)
    hub.reached = _stop_at("apply_leased")
    with pytest.raises(_Stop):
        hub.pull_delta(budget_seconds=3)
    after = hub.day()
    assert before is not None
    assert after is not None
    assert (after.as_of, after.looked_at) == (before.as_of, before.looked_at)


def test_a_partner_that_ignores_the_page_is_found_out(hub: Hub, till: Till, clock: GivenClock) -> None:
    clock.advance(60)
    records = b", ".join(
        b'{"id": "%d", "day": "2026-11-20", "amount": "1.00", "changed": %d}' % (n, milliseconds(50)) for n in range(3)
    )
    till.fails(body=b'{"sales": [%b], "total": 100}' % records)
    with pytest.raises(PartnerMisbehaved, match="repeats the page before it"):
        hub.pull_delta()


@pytest.mark.parametrize("written", [5, "5", 5.0, "5 minutes", "", None, True, "-5m"])
def test_a_duration_without_its_unit_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="write a number and its unit"):
        read_duration(written)


@pytest.mark.parametrize("name", ["overlap", "safety_lag"])
def test_a_declaration_with_a_bare_number_is_refused_with_its_line(tmp_path: Path, name: str) -> None:
    till = Path(__file__).parent.parent / "till"
    (tmp_path / "contracts").symlink_to(till / "contracts")
    lines = (till / "defs.yaml").read_text().splitlines()
    (number, line), *_ = [(index, line) for index, line in enumerate(lines) if f" {name}: " in line]
    lines[number] = f"{line.partition(':')[0]}: 300"
    (tmp_path / "defs.yaml").write_text("\n".join(lines))
    with pytest.raises(DeclarationError, match=rf"defs\.yaml:{number + 1}: .*{name}"):
        read_partner_system(tmp_path)


class _Stop(Exception):
    pass


def _stop_at(step: str):  # type: ignore[no-untyped-def]
    def reached(passed: str) -> None:
        if passed == step:
            raise _Stop

    return reached


# What happens, in this order: a sale is changed and becomes visible so much later, or a tick.
commits = st.tuples(st.sampled_from("ABCDE"), st.sampled_from([0.0, 0.5, 2.0, 4.0]))
happenings = st.lists(st.one_of(st.just("tick"), st.just("whole"), commits), min_size=4, max_size=14)


@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=happenings, step=st.sampled_from([0.4, 1.7, 6.0]))
def test_any_interleaving_of_commits_and_ticks_ends_as_the_partner_has_it(
    hub: Hub, till: Till, clock: GivenClock, entity: str, story: list[object], step: float
) -> None:
    """Faults A22, A23."""
    hub.run(f"truncate landing.till__{entity}, sync.change, sync.watermark, sync.dead_letter, sync.entity_day")
    till.has_sales()
    hub.pull_delta(entity)
    for number, happening in enumerate(story):
        clock.advance(step)
        if happening == "tick":
            hub.pull_delta(entity)
        elif happening == "whole":
            hub.pull_day(entity)
        else:
            id_, late = happening  # type: ignore[misc]
            changed_at = (till.now() - NOON).total_seconds()
            till.commits_late(sale(id_, f"{number}.00", at=changed_at), visible_in=late)
    landed = at_rest(hub, clock, entity)
    assert landed == amounts(till)
    assert hub.letters(entity) == []
