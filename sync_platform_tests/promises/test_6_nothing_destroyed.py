"""Promise 6: nothing destructive on partial knowledge."""

from __future__ import annotations

import pytest

from sync_platform_tests.landing.writing import Seen, Writing
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale


def test_a_day_whose_count_disagrees_with_its_records_is_not_published(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    before = hub.rows()
    clock.advance(60)
    till.has_sales(sale("A", "2.00", at=30), sale("B", "2.00", at=30))
    till.fails(total=3)
    load = hub.pull_day()
    assert (load.outcome, hub.rows(), hub.state()) == ("misbehaved", before, "complete")
    assert "counts 3 records for 2026-11-20, 2 different ones came in 3 reads" in (load.error or "")


def test_what_vanished_is_a_tombstone_at_once_where_the_partners_count_confirms_it(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault A26."""
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day()
    clock.advance(60)
    till.removes("B")
    hub.pull_day()
    assert (hub.landed(), hub.gone()) == ({"A": "1.00"}, ["B"])


def test_what_vanished_is_a_tombstone_after_two_reads_where_the_partner_does_not_count(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault A26."""
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day("loose_sales")
    till.removes("B")
    seen = []
    for _ in range(2):
        clock.advance(60)
        hub.pull_day("loose_sales")
        seen.append(hub.gone("loose_sales"))
    assert seen == [[], ["B"]]


def test_a_record_that_was_missing_once_and_came_back_needs_two_reads_again(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    for present in (["A", "B"], ["A"], ["A", "B"], ["A"]):
        clock.advance(60)
        till.has_sales(*map(sale, present))
        hub.pull_day("loose_sales")
    assert hub.gone("loose_sales") == []


def test_a_rejected_record_does_not_count_as_vanished(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A"), sale("B", None, at=30))
    load = hub.pull_day()
    assert (load.outcome, load.tombstoned, hub.gone()) == ("published", 0, [])


@pytest.mark.parametrize("key", [None, 17, "", ["B"], {"B": 1}])
def test_a_record_whose_key_nobody_can_read_could_be_any_so_none_counts_as_vanished(
    hub: Hub, till: Till, clock: GivenClock, key: object
) -> None:
    till.has_sales(sale("A"), sale("B"), sale("C"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A"), sale("C"), {**sale("B", None, at=30), "id": key})
    load = hub.pull_day()
    assert (load.outcome, load.dead_lettered) == ("published", 1)
    # '' is a key that can be read, and it is not B's.
    assert hub.gone() == (["B"] if key == "" else [])


def test_a_rejected_record_whose_key_holds_a_nul_stops_no_load(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault S4."""
    till.has_sales(sale("A"), sale("B"), sale("C"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A"), sale("B"), sale("C\0"))
    load = hub.pull_day()
    assert (load.outcome, load.dead_lettered, hub.gone()) == ("published", 1, ["C"])


def test_a_record_that_came_once_whole_and_once_broken_is_one_record(hub: Hub, till: Till) -> None:
    till.has_sales(sale("A"))
    broken, whole = _written(amount="null"), _written(amount='"1.00"')
    till.fails(body=b'{"sales": [%b, %b], "total": 1}' % (broken, whole))
    load = hub.pull_day()
    assert (load.outcome, load.inserted, load.dead_lettered) == ("published", 1, 1)


def _written(*, amount: str) -> bytes:
    text = '{"id": "A", "day": "2026-11-20", "amount": AMOUNT, "status": "open", "changed": 1795176000000}'
    return text.replace("AMOUNT", amount).encode()


def test_a_partner_that_answers_with_nothing_deleted_nothing(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Fault A42."""
    till.has_sales(sale("A"), sale("B"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales()
    load = hub.pull_day()
    assert (load.outcome, hub.landed(), hub.gone()) == ("held", {"A": "1.00", "B": "1.00"}, [])
    assert hub.state() == "held"


def test_a_day_that_was_always_empty_is_empty(hub: Hub, till: Till) -> None:
    assert (hub.pull_day().outcome, hub.state()) == ("empty", "complete")


def test_a_record_seen_by_a_delta_after_the_read_began_is_no_tombstone(hub: Hub, till: Till, clock: GivenClock) -> None:
    """Faults D13, E9."""
    till.has_sales(sale("A", at=-60))
    hub.pull_day()
    hub.pull_delta()
    other = hub.another()

    def reached(step: str) -> None:
        if step == "page_staged" and hub.landed().get("B") is None:
            clock.advance(30)
            till.puts(sale("B", at=25))
            hub.lends_day("shelf")  # any other lease: the day's own is held by the reader, so B waits
            clock.advance(30)
            other.pull_delta()

    hub.reached = reached
    hub.pull_day()
    hub.reached = lambda _: None
    clock.advance(1)
    hub.pull_delta()
    assert (hub.landed(), hub.gone()) == ({"A": "1.00", "B": "1.00"}, [])


def test_a_row_observed_after_the_read_began_stays(writing: Writing) -> None:
    writing.merge("sales", [Seen("1.00", 1, at=10)])
    counts = writing.reads_whole("sales", [], at=5)
    assert (counts.tombstoned, writing.landed("sales")) == (0, {"A": "1.00"})


def test_a_row_observed_before_the_read_began_goes(writing: Writing) -> None:
    writing.merge("sales", [Seen("1.00", 1, at=4)])
    counts = writing.reads_whole("sales", [], at=5)
    assert (counts.tombstoned, writing.landed("sales")) == (1, {})


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("entity", ["sales", "coarse_sales", "loose_sales"])
def test_a_sighting_from_before_a_confirmed_read_that_lacked_the_record_ends_as_a_tombstone_in_either_order(
    writing: Writing, entity: str, read_first: bool
) -> None:
    def reads() -> None:
        writing.reads_whole(entity, [Seen("9.00", 1, at=5, id="Z")], at=5)

    def sees() -> None:
        writing.merge(entity, [Seen("1.00", 1, at=4)], vanished_before=5 if read_first else None)

    for step in (reads, sees) if read_first else (sees, reads):
        step()
    assert writing.landed(entity) == {"Z": "9.00"}


def test_a_change_captured_before_an_unconfirmed_read_that_missed_it_is_not_lost(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """The till gives no count here: the read may have missed B, which waits in the change log meanwhile."""
    hub.pull_delta("loose_sales")
    clock.advance(60)
    till.has_sales(sale("A", at=40), sale("B", at=40))
    hub.lends_day("loose_sales")
    hub.pull_delta("loose_sales")
    hub.lets_leases_expire()
    clock.advance(1)
    till.removes("B")
    hub.pull_day("loose_sales")
    till.puts(sale("B", at=40))
    clock.advance(3600)
    hub.pull_delta("loose_sales")
    assert hub.landed("loose_sales") == {"A": "1.00", "B": "1.00"}


def test_a_day_past_its_limit_of_rejected_records_is_held_and_its_letters_are_kept(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault A33."""
    till.has_sales(sale("A", "1.00"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A", "2.00", at=30), sale("B", None), sale("C", None))
    load = hub.pull_day()
    assert (load.outcome, load.dead_lettered, hub.state()) == ("held", 2, "held")
    assert hub.landed() == {"A": "1.00"}
    assert hub.letters() == [('["B"]', "missing"), ('["C"]', "missing")]


def test_a_day_most_of_which_conflicts_with_what_is_landed_is_held(hub: Hub, till: Till, clock: GivenClock) -> None:
    till.has_sales(sale("A", "1.00"), sale("B", "1.00"), sale("C", "1.00"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A", "2.00"), sale("B", "2.00"), sale("C", "1.00"))
    load = hub.pull_day()
    assert (load.outcome, hub.landed()) == ("held", {"A": "1.00", "B": "1.00", "C": "1.00"})
    assert "2 of 3 records have the version that is landed and other content" in (load.error or "")


def test_one_record_that_conflicts_with_what_is_landed_is_a_dead_letter(
    hub: Hub, till: Till, clock: GivenClock
) -> None:
    """Fault A25."""
    till.has_sales(sale("A", "1.00"), sale("B", "1.00"))
    hub.pull_day()
    clock.advance(60)
    till.has_sales(sale("A", "2.00"), sale("B", "1.00"))
    load = hub.pull_day()
    assert (load.outcome, load.dead_lettered, load.unchanged) == ("published", 1, 1)
    assert (hub.landed()["A"], hub.letters()) == ("1.00", [('["A"]', "conflict")])
