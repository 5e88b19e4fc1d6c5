"""The bisection alone, over any two sides: what differs is not left out, and the requests stay within their bound."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from math import ceil, log2

from hypothesis import given
from hypothesis import strategies as st

from sync_platform.contracts.figures import Figures
from sync_platform.declarations.partner_system import DEFS_FOLDER, Entity, read_partner_system
from sync_platform.landing.landed_figures import Spread
from sync_platform.partners.question import DayPart
from sync_platform.verification.search import ComparedPart, Sides, differing_parts

DAY = date(2026, 11, 16)
START = datetime(2026, 11, 16, tzinfo=UTC)
PAYMENTS = read_partner_system(DEFS_FOLDER / "payments").entity("payments")
Records = dict[int, tuple[int, int]]
"""By key: the second of the day, and the amount."""


def paged(size: int) -> Entity:
    pages = PAYMENTS.declaration.pages.model_copy(update={"size": size})
    return replace(PAYMENTS, declaration=PAYMENTS.declaration.model_copy(update={"pages": pages}))


@dataclass
class Day:
    """Two sides of a day; `asked` are the parts whose figures the partner was asked for."""

    there: Records
    here: Records
    asked: list[DayPart] = field(default_factory=list)

    def inside(self, records: Records, part: DayPart) -> list[tuple[int, int]]:
        return [
            (second, amount)
            for second, amount in records.values()
            if (part.since is None or START + timedelta(seconds=second) >= part.since)
            and (part.until is None or START + timedelta(seconds=second) < part.until)
        ]

    def figures(self, records: Records, part: DayPart) -> Figures:
        inside = self.inside(records, part)
        return Figures(len(inside), {"amount": Decimal(sum(amount for _, amount in inside))})

    def ask(self, part: DayPart) -> Figures:
        self.asked.append(part)
        return self.figures(self.there, part)

    def spread(self, part: DayPart) -> Spread:
        moments = sorted(START + timedelta(seconds=second) for second, _ in self.inside(self.here, part))
        if not moments:
            return Spread(0, None, None, None)
        return Spread(len(moments), moments[0], moments[(len(moments) - 1) // 2], moments[-1])

    def search(self, size: int) -> list[ComparedPart]:
        whole = DayPart(DAY)
        nothing = Figures(0, {"amount": Decimal(0)})
        compared = ComparedPart(whole, self.figures(self.there, whole), self.figures(self.here, whole), nothing)
        sides = Sides(
            partner=self.ask,
            landed=lambda part: self.figures(self.here, part),
            known=lambda _: nothing,
            spread=self.spread,
        )
        return differing_parts(paged(size), compared, sides)

    def reads(self, parts: list[ComparedPart], size: int) -> int:
        """Pages that reading these parts takes."""
        return sum(max(1, ceil(len(self.inside(self.there, one.part)) / size)) for one in parts)


records = st.dictionaries(
    st.integers(0, 200), st.tuples(st.integers(0, 86_399), st.integers(1, 500)), min_size=1, max_size=60
)


@given(here=records, lost=st.sets(st.integers(0, 200)), size=st.integers(1, 20))
def test_every_record_that_is_missing_here_is_in_a_part_that_is_read(here: Records, lost: set[int], size: int) -> None:
    day = Day(there=here, here={key: record for key, record in here.items() if key not in lost})
    missing = [record for key, record in here.items() if key in lost]

    parts = day.search(size)

    if missing:
        read = Counter(record for one in parts for record in day.inside(day.there, one.part))
        assert all(read[record] >= count for record, count in Counter(missing).items())
        assert sum((one.unexplained.count for one in parts), 0) == len(missing)


@given(there=records, here=records, size=st.integers(1, 20))
def test_the_requests_stay_within_their_bound_however_different_both_sides_are(
    there: Records, here: Records, size: int
) -> None:
    day = Day(there=there, here=here)

    parts = day.search(size)

    # The figures of the whole day come before: one request more.
    taken = 1 + len(day.asked) + day.reads(parts, size)
    assert len(day.asked) <= ceil(len(here) / size)
    assert taken <= 2 + 2 * ceil(len(here) / size) + ceil(len(there) / size)


@given(here=records, size=st.integers(1, 20))
def test_the_figures_of_the_parts_add_up_to_the_difference_of_the_day(here: Records, size: int) -> None:
    changed = {key: (second, amount + 1 if key % 3 == 0 else amount) for key, (second, amount) in here.items()}
    day = Day(there=changed, here=here)

    parts = day.search(size)

    assert sum(one.unexplained.sums["amount"] for one in parts) == sum(key % 3 == 0 for key in here)


def test_one_record_among_ten_thousand_takes_a_question_per_halving() -> None:
    there = {key: (key * 8, 100) for key in range(10_000)}
    day = Day(there=there, here={key: record for key, record in there.items() if key != 7_777})

    (part,) = day.search(100)

    assert len(day.asked) <= ceil(log2(10_000 / 100)) + 1 == 8
    assert len(day.inside(there, part.part)) <= 100
    assert there[7_777] in day.inside(there, part.part)


def test_records_of_one_moment_are_not_cut_apart_for_ever() -> None:
    there = dict.fromkeys(range(50), (3600, 100))
    day = Day(there=there, here={key: record for key, record in there.items() if key != 7})

    (part,) = day.search(10)

    assert day.asked == []
    assert part.part == DayPart(DAY)


def test_where_little_is_landed_of_much_it_is_read_and_not_asked_for_piece_by_piece() -> None:
    """Ten landed rows of a thousand: cutting between each two of them would take nine questions."""
    there = {key: (key * 80, 1) for key in range(1_000)}
    day = Day(there=there, here={key: there[key] for key in range(0, 1_000, 100)})

    day.search(5)

    assert len(day.asked) == 2


def test_of_a_day_of_which_nothing_is_landed_nothing_is_asked_but_its_records() -> None:
    day = Day(there={key: (key, 1) for key in range(50)}, here={})
    assert [one.part for one in day.search(10)] == [DayPart(DAY)]
    assert day.asked == []


def test_a_partner_that_cannot_be_asked_for_parts_of_a_day_leaves_the_whole_of_it() -> None:
    ledger = read_partner_system(DEFS_FOLDER / "ledger").entity("entries")
    day = Day(there={key: (key, 1) for key in range(5_000)}, here={1: (1, 1)})
    whole = ComparedPart(
        DayPart(DAY), day.figures(day.there, DayPart(DAY)), day.figures(day.here, DayPart(DAY)), Figures(0)
    )
    sides = Sides(partner=day.ask, landed=day.ask, known=day.ask, spread=day.spread)

    assert differing_parts(ledger, whole, sides) == [whole]
    assert day.asked == []
