"""A step to a newer version is refused where readers would break, or were not told when the old one ends."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync_platform.contracts.contract import Contract
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.semantic_version import Level
from sync_platform.contracts.version_step import Step, step_between
from sync_platform_tests.contracts.given import VALID

Edit = tuple[str, str]

UNIT: Edit = ("value: LKR}", "value: cents}")
FIELD: Edit = ("      - name: lines\n", "      - {name: colour, logicalType: string}\n      - name: lines\n")
WORDS: Edit = ("description: What is owed.", "description: What the customer owes.")
UNREAD: Edit = ("kind: DataContract\n", "kind: DataContract\ndomain: retail\n")
END: Edit = ("slaProperties:\n", 'slaProperties:\n  - {property: endOfSupport, value: "2027-03-31"}\n')


def at(version: str) -> Edit:
    return ("version: 1.2.0", f"version: {version}")


@pytest.fixture
def step(tmp_path: Path) -> object:
    """A step from the valid contract, 1.2.0, with one set of edits to one with another."""

    def between(before: tuple[Edit, ...], after: tuple[Edit, ...], ends_on: date | None = None) -> Step:
        return step_between(made(tmp_path / "old", *before), made(tmp_path / "new", *after), ends_on=ends_on)

    return between


def made(folder: Path, *edits: Edit) -> Contract:
    text = VALID
    for old, new in edits:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    folder.mkdir()
    (folder / "orders.yaml").write_text(text, encoding="utf-8")
    return read_contract(folder / "orders.yaml")


# Edits of the older and of the newer one; the part that must be raised and the one that is; words of each problem.
STEPS: dict[str, tuple[tuple[Edit, ...], tuple[Edit, ...], Level | None, Level | None, list[str]]] = {
    "nothing, and the same number": ((), (), None, None, []),
    "nothing, and a new number": ((), (at("1.2.1"),), None, Level.PATCH, []),
    "words in a patch": ((), (WORDS, at("1.2.1")), Level.PATCH, Level.PATCH, []),
    "words in a minor": ((), (WORDS, at("1.3.0")), Level.PATCH, Level.MINOR, []),
    "words that are not read": ((), (UNREAD, at("1.2.1")), Level.PATCH, Level.PATCH, []),
    "a field in a minor": ((), (FIELD, at("1.3.0")), Level.MINOR, Level.MINOR, []),
    "a breaking change in a major, with the end of the old": (
        (END,),
        (UNIT, at("2.0.0")),
        Level.MAJOR,
        Level.MAJOR,
        [],
    ),
    "words under the old number": ((), (WORDS,), Level.PATCH, None, ["shop-orders 1.2.0 is released, and was changed"]),
    "words that are not read, under the old number": (
        (),
        (UNREAD,),
        Level.PATCH,
        None,
        ["was changed afterwards in domain: that leaves the data as it is. Write version: 1.2.1."],
    ),
    "a field in a patch": (
        (),
        (FIELD, at("1.2.1")),
        Level.MINOR,
        Level.PATCH,
        [
            "1.2.1 raises 1.2.0 too little for fields.colour: that gives readers more, or a firmer promise. "
            "Write version: 1.3.0."
        ],
    ),
    "a breaking change in a minor": (
        (),
        (UNIT, at("1.3.0")),
        Level.MAJOR,
        Level.MINOR,
        ["1.3.0 raises 1.2.0 too little for fields.total.unit: that breaks who reads it. Write version: 2.0.0, "],
    ),
    "a breaking change in a major, without the end of the old": (
        (),
        (UNIT, at("2.0.0")),
        Level.MAJOR,
        Level.MAJOR,
        ["2.0.0 follows 1.x, whose end nobody has announced. First announce the end of 1.x"],
    ),
    "a major for nothing still needs the end of the old": (
        (),
        (at("2.0.0"),),
        None,
        Level.MAJOR,
        ["whose end nobody has announced"],
    ),
    "an older number": (
        (FIELD, at("1.3.0")),
        (),
        Level.MAJOR,
        None,
        ["shop-orders 1.2.0 is older than 1.3.0, which is released."],
    ),
}


@pytest.mark.parametrize(("before", "after", "needed", "given", "problems"), STEPS.values(), ids=STEPS)
def test_a_step_is_held_against_what_it_needs(
    step,
    before: tuple[Edit, ...],
    after: tuple[Edit, ...],
    needed: Level | None,
    given: Level | None,
    problems: list[str],
) -> None:
    taken = step(before, after)

    assert (taken.needed, taken.given) == (needed, given)
    assert len(taken.problems) == len(problems), taken.problems
    for problem, words in zip(taken.problems, problems, strict=True):
        assert words in str(problem)


def test_an_end_that_a_later_version_of_the_old_major_announced_counts(step) -> None:
    taken = step((), (UNIT, at("2.0.0")), ends_on=date(2027, 3, 31))

    assert taken.problems == ()
    assert taken.ends_on == date(2027, 3, 31)


def test_the_remedy_of_a_breaking_change_says_the_version_and_the_end_to_announce(step) -> None:
    (problem,) = step((), (UNIT, at("1.3.0"))).problems

    assert problem.remedy == (
        "Write version: 2.0.0, announce the end of 1.x: give 1.2.0 a slaProperty {property: endOfSupport, "
        'value: "<last day>"} and release that as 1.3.0; or take the change back.'
    )


def test_where_the_end_is_announced_the_remedy_of_a_breaking_change_is_the_version_alone(step) -> None:
    (problem,) = step((END,), (END, UNIT, at("1.3.0"))).problems

    assert problem.remedy == "Write version: 2.0.0; or take the change back."


def test_words_that_are_not_read_are_told_by_where_they_stand(step) -> None:
    (change,) = step((), (UNREAD, at("1.2.1"))).changes

    assert (change.path, change.breaking, change.why) == ("domain", False, "words that the platform does not read")
