"""Dead letters are mended, replayed, discarded and reopened; each action is kept with who did it and why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from sync_platform.errors import DeclarationError, LandingConflict
from sync_platform.landing.letter_queue import Selection, count_by_reason, read_actions
from sync_platform.landing.letter_seal import NO_KEYS
from sync_platform.replay.judgement import preview
from sync_platform.replay.letters import discard_letters, edit_letter, reopen_letters, replay_letters
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.replay.given import NIMALI, history, letters, pull_strictly, states
from sync_platform_tests.till.hub import Hub, add_up
from sync_platform_tests.till.till import Till, piece, sale

ANY = Selection()


@pytest.fixture
def rejected(hub: Hub, till: Till) -> Hub:
    """A and B have a status that the contract did not know then; C has no amount that can be read."""
    till.puts(sale("A", status="lost"), sale("B", "2.00", status="lost"), sale("C", "many"), sale("D"), sale("E"))
    till.puts(sale("F"))
    pull_strictly(hub)
    return hub


def test_letters_are_counted_by_reason_the_most_frequent_first(rejected: Hub) -> None:
    with rejected.database.connect() as connection:
        groups = count_by_reason(connection, ANY)
    assert [(group.reason, group.field, group.letters) for group in groups] == [
        ("value_set", "status", 2),
        ("constraint", "amount", 1),
    ]


def test_a_preview_says_how_many_would_pass_now_and_changes_nothing(rejected: Hub) -> None:
    before = letters(rejected)
    with rejected.database.connect() as connection:
        seen = preview(connection, [rejected.entity("sales")], ANY, seal=NO_KEYS)
    assert seen.words == "2 of 3 would pass now"
    assert [(one.reason, one.field, one.letters) for one in seen.rejected] == [("constraint", "amount", 1)]
    assert (letters(rejected), rejected.landed().keys()) == (before, {"D", "E", "F"})


def test_a_replay_takes_in_what_passes_now_and_leaves_the_rest_open(rejected: Hub) -> None:
    done = replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    assert (done.letters, done.taken, done.still_rejected, done.rejected_again) == (3, 2, 1, 0)
    assert rejected.landed() == {"A": "1.00", "B": "2.00", "D": "1.00", "E": "1.00", "F": "1.00"}
    assert states(rejected) == {'["A"]': "replayed", '["B"]': "replayed", '["C"]': "open"}
    assert history(rejected) == [("replayed", "nimali"), ("replayed", "nimali")]
    assert all(add_up(load) for load in rejected.loads())


def test_a_second_replay_changes_nothing(rejected: Hub) -> None:
    replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    rows, kept = rejected.rows(), letters(rejected)
    again = replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    assert (again.letters, again.taken, again.loads) == (1, 0, ())
    assert (rejected.rows(), letters(rejected)) == (rows, kept)


def test_a_replay_never_writes_over_what_came_later(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.puts(sale("A", status="lost"), sale("B"))
    pull_strictly(hub, "loose_sales")
    number = letters(hub)[0].dead_letter_id
    till.puts(sale("A", "9.00", at=1))
    clock.advance(6)
    hub.pull_day("loose_sales")
    hub.run("update sync.dead_letter set state = 'open'")
    replay_letters(hub.tools, hub.entity("loose_sales"), Selection(numbers=(number,)), decision=NIMALI)
    assert hub.landed("loose_sales")["A"] == "9.00"


def test_a_state_of_an_earlier_day_is_replayed_into_that_day(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_on_shelf(piece("A", "some"), piece("B", 1))
    hub.pull_day("shelf")
    (letter,) = letters(hub)
    entity = hub.entity("shelf")
    clock.advance(timedelta(days=1).total_seconds())
    mended = (letter.payload or b"").replace(b'"some"', b"4")
    with hub.database.connect() as connection:
        edit_letter(connection, entity, letter.dead_letter_id, mended, seal=NO_KEYS, decision=NIMALI, dry_run=False)
    replay_letters(hub.tools, entity, ANY, decision=NIMALI)
    assert hub.landed("shelf", day="2026-11-20") == {"A": "4", "B": "1"}
    assert states(hub) == {'["A"]': "resolved"}


def test_an_edit_is_held_against_the_contract_and_kept_beside_what_was_received(rejected: Hub) -> None:
    entity, letter = rejected.entity("sales"), letters(rejected)[-1]
    mended = (letter.payload or b"").replace(b"many", b"5.00")
    with rejected.database.connect() as connection:
        for broken, words in (
            (b'{"id": "C"}', "breaks till-sales 1.0.0"),
            (mended.replace(b'"C"', b'"X"'), "another key"),
        ):
            with pytest.raises(DeclarationError, match=words):
                edit_letter(
                    connection, entity, letter.dead_letter_id, broken, seal=NO_KEYS, decision=NIMALI, dry_run=False
                )
        edit_letter(connection, entity, letter.dead_letter_id, mended, seal=NO_KEYS, decision=NIMALI, dry_run=True)
        assert read_actions(connection, letter.dead_letter_id) == []
        edit_letter(connection, entity, letter.dead_letter_id, mended, seal=NO_KEYS, decision=NIMALI, dry_run=False)
        (action,) = read_actions(connection, letter.dead_letter_id)
    after = letters(rejected)[-1]
    assert (after.payload, after.edited, action.before_hash) == (mended, True, letter.received_hash)
    assert action.after_hash == after.payload_hash != after.received_hash
    (row,) = rejected.query("select payload from sync.dead_letter where record_key = '[\"C\"]'")
    assert bytes(row["payload"]) == letter.payload


def test_an_edited_letter_is_resolved_and_the_same_broken_bytes_open_no_new_one(
    rejected: Hub, clock: GivenClock
) -> None:
    entity, letter = rejected.entity("sales"), letters(rejected)[-1]
    mended = (letter.payload or b"").replace(b"many", b"5.00")
    with rejected.database.connect() as connection:
        edit_letter(connection, entity, letter.dead_letter_id, mended, seal=NO_KEYS, decision=NIMALI, dry_run=False)
    replay_letters(rejected.tools, entity, Selection(reason="constraint"), decision=NIMALI)
    assert (rejected.landed()["C"], states(rejected)['["C"]']) == ("5.00", "resolved")
    clock.advance(6)
    rejected.pull_day()
    assert (rejected.landed()["C"], len(letters(rejected)), states(rejected)['["C"]']) == ("5.00", 3, "resolved")


def test_discarded_letters_end_and_can_be_taken_back(rejected: Hub, clock: GivenClock) -> None:
    numbers = [letter.dead_letter_id for letter in letters(rejected)]
    with rejected.database.connect() as connection:
        assert discard_letters(connection, numbers[:2], decision=NIMALI) == numbers[:2]
        assert discard_letters(connection, numbers[:2], decision=NIMALI) == []
    clock.advance(6)
    pull_strictly(rejected)
    assert list(states(rejected).values()) == ["discarded", "discarded", "open"]
    with rejected.database.connect() as connection:
        assert reopen_letters(connection, numbers, decision=NIMALI) == numbers[:2]
    assert set(states(rejected).values()) == {"open"}
    assert [action for action, _ in history(rejected)] == ["discarded", "discarded", "reopened", "reopened"]


def test_a_conflict_waits_for_the_partner_and_is_not_replayed(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.puts(sale("A", "1.00"), sale("B"), sale("C"))
    hub.pull_day()
    till.puts(sale("A", "2.00"))
    clock.advance(6)
    hub.pull_day()
    done = replay_letters(hub.tools, hub.entity("sales"), ANY, decision=NIMALI)
    assert (done.taken, done.still_rejected, hub.landed()["A"]) == (0, 1, "1.00")


class Stopped(BaseException):
    pass


@pytest.mark.parametrize("step", ["letters_judged", "letters_settled", "letters_captured", "changes_merged"])
def test_a_replay_that_is_stopped_anywhere_leaves_each_record_open_waiting_or_landed(rejected: Hub, step: str) -> None:
    def stop(reached: str) -> None:
        if reached == step:
            raise Stopped

    rejected.reached = stop
    with pytest.raises(Stopped):
        replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    rejected.reached = lambda _: None
    waiting = rejected.query("select record_key from sync.change where applied_load_id is null")
    still_open = [key for key, state in states(rejected).items() if state == "open"]
    assert len(waiting) + len(still_open) == 3

    rejected.lets_leases_expire()
    replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    rejected.pull_delta()
    assert rejected.landed().keys() == {"A", "B", "D", "E", "F"}


def test_two_replays_at_once_exclude_each_other(rejected: Hub) -> None:
    second = rejected.another()

    def replay_again(step: str) -> None:
        if step == "letters_judged":
            with pytest.raises(LandingConflict, match="first hub"):
                replay_letters(second.tools, second.entity("sales"), ANY, decision=NIMALI)

    rejected.reached = replay_again
    done = replay_letters(rejected.tools, rejected.entity("sales"), ANY, decision=NIMALI)
    second.close()
    assert done.taken == 2
