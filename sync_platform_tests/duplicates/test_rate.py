"""Clusters and the duplicate entity rate: how many records are one too many, by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sync_platform.duplicates.clusters import Couple, clusters, surplus
from sync_platform.duplicates.rate import Rate, rates


def couple(one: str, other: str) -> Couple:
    return (record(one), record(other))


def record(text: str) -> tuple[str, str]:
    system, _, key = text.partition("/")
    return system, key


def test_records_that_hang_together_are_one_cluster_named_by_its_first() -> None:
    found = clusters([couple("pos/2", "shop/9"), couple("pos/5", "shop/9"), couple("pos/7", "pos/8")])
    assert found == {
        record("pos/2"): record("pos/2"),
        record("pos/5"): record("pos/2"),
        record("shop/9"): record("pos/2"),
        record("pos/7"): record("pos/7"),
        record("pos/8"): record("pos/7"),
    }


def test_of_three_copies_two_are_one_too_many_however_many_pairs_say_so() -> None:
    assert surplus([couple("pos/1", "pos/2"), couple("pos/2", "pos/3")]) == 2
    assert surplus([couple("pos/1", "pos/2"), couple("pos/2", "pos/3"), couple("pos/1", "pos/3")]) == 2
    assert surplus([]) == 0


def test_a_person_in_two_systems_is_no_fault_of_either() -> None:
    matching = [couple("pos/1", "pos/2"), couple("pos/1", "shop/1"), couple("pos/2", "shop/1")]
    accepted = [couple("pos/1", "shop/1")]
    assert rates({"shop": 10, "pos": 4}, matching, accepted) == (
        Rate(system="pos", records=4, surplus=1, confirmed=0),
        Rate(system="shop", records=10, surplus=0, confirmed=0),
        Rate(system="all", records=14, surplus=2, confirmed=1),
    )


def test_two_records_that_meet_only_in_another_system_are_not_counted_as_copies_within_theirs() -> None:
    """Each is proposed to be the shop's customer; that they are each other's, nothing in their own system says."""
    matching = [couple("pos/1", "shop/1"), couple("pos/2", "shop/1")]
    assert [rate.surplus for rate in rates({"pos": 2, "shop": 1}, matching, [])] == [0, 0, 2]


def test_nothing_has_no_rate() -> None:
    (pos, together) = rates({"pos": 0}, [], [])
    assert (pos.share, together.share) == (None, None)


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)).filter(lambda pair: pair[0] != pair[1])))
def test_surplus_is_records_less_groups_whatever_the_pairs(numbers: list[tuple[int, int]]) -> None:
    couples = [couple(f"pos/{one}", f"pos/{other}") for one, other in numbers]
    groups: list[set[int]] = []
    for one, other in numbers:
        touching = [group for group in groups if {one, other} & group]
        groups = [group for group in groups if group not in touching] + [{one, other}.union(*touching)]
    assert surplus(couples) == sum(len(group) - 1 for group in groups)
