"""A day is replayed safely: it ends as the partner has it, twice changes nothing, and a plan touches nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from sync_platform.declarations.freeze import Freeze
from sync_platform.errors import LandingConflict, PartnerUnavailable, PipelineFrozen
from sync_platform.landing.day_snapshot import RowDifference, summed_fields
from sync_platform.replay.day import DayReplay, replay_day
from sync_platform.replay.day_plan import plan_day
from sync_platform.replay.replaying import Only, Replaying
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.replay.given import NIMALI, pull_strictly, states
from sync_platform_tests.till.hub import Hub, verdict
from sync_platform_tests.till.till import TODAY, Till, piece, sale

DAY = date.fromisoformat(TODAY)
SAME = RowDifference(0, 0, 0)


def replaying(hub: Hub, only: Only | None = None) -> Replaying:
    return Replaying(tools=hub.tools, system=hub.system, decision=NIMALI, only=only)


def replay(hub: Hub, entity: str = "sales", *, day: date = DAY, only: Only | None = None) -> DayReplay:
    return replay_day(replaying(hub, only), hub.entity(entity), day=day)


def everything(hub: Hub) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table of ours."""
    tables = hub.query(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables"
        " where schemaname in ('sync', 'landing', 'stage')"
    )
    statement = "select t::text as row from {} as t order by 1"
    return {table["name"]: hub.query(statement.format(table["name"])) for table in tables}


@pytest.fixture
def spoilt(hub: Hub, till: Till, clock: GivenClock) -> Hub:
    """A is a letter, B was changed and C removed at the till without a trace, D is landed with another amount here."""
    till.puts(sale("A", status="lost"), sale("B", "2.00"), sale("C", "3.00"), sale("D", "4.00"))
    pull_strictly(hub)
    till.has_sales(sale("A", status="lost"), sale("B", "2.50", at=1), sale("D", "4.00"), sale("E", "5.00"))
    clock.advance(6)
    hub.run("update landing.till__sales set amount = 44, _content_hash = '\\x00', _source_version = 1 where id = 'D'")
    return hub


def test_a_replayed_day_is_as_the_partner_has_it_and_the_difference_is_told(spoilt: Hub) -> None:
    done = replay(spoilt)
    assert spoilt.landed() == {"A": "1.00", "B": "2.50", "D": "4.00", "E": "5.00"}
    assert done.rows == RowDifference(added=2, changed=2, gone=1)
    assert (done.before.rows, done.after.rows) == (3, 4)
    assert (done.before.sums, done.after.sums) == ({"amount": Decimal("49.00")}, {"amount": Decimal("12.50")})
    assert (done.after.state, set(states(spoilt).values())) == ("complete", {"superseded"})


def test_a_second_replay_changes_no_row(spoilt: Hub, clock: GivenClock) -> None:
    replay(spoilt)
    rows, letters = spoilt.rows(), states(spoilt)
    clock.advance(6)
    again = replay(spoilt)
    assert (again.rows, again.before.sums) == (SAME, again.after.sums)
    assert (spoilt.rows(), states(spoilt)) == (rows, letters)


def test_a_plan_says_what_would_happen_and_touches_nothing(spoilt: Hub) -> None:
    before = everything(spoilt)
    plan = plan_day(replaying(spoilt), spoilt.entity("sales"), day=DAY)
    assert everything(spoilt) == before
    assert plan.read is not None
    assert (plan.read.added, plan.read.changed, plan.read.missing, plan.read.rejected) == (2, 2, 1, 0)
    assert plan.read.sums == {"amount": Decimal("12.50")}
    assert plan.letters is not None
    assert plan.letters.words == "1 of 1 would pass now"


def test_only_dead_letters_asks_the_partner_nothing(spoilt: Hub, till: Till) -> None:
    asked = len(till.asked)
    done = replay(spoilt, only=Only.DEAD_LETTERS)
    assert (len(till.asked), done.load, done.letters.taken) == (asked, None, 1)
    assert done.rows == RowDifference(added=1, changed=0, gone=0)
    assert states(spoilt) == {'["A"]': "replayed"}


def test_only_events_applies_the_kept_changes_again(hub: Hub, till: Till, clock: GivenClock) -> None:
    hub.pull_delta()
    till.puts(sale("A", "1.00", at=1), sale("B", "many", at=1), sale("C", "3.00", at=1))
    clock.advance(6)
    hub.pull_delta()
    till.puts(sale("C", "4.00", at=7))
    clock.advance(6)
    hub.pull_delta()
    hub.run("delete from landing.till__sales")
    asked, letters = len(till.asked), states(hub)
    done = replay(hub, only=Only.EVENTS)
    assert (done.rows, len(till.asked)) == (RowDifference(added=2, changed=0, gone=0), asked)
    assert (hub.landed(), states(hub)) == ({"A": "1.00", "C": "4.00"}, letters)
    assert replay(hub, only=Only.EVENTS).rows == SAME


def test_a_past_state_is_never_filled_with_todays(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", 1), piece("B", 2))
    hub.pull_day("shelf")
    till.has_on_shelf(piece("A", 9), piece("B", 9))
    clock.advance(timedelta(days=1).total_seconds())
    done = replay(hub, "shelf")
    assert (done.load and done.load.outcome, done.rows) == ("kept", SAME)
    assert plan_day(replaying(hub), hub.entity("shelf"), day=DAY).read is None


@pytest.mark.parametrize("only", [None, Only.DEAD_LETTERS])
def test_a_day_that_fails_a_blocking_rule_after_it_is_held(spoilt: Hub, only: Only | None) -> None:
    spoilt.verdicts = (verdict(passed=False),)
    done = replay(spoilt, only=only)
    assert done.after.state == "held"
    assert (done.load.outcome if done.load else done.failed) == ("held" if only is None else ("status_known",))


def test_a_partner_that_is_away_leaves_the_day_as_it_was(spoilt: Hub, till: Till) -> None:
    till.fails(status=503)
    before = spoilt.rows()
    done = replay(spoilt)
    assert (done.load and done.load.outcome, done.rows, done.letters.letters) == ("unreachable", SAME, 0)
    assert (spoilt.rows(), set(states(spoilt).values())) == (before, {"open"})
    with pytest.raises(PartnerUnavailable):
        plan_day(replaying(spoilt), spoilt.entity("sales"), day=DAY)


STEPS = ("day_leased", "page_asked", "rows_merged", "publish_committed", "events_replayed", "letters_settled")
STEPS += ("letters_captured", "day_rechecked")


@pytest.mark.parametrize("step", STEPS)
def test_a_replay_that_is_interrupted_anywhere_leaves_no_half_state_and_the_next_one_ends_well(
    spoilt: Hub, till: Till, clock: GivenClock, step: str
) -> None:
    before = spoilt.landed()
    till.puts(sale("F", status="lost", at=2))
    clock.advance(6)
    pull_strictly(spoilt, "loose_sales")
    name = "loose_sales" if step.startswith("letters") else "sales"

    def interrupt(reached: str) -> None:
        if reached == step:
            raise KeyboardInterrupt

    spoilt.reached = interrupt
    with pytest.raises(KeyboardInterrupt):
        replay(spoilt, name, only=Only.DEAD_LETTERS if name == "loose_sales" else None)
    spoilt.reached = lambda _: None
    partner = {"A": "1.00", "B": "2.50", "D": "4.00", "E": "5.00", "F": "1.00"}
    assert spoilt.landed() in (before, partner)
    assert spoilt.query("select * from sync.lease where holder is not null and expires_at > clock_timestamp()") == []
    for entity in ("sales", "loose_sales"):
        replay(spoilt, entity)
        assert spoilt.landed(entity) == partner


def test_a_day_that_another_writer_has_is_left_to_it(spoilt: Hub) -> None:
    spoilt.lends_day()
    with pytest.raises(LandingConflict, match="somebody"):
        replay(spoilt)
    assert spoilt.query("select to_regclass('pg_temp.day_before') as left_over") == [{"left_over": None}]


def test_nothing_is_replayed_within_a_freeze_window(spoilt: Hub) -> None:
    noon = spoilt.clock.now()
    freeze = Freeze(starts_at=noon, ends_at=noon + timedelta(hours=1), reason="stock take")
    entity = replace(spoilt.entity("sales"), freezes=(freeze,))
    for act in (replay_day, plan_day):
        with pytest.raises(PipelineFrozen):
            act(replaying(spoilt), entity, day=DAY)  # type: ignore[operator]


def test_sums_are_of_amounts_and_not_of_numbers_that_name_something(hub: Hub) -> None:
    assert summed_fields(hub.entity("sales").contract) == ("amount",)
    assert summed_fields(hub.entity("shelf").contract) == ()
