"""The till does what the tests believe it does."""

from __future__ import annotations

import json
from urllib.request import urlopen

from sync_platform_tests.till.till import TODAY, YESTERDAY, Till, milliseconds, sale


def ask(till: Till, path: str) -> dict[str, object]:
    with urlopen(till.url + path, timeout=5) as answer:
        return dict(json.load(answer))


def ids(document: dict[str, object]) -> list[str]:
    return [record["id"] for record in document["sales"]]  # type: ignore[attr-defined]


def test_the_till_gives_a_day_in_pages_with_its_total(till: Till) -> None:
    till.has_sales(sale("A"), sale("B"), sale("C"), sale("Z", day=YESTERDAY))
    first, second = (ask(till, f"/sales?day={TODAY}&size=2&page={page}") for page in (1, 2))
    assert (ids(first), ids(second), first["total"]) == (["A", "B"], ["C"], 3)


def test_the_till_gives_changes_from_since_to_before_until_in_order_of_time(till: Till) -> None:
    till.has_sales(sale("A", at=3), sale("B", at=2), sale("C", at=1), sale("D", at=4))
    assert ids(ask(till, f"/sales?since={milliseconds(2)}&until={milliseconds(4)}")) == ["B", "A"]


def test_a_late_commit_is_seen_when_its_time_has_come(till: Till, clock) -> None:
    till.commits_late(sale("A"), visible_in=3)
    assert ids(ask(till, "/sales")) == []
    clock.advance(3)
    assert ids(ask(till, "/sales")) == ["A"]
