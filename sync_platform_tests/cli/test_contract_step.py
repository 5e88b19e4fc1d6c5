"""Every kind of change can be printed, for people and as JSON."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest
from rich.console import Console

from sync_platform.cli.answer import print_object
from sync_platform.cli.contract_step import step_object, step_text, words_of
from sync_platform.contracts.contract import Consumer, Contract, Owner
from sync_platform.contracts.version_step import step_between
from sync_platform_tests.contracts.test_difference import BASE, CASES, with_field, with_rule


@pytest.mark.parametrize("case", CASES)
def test_every_kind_of_change_is_told_in_both_forms(case: str, capsys: pytest.CaptureFixture[str]) -> None:
    after, path, kind, level, touched = CASES[case]
    step = step_between(BASE, after)

    print_object(step_object("till/stock", step))
    (change,) = json.loads(capsys.readouterr().out)["changes"]
    printed = io.StringIO()
    step_text(Console(file=printed, width=300), "till/stock", step)

    assert (change["path"], change["kind"], change["level"]) == (path, kind.value, level.word)
    assert change["consumers"] == list(touched)
    for words in (f"{level.word:7}{path} {kind}", *touched):
        assert words in printed.getvalue()


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, ""),
        (list, "list"),
        (date(2027, 3, 31), "2027-03-31"),
        (("sku", "town"), "sku, town"),
        ({"min_value": 1, "value_set": ["a", "b"]}, "min_value: 1; value_set: a, b"),
        (BASE.freshness.max_age, "15m"),
        (BASE.max_rejected, "0.05"),
        (Owner("Stores", ("ann",)), "Stores, ann"),
        (Consumer("Copy"), "all fields"),
        (Consumer("Age", ()), "no field"),
        (Consumer("Totals", ("sku",)), "sku"),
    ],
)
def test_a_value_is_said_in_few_words(value: object, words: str) -> None:
    assert words_of(value) == words


def told(before: Contract, after: Contract) -> tuple[str, object]:
    """A change's first line for people, and the value after it in the JSON."""
    step = step_between(before, after)
    printed = io.StringIO()
    step_text(Console(file=printed, width=400), "till/stock", step)
    return printed.getvalue().splitlines()[1], step_object("till/stock", step)["changes"][0]["after"]


def test_a_long_value_is_cut_for_people_and_whole_in_the_json() -> None:
    many = tuple(f"value {number}" for number in range(40))

    line, value = told(BASE, with_field("state", valid_values=many))

    assert value == many
    assert line.endswith("open, closed to value 0, value 1, value 2, value 3, value 4, value 5, value…")


def test_of_two_long_lists_people_are_told_what_differs() -> None:
    forty = tuple(f"value {number}" for number in range(40))
    before, more = (with_field("state", valid_values=values) for values in (forty, (*forty, "lost")))

    assert told(before, more)[0] == "major  fields.state.valid_values changed: nothing to lost"
    assert told(more, before)[0] == "minor  fields.state.valid_values changed: lost to nothing"


def test_of_two_short_values_people_are_told_both() -> None:
    values = ("open", "closed", "lost")

    line, value = told(BASE, with_field("state", valid_values=values))

    assert line == "major  fields.state.valid_values changed: open, closed to open, closed, lost"
    assert value == values


def test_of_long_arguments_of_a_rule_people_are_told_those_that_differ() -> None:
    query = "SELECT count(*) FROM {table} WHERE a <> b AND c <> d AND e <> f"
    before, after = (with_rule("size", arguments={"query": query, "max_value": bound}) for bound in (50, 51))

    line, value = told(before, after)

    assert line == "major  rules.size.arguments changed: max_value: 50 to max_value: 51"
    assert value == {"query": query, "max_value": 51}
