"""What a declaration says of figures: it becomes a question that suits the day's, or its line is named."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sync_platform.declarations.partner_system import find_entity, read_partner_systems
from sync_platform.errors import DeclarationError
from sync_platform.partners.question import DayPart, first_request
from sync_platform_tests.declarations.given import VALID, WRONG, line_of_mark, system_of, with_change

PLACE = "      poll: 10s\n"
WINDOWS = "{from: {param: a}, to: {param: b}, field: sold_at}"


def declared(verify: str) -> str:
    """The valid declaration with `verify` for its sales."""
    return with_change(PLACE, f"{PLACE}      verify: {verify}\n")


def test_nothing_more_than_that_it_may_be_asked_has_to_be_declared(tmp_path: Path) -> None:
    verify = system_of(tmp_path, declared("{}")).entities[0].declaration.verify

    assert verify is not None
    assert (verify.totals, verify.windows, verify.since) == (None, None, None)
    assert system_of(tmp_path / "none", VALID).entities[0].declaration.verify is None


def test_totals_windows_and_the_first_day_are_read(tmp_path: Path) -> None:
    text = declared(f"{{totals: {{path: /sum, count: n}}, windows: {WINDOWS}, since: 2026-11-01}}")
    verify = system_of(tmp_path, text).entities[0].declaration.verify

    assert verify is not None
    assert verify.totals is not None
    assert verify.windows is not None
    assert (verify.totals.path, verify.totals.count, verify.totals.sums) == ("/sum", "n", {})
    assert (verify.windows.start.param, verify.windows.end.param, verify.windows.field) == ("a", "b", "sold_at")
    assert verify.since == date(2026, 11, 1)


WRONG_VERIFY = {
    "a misspelt key": (f"{{total: {{path: /sum}}}} {WRONG}", "entities.0.verify.total: Extra inputs"),
    "totals without a count": (f"{{totals: {{path: /sum}}}} {WRONG}", "verify.totals.count: Field required"),
    "a window with one end": (
        f"{{windows: {{from: {{param: a}}, field: sold_at}}}} {WRONG}",
        "windows.to: Field required",
    ),
    "a window of whole days": (
        f"{{windows: {{from: {{param: a, format: date}}, to: {{param: b}}, field: sold_at}}}} {WRONG}",
        "a date cannot cut a day",
    ),
    "a window's field not in the contract": (
        f"{{windows: {{from: {{param: a}}, to: {{param: b}}, field: solt_at}}}} {WRONG}",
        "verify names 'solt_at', which the contract sales.yaml does not have",
    ),
    "a window's field that is no moment": (
        f"{{windows: {{from: {{param: a}}, to: {{param: b}}, field: status}}}} {WRONG}",
        "status is no timestamp",
    ),
    "a window's field that may be missing": (
        f"{{windows: {{from: {{param: a}}, to: {{param: b}}, field: changed_at}}}} {WRONG}",
        "changed_at may be missing",
    ),
    "a sum of nothing in the contract": (
        f"{{totals: {{path: /sum, count: n, sums: {{amount: a}}}}}} {WRONG}",
        "verify names 'amount', which the contract sales.yaml does not have",
    ),
    "a sum of text": (
        f"{{totals: {{path: /sum, count: n, sums: {{status: a}}}}}} {WRONG}",
        "status cannot be summed: status is text",
    ),
    "a sum over the items of no list": (
        f'{{totals: {{path: /sum, count: n, sums: {{"status[].debit": a}}}}}} {WRONG}',
        "status[].debit cannot be summed: status is text",
    ),
    "a variable without a body": (
        "{windows: {from: {variable: a}, to: {param: b}, field: sold_at}}",
        "the window's variable {a} needs a body that holds it",
    ),
}


@pytest.mark.parametrize(("verify", "message"), WRONG_VERIFY.values(), ids=WRONG_VERIFY)
def test_a_wrong_way_to_ask_names_its_line_and_a_remedy(tmp_path: Path, verify: str, message: str) -> None:
    text = declared(verify)

    with pytest.raises(DeclarationError) as caught:
        system_of(tmp_path, text)

    assert message in str(caught.value)
    assert caught.value.remedy
    if WRONG in text:
        assert caught.value.place == f"{tmp_path / 'defs.yaml'}:{line_of_mark(text)}"


def test_a_partner_that_counts_nothing_cannot_be_asked_how_many(tmp_path: Path) -> None:
    text = declared("{}").replace(", total: total}", "}")

    with pytest.raises(DeclarationError, match=r"nothing says how many records a day has\. Declare pages\.total"):
        system_of(tmp_path, text)


def test_a_state_entity_has_no_settled_days(tmp_path: Path) -> None:
    text = with_change('      records: "@"\n', '      records: "@"\n      verify: {}\n')

    with pytest.raises(DeclarationError, match=r"till/stock is a state entity: what it was on a settled day"):
        system_of(tmp_path, text)


SYSTEMS = read_partner_systems()
DAY = date(2026, 11, 20)
FROM, TO = datetime(2026, 11, 20, 4, 30, tzinfo=UTC), datetime(2026, 11, 20, 5, 30, tzinfo=UTC)
# Beside the page. The parts of a day are cut within the day's own bounds, so that those are replaced where they are
# the same parameters.
PARTS = {
    "pos/sales": ({"businessDate": "2026-11-20"}, "modifiedSince", "1795149000000", "modifiedBefore", "1795152600000"),
    "shop/orders": ({}, "after", "2026-11-20T04:29:59", "before", "2026-11-20T05:30:00"),
    "payments/payments": ({}, "created[gte]", "1795149000", "created[lt]", "1795152600"),
}
PAGING = {"page", "pageSize", "per_page", "limit", "dates_are_gmt", "orderby", "order"}


@pytest.mark.parametrize("address", PARTS)
def test_a_part_of_a_day_is_asked_for_with_the_days_own_question(address: str) -> None:
    _, entity = find_entity(SYSTEMS, address)
    beside, since, first, until, last = PARTS[address]

    def asked(part: DayPart) -> list[tuple[str, str]]:
        return sorted(pair for pair in first_request(entity, part).params if pair[0] not in PAGING)

    whole = dict(asked(DayPart(DAY)))
    assert asked(DayPart(DAY, since=FROM, until=TO)) == sorted({**beside, since: first, until: last}.items())
    assert asked(DayPart(DAY, until=TO)) == sorted({**whole, until: last}.items())
    assert asked(DayPart(DAY, since=FROM)) == sorted({**whole, since: first}.items())


def test_who_cannot_be_asked_for_a_part_of_a_day_says_so() -> None:
    _, entity = find_entity(SYSTEMS, "ledger/entries")

    with pytest.raises(DeclarationError, match=r"cannot be asked for a part of a day\. Declare verify\.windows"):
        first_request(entity, DayPart(DAY, since=FROM))
