"""The page of faults lists every row there is, names tests that exist, and leaves no gap without its reason."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
PAGE = TESTS.parent / "docs" / "faults.md"

ROWS = {"A": 43, "B": 20, "C": 12, "D": 13, "E": 21, "P": 11, "T": 6, "M": 5, "U": 3, "S": 7, "X": 15, "": 22}
"""Rows of each family, numbered from 1; those of the threats are numbers alone."""
STATES = ("tested", "partly", "not yet")
FEWEST_WORDS = 4
"""A reason that a user could do something with is not shorter."""


@dataclass(frozen=True)
class Row:
    """One line of a table. `tests` are `file::name` below this folder, `reason` is what else stands beside them."""

    id: str
    state: str
    tests: tuple[str, ...]
    reason: str


def rows_of(page: str) -> list[Row]:
    """Every row of the page's tables of faults, in the page's order."""
    rows = []
    for cells in _cells(page, 4):
        if cells[0] not in ("id", "---"):
            tests = tuple(re.findall(r"`([\w/.]+::\w+)`", cells[3]))
            reason = re.sub(r"`[\w/.]+::\w+`|<br>", " ", cells[3])
            rows.append(Row(id=cells[0], state=cells[2], tests=tests, reason=" ".join(reason.split())))
    return rows


def findings(page: str, *, expected: dict[str, int], folder: Path) -> list[str]:
    """What is wrong with the page, where `folder` holds the tests that it names."""
    rows = rows_of(page)
    ids = Counter(row.id for row in rows)
    wanted = {f"{family}{number}" for family, most in expected.items() for number in range(1, most + 1)}
    found = [f"{id_} is not listed" for id_ in sorted(wanted - ids.keys())]
    found += [f"{id_} is no row there is" for id_ in sorted(ids.keys() - wanted)]
    found += [f"{id_} is listed {times} times" for id_, times in ids.items() if times > 1]
    for row in rows:
        found += [f"{row.id} {what}" for what in _wrong_with(row, folder)]
    return found + _wrong_sums(page, rows, expected)


def _wrong_with(row: Row, folder: Path) -> Iterator[str]:
    if row.state not in STATES:
        yield f"has the state {row.state!r}; write one of {', '.join(STATES)}"
    if row.state == "not yet" and row.tests:
        yield "names a test: it is partly"
    if row.state in ("tested", "partly") and not row.tests:
        yield f"is {row.state} and names no test"
    if row.state == "tested" and row.reason:
        yield f"is tested and says what is missing: {row.reason}"
    if row.state in ("partly", "not yet") and len(row.reason.split()) < FEWEST_WORDS:
        yield f"is {row.state} without a reason"
    if re.search(r"#\d", row.reason):
        yield "names an issue instead of a reason"
    yield from (problem for test in row.tests if (problem := _wrong_test(folder, test)))


def _wrong_test(folder: Path, test: str) -> str | None:
    file, _, name = test.partition("::")
    if not (folder / file).is_file():
        return f"names {file}, which does not exist"
    marks = _tests_in(folder / file).get(name)
    if marks is None:
        return f"names {name}, which {file} does not have"
    if any(mark.startswith(("pytest.mark.skip(", "pytest.mark.xfail")) or mark == "pytest.mark.skip" for mark in marks):
        return f"names {name}, which never has to pass"
    return None


@cache
def _tests_in(file: Path) -> dict[str, list[str]]:
    """The test functions of a file, with their decorators as they are written."""
    return {
        node.name: [ast.unparse(decorator) for decorator in node.decorator_list]
        for node in ast.parse(file.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def _wrong_sums(page: str, rows: list[Row], expected: dict[str, int]) -> list[str]:
    """The page's own sums, family by family and over all."""
    told = [cells[1:] for cells in _cells(page, 5) if cells[1] not in ("rows", "---")]
    groups = [[row for row in rows if re.sub(r"\d", "", row.id) == family] for family in expected]
    counted = [_sums(group) for group in (*groups, rows)]
    pairs = zip_longest(told, counted, fillvalue=["nothing"])
    return [f"the sums {' '.join(one)} are {' '.join(other)}" for one, other in pairs if one != other]


def _sums(rows: list[Row]) -> list[str]:
    states = Counter(row.state for row in rows)
    return [str(number) for number in (len(rows), *(states[state] for state in STATES))]


def _cells(page: str, columns: int) -> Iterator[list[str]]:
    """The lines of the page's tables that have so many columns."""
    for line in page.splitlines():
        cells = [cell.strip() for cell in line.strip().removeprefix("|").removesuffix("|").split("|")]
        if line.startswith("|") and len(cells) == columns:
            yield cells


def test_every_fault_and_threat_is_listed_with_its_test_or_its_reason() -> None:
    assert findings(PAGE.read_text(encoding="utf-8"), expected=ROWS, folder=TESTS) == []


def test_there_are_156_faults_and_22_threats() -> None:
    ids = [row.id for row in rows_of(PAGE.read_text(encoding="utf-8"))]
    assert (sum(not id_.isdigit() for id_ in ids), sum(id_.isdigit() for id_ in ids)) == (156, 22)


FEW = {"A": 3, "": 1}
GOOD = """# Faults
| | rows | tested | partly | not yet |
|---|---|---|---|---|
| A: Answers | 3 | 1 | 1 | 1 |
| Threats | 1 | 0 | 0 | 1 |
| all | 4 | 1 | 1 | 2 |

| id | fault | state | shown by, missing, or why |
|---|---|---|---|
| A1 | too many | tested | `shop/test_asking.py::test_it_waits`<br>`shop/test_asking.py::test_it_asks_again` |
| A2 | a pause | partly | `shop/test_asking.py::test_it_waits`<br>There is no breaker yet. |
| A3 | another tenant | not yet | Records are not compared yet. |

| id | fault | state | shown by, missing, or why |
|---|---|---|---|
| 1 | a forged webhook | not yet | Webhooks are not taken in yet. |
"""
ASKING = """
import pytest
def test_it_waits(): assert True
def test_it_asks_again(): assert True
@pytest.mark.skip(reason="slow")
def test_it_sleeps(): assert True
@pytest.mark.xfail
def test_it_hopes(): assert True
def it_helps(): assert True
"""
WAITS, AGAIN = "`shop/test_asking.py::test_it_waits`", "`shop/test_asking.py::test_it_asks_again`"
NO_BREAKER, NOT_COMPARED = "<br>There is no breaker yet.", "Records are not compared yet."
# What is replaced in the good page, by what, and how a finding begins that there must be.
BAD = {
    "a row that is missing": ("| A3 |", "| A9 |", "A3 is not listed"),
    "a row nobody knows": ("| A3 |", "| A4 |", "A4 is no row there is"),
    "a row listed twice": ("| A3 |", "| A2 |", "A2 is listed 2 times"),
    "a state nobody knows": ("| not yet | Rec", "| done | Rec", "A3 has the state 'done'"),
    "a file that is gone": (
        WAITS + NO_BREAKER,
        "`shop/test_gone.py::test_it_waits`" + NO_BREAKER,
        "A2 names shop/test_gone.py, which does not exist",
    ),
    "a test that is gone": ("it_asks_again`", "it_asks_twice`", "A1 names test_it_asks_twice, which shop/test_asking"),
    "a function that is no test": ("::test_it_asks_again", "::it_helps", "A1 names it_helps, which shop/test_asking"),
    "a test that is skipped": ("it_asks_again`", "it_sleeps`", "A1 names test_it_sleeps, which never has to pass"),
    "a test that may fail": ("it_asks_again`", "it_hopes`", "A1 names test_it_hopes, which never has to pass"),
    "tested by nothing": (f"{WAITS}<br>{AGAIN}", "", "A1 is tested and names no test"),
    "tested by words": (AGAIN, "By hand.", "A1 is tested and says what is missing: By hand."),
    "partly without a reason": (NO_BREAKER, "", "A2 is partly without a reason"),
    "partly without a test": (WAITS + NO_BREAKER, NO_BREAKER, "A2 is partly and names no test"),
    "not yet without a reason": (NOT_COMPARED, "Later.", "A3 is not yet without a reason"),
    "not yet with a test": (NOT_COMPARED, f"{WAITS} {NOT_COMPARED}", "A3 names a test: it is partly"),
    "an issue for a reason": (NOT_COMPARED, "They are compared in #12.", "A3 names an issue"),
    "a wrong sum": ("| all | 4 | 1 |", "| all | 4 | 2 |", "the sums 4 2 1 2 are 4 1 1 2"),
    "a sum that is missing": ("| all | 4 | 1 | 1 | 2 |", "", "the sums nothing are 4 1 1 2"),
}


@pytest.fixture
def tests(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "test_asking.py").write_text(ASKING, encoding="utf-8")
    return tmp_path


def test_a_good_page_is_found_good(tests: Path) -> None:
    assert findings(GOOD, expected=FEW, folder=tests) == []


@pytest.mark.parametrize("case", BAD)
def test_a_page_with_one_thing_wrong_is_found(tests: Path, case: str) -> None:
    old, new, finding = BAD[case]
    assert GOOD.count(old) == 1

    found = findings(GOOD.replace(old, new), expected=FEW, folder=tests)

    assert [one for one in found if one.startswith(finding)]
