"""An open dead letter ends by itself when a later good version of its record is taken in, and in no other case."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, piece, sale


def states(hub: Hub) -> list[tuple[str | None, str]]:
    rows = hub.query("select record_key, state from sync.dead_letter order by dead_letter_id")
    return [(row["record_key"], row["state"]) for row in rows]


def actions(hub: Hub) -> list[dict[str, Any]]:
    return hub.query("select action, who, why from sync.dead_letter_action order by action_id")


def test_a_letter_says_which_way_it_came_and_what_of_it_could_be_read(hub: Hub, till: Till) -> None:
    till.puts(sale("A", "many"), sale("B"))
    load = hub.pull_day()
    (letter,) = hub.query("select * from sync.dead_letter")
    assert (letter["way"], letter["correlation_id"]) == ("whole_day", load.correlation_id)
    assert letter["source_version"] == till.sales()["A"]["changed"] * 1000
    assert letter["observed_at"] is not None
    exchanges = hub.query("select exchange_id from sync.exchange")
    assert {"exchange_id": letter["exchange_id"]} in exchanges


@pytest.mark.parametrize("way", ["whole day", "delta"])
def test_a_later_good_version_of_the_record_closes_its_letter(
    hub: Hub, till: Till, clock: GivenClock, way: str
) -> None:
    till.puts(sale("A", "many"), sale("B"), sale("C", "few"))
    hub.pull_day()
    till.puts(sale("A", "1.00", at=1))
    clock.advance(6)
    hub.pull_day() if way == "whole day" else hub.pull_delta()
    assert states(hub) == [('["A"]', "superseded"), ('["C"]', "open")]
    why = "a later version of the record was taken in"
    assert actions(hub) == [{"action": "superseded", "who": "sync-platform", "why": why}]
    assert hub.landed()["A"] == "1.00"


def test_an_older_good_version_that_arrives_late_closes_nothing(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.puts(sale("A", "many", at=-1), sale("B"))
    hub.pull_day()
    till.puts(sale("A", "1.00", at=-60), sale("B"))
    clock.advance(6)
    hub.pull_day()
    assert states(hub) == [('["A"]', "open")]


def test_a_conflict_stays_open_until_the_partner_gives_a_later_version(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.puts(sale("A", "1.00"), sale("B"), sale("C"))
    hub.pull_day()
    till.puts(sale("A", "2.00"), sale("B"), sale("C"))
    for _ in range(2):
        clock.advance(6)
        hub.pull_day()
    assert states(hub) == [('["A"]', "open")]
    till.puts(sale("A", "3.00", at=1))
    clock.advance(6)
    hub.pull_day()
    assert states(hub) == [('["A"]', "superseded")]


def test_a_state_of_another_day_closes_nothing(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", "some"), piece("B", 1))
    hub.pull_day("shelf")
    clock.advance(24 * 3600)
    till.has_on_shelf(piece("A", 5, at=24 * 3600), piece("B", 1))
    hub.pull_day("shelf", "2026-11-21")
    assert states(hub) == [('["A"]', "open")]


@pytest.mark.parametrize("settled", ["discarded", "resolved"])
def test_the_same_bytes_of_a_letter_that_a_person_settled_open_no_new_one(
    hub: Hub, till: Till, clock: GivenClock, settled: str
) -> None:
    hub.pull_delta()
    till.puts(sale("A", "many", at=1), sale("B"))
    clock.advance(6)
    hub.pull_day()
    hub.run("update sync.dead_letter set state = %s", [settled])
    clock.advance(6)
    hub.pull_delta()
    load = hub.pull_day()
    assert (load.dead_lettered, states(hub)) == (1, [('["A"]', settled)])
    assert hub.query("select attempts from sync.dead_letter") == [{"attempts": 2}]


def test_what_was_done_with_a_letter_cannot_be_changed_or_removed(hub: Hub) -> None:
    hub.run(
        "insert into sync.dead_letter (system, entity, business_day, reason, field, message, payload, payload_hash,"
        " contract_version, load_id) values ('till', 'sales', '2026-11-20', 'range', '', '', '', '', '1.0.0',"
        " gen_random_uuid())"
    )
    hub.run(
        "insert into sync.dead_letter_action (dead_letter_id, action, who, why)"
        " select dead_letter_id, 'discarded', 'nimali', 'a test' from sync.dead_letter"
    )
    for statement in ("update sync.dead_letter_action set who = 'nobody'", "delete from sync.dead_letter_action"):
        with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
            hub.run(statement)
