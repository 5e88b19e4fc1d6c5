"""Promise 2: any record, any number of times, in any order, gives the same table."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sync_platform_tests.landing.writing import Seen, Writing

# The connection is the test's own and each example clears the tables first.
_EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

seconds = st.integers(0, 5)


def in_batches(observations: list[Seen]) -> st.SearchStrategy[list[list[Seen]]]:
    """The observations in any order, some of them again, cut into any batches."""

    def cut(order: list[Seen], cuts: list[bool]) -> list[list[Seen]]:
        batches: list[list[Seen]] = [[]]
        for item, new in zip(order, cuts, strict=False):
            if new:
                batches.append([])
            batches[-1].append(item)
        return [batch for batch in batches if batch]

    repeated = st.lists(st.sampled_from(observations), max_size=3).map(lambda again: observations + again)
    orders = repeated.flatmap(st.permutations)
    return st.builds(cut, orders, st.lists(st.booleans(), min_size=20, max_size=20))


def strict_histories() -> st.SearchStrategy[list[Seen]]:
    """A version has one content; it may be seen at several times."""
    seen = st.builds(lambda version, at: Seen(f"{version}.00", version, at), seconds, seconds)
    return st.lists(seen, min_size=1, max_size=5)


def histories_by_time(versions: st.SearchStrategy[int | None]) -> st.SearchStrategy[list[Seen]]:
    """At one moment there is one content; contents may come back."""
    seen = st.builds(
        lambda amount, version, at: Seen(f"{amount}.00", version, at), st.integers(1, 2), versions, seconds
    )
    return st.lists(seen, min_size=3, max_size=5, unique_by=lambda item: item.at)


@_EXAMPLES
@given(data=st.data())
def test_with_a_strict_version_the_highest_version_stays(writing: Writing, data: st.DataObject) -> None:
    """Faults A20, A24."""
    history = data.draw(strict_histories())
    writing.clear("sales")
    for batch in data.draw(in_batches(history)):
        writing.merge("sales", batch)
    newest = max(item.version for item in history)  # type: ignore[type-var]
    assert writing.landed("sales") == {"A": f"{newest}.00"}


@_EXAMPLES
@given(data=st.data())
def test_with_a_coarse_version_the_later_observation_of_the_highest_stays(
    writing: Writing,
    data: st.DataObject,
) -> None:
    history = data.draw(histories_by_time(st.integers(0, 2)))
    writing.clear("coarse_sales")
    for batch in data.draw(in_batches(history)):
        writing.merge("coarse_sales", batch)
    newest = max(history, key=lambda item: (item.version, item.at))
    assert writing.landed("coarse_sales") == {"A": newest.amount}


@_EXAMPLES
@given(data=st.data())
def test_without_a_version_the_latest_observation_stays(writing: Writing, data: st.DataObject) -> None:
    history = data.draw(histories_by_time(st.none()))
    writing.clear("loose_sales")
    for batch in data.draw(in_batches(history)):
        writing.merge("loose_sales", batch)
    newest = max(history, key=lambda item: item.at)
    assert writing.landed("loose_sales") == {"A": newest.amount}


@pytest.mark.parametrize("entity", ["coarse_sales", "loose_sales"])
def test_an_older_observation_that_arrives_late_does_not_undo_a_newer_one_of_equal_content(
    writing: Writing,
    entity: str,
) -> None:
    """1.00 was seen at 1 and again at 3; that it was 2.00 in between, at 2, is told last."""
    for seen in (Seen("1.00", 5, at=1), Seen("1.00", 5, at=3), Seen("2.00", 5, at=2)):
        writing.merge(entity, [seen])
    assert writing.landed(entity) == {"A": "1.00"}


def test_the_same_strict_version_with_other_content_is_a_conflict_and_changes_nothing(writing: Writing) -> None:
    """Fault A25."""
    writing.merge("sales", [Seen("1.00", 5, at=1)])
    merged = writing.merge("sales", [Seen("2.00", 5, at=2)])
    assert merged.counts.conflicts == 1
    assert [(record.record_key, record.source_version) for record in merged.conflicting] == [('["A"]', 5)]
    assert json.loads(merged.conflicting[0].payload)["amount"] == 2.00
    assert writing.landed("sales") == {"A": "1.00"}


def test_two_contents_of_one_strict_version_in_one_load_are_a_conflict(writing: Writing) -> None:
    merged = writing.merge("sales", [Seen("1.00", 5, at=1), Seen("2.00", 5, at=1)])
    assert [record.record_key for record in merged.repeats.conflicts] == ['["A"]']
    assert writing.landed("sales") == {"A": "1.00"}


def test_content_that_changes_without_its_coarse_version_is_counted(writing: Writing) -> None:
    writing.merge("coarse_sales", [Seen("1.00", 5, at=1)])
    counts = writing.merge("coarse_sales", [Seen("2.00", 5, at=2)]).counts
    assert (counts.updated, counts.changed_without_version) == (1, 1)


def test_a_record_that_moves_to_another_day_is_there_once(writing: Writing) -> None:
    writing.merge("sales", [Seen("1.00", 1, at=1)])
    counts = writing.merge("sales", [Seen("1.00", 2, at=2, day=date(2026, 11, 21))]).counts
    rows = writing.connection.execute("select id, _business_day from landing.till__sales").fetchall()
    assert (counts.moved, counts.left_days) == (1, (date(2026, 11, 20),))
    assert rows == [("A", date(2026, 11, 21))]


def test_amounts_that_are_equal_numbers_are_equal_content(writing: Writing) -> None:
    writing.merge("sales", [Seen("1.50", 5, at=1)])
    counts = writing.merge("sales", [Seen("1.5", 5, at=2)]).counts
    assert (counts.conflicts, counts.unchanged) == (0, 1)
