"""A contract names who reads it and when it ends; a mistake in that names file, line and remedy."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync_platform.contracts.contract import Consumer
from sync_platform.errors import DeclarationError
from sync_platform_tests.contracts.given import WRONG, contract_of, line_of_mark, with_change

PLACE = "      - {property: maxRejected, value: 2.5%}\n"
SLA = '  - {property: timeOfAvailability, value: "09:00"}\n'


def with_consumers(value: str) -> str:
    return with_change(PLACE, f"{PLACE}      - property: consumers\n        value: {value}\n")


def with_promise(line: str) -> str:
    return with_change(SLA, f"{SLA}  - {line}\n")


def test_consumers_are_read_with_their_fields_and_whom_to_tell(tmp_path: Path) -> None:
    contract = contract_of(
        tmp_path,
        with_consumers(
            "[{name: Totals, fields: [total, currency], notify: [ann, bob]}, {name: Copy}, {name: Age, fields: []}]"
        ),
    )

    assert contract.consumers == (
        Consumer("Totals", ("total", "currency"), ("ann", "bob")),
        Consumer("Copy", None, ()),
        Consumer("Age", (), ()),
    )
    totals, copy, age = contract.consumers
    assert [one.reads("total") for one in (totals, copy, age)] == [True, True, False]
    assert [one.reads("email") for one in (totals, copy, age)] == [False, True, False]


def test_a_contract_without_consumers_has_none(tmp_path: Path) -> None:
    assert contract_of(tmp_path).consumers == ()


# What stands as the value (the error must name the marked line), and words of message and remedy.
WRONG_CONSUMERS = {
    "a field that is not there": (
        f"\n          - name: Totals\n            fields:\n              - total\n              - totl {WRONG}",
        "Totals reads 'totl', which is no field",
        "total, currency",
    ),
    "no name": (f"\n          - fields: [total] {WRONG}", "a consumer has no name", "name: Stock comparison"),
    "a name that is no text": (f"\n          - name: [a] {WRONG}", "a consumer has no name", "name: Stock comparison"),
    "an unknown key": (
        f"\n          - name: Totals\n            reads: [total] {WRONG}",
        "no 'reads'",
        "fields, notify",
    ),
    "twice": (f"\n          - name: Totals\n          - name: Totals {WRONG}", "Totals is there twice", "rename"),
    "fields that are no list": (
        f"\n          - name: Totals\n            fields: total {WRONG}",
        "no list",
        "fields: [",
    ),
    "notify that is no list": (f"\n          - name: Totals\n            notify: [1] {WRONG}", "no list", "notify: ["),
    "no list at all": (f"Totals {WRONG}", "consumers is not a list", "name: Stock comparison"),
}


@pytest.mark.parametrize(("value", "message", "remedy"), WRONG_CONSUMERS.values(), ids=WRONG_CONSUMERS)
def test_a_wrong_consumer_names_its_line_and_the_remedy(tmp_path: Path, value: str, message: str, remedy: str) -> None:
    text = with_consumers(value)

    with pytest.raises(DeclarationError) as caught:
        contract_of(tmp_path, text)

    assert message in str(caught.value)
    assert remedy in (caught.value.remedy or "")
    assert caught.value.place == f"{tmp_path / 'contract.yaml'}:{line_of_mark(text)}"


@pytest.mark.parametrize("name", ["endOfSupport", "endOfLife"])
def test_the_end_of_a_contract_is_a_day(tmp_path: Path, name: str) -> None:
    contract = contract_of(tmp_path, with_promise(f'{{property: {name}, value: "2027-03-31"}}'))

    assert contract.ends_on == date(2027, 3, 31)
    assert contract_of(tmp_path).ends_on is None


WRONG_ENDS = {
    "no day": ("{property: endOfLife, value: soon}", "endOfLife 'soon' is no day", '"2027-03-31"'),
    "a moment": ('{property: endOfLife, value: "2027-03-31T09:00:00Z"}', "is no day", '"2027-03-31"'),
    "without quotes": ("{property: endOfLife, value: 2027-03-31}", "slaProperties.0.value", '"2027-03-31"'),
}


@pytest.mark.parametrize(("promise", "message", "remedy"), WRONG_ENDS.values(), ids=WRONG_ENDS)
def test_an_end_that_is_no_day_names_its_line_and_the_remedy(
    tmp_path: Path, promise: str, message: str, remedy: str
) -> None:
    text = with_promise(f"{promise} {WRONG}")

    with pytest.raises(DeclarationError) as caught:
        contract_of(tmp_path, text)

    assert message.replace(".0.", ".2.") in str(caught.value)
    assert remedy in (caught.value.remedy or "")
    assert str(caught.value.place).endswith(f":{line_of_mark(text)}")


def test_of_two_ends_nobody_could_tell_which_counts(tmp_path: Path) -> None:
    both = '{property: endOfSupport, value: "2027-03-31"}\n  - {property: endOfLife, value: "2027-06-30"} ' + WRONG
    text = with_promise(both)

    with pytest.raises(DeclarationError, match="the contract ends twice") as caught:
        contract_of(tmp_path, text)

    assert str(caught.value.place).endswith(f":{line_of_mark(text)}")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("version: 1.2.0", f"version: 1.2.0-beta {WRONG}", "'1.2.0-beta' is not a version"),
        ("version: 1.2.0", f'version: "1.2" {WRONG}', "'1.2' is not a version"),
        ("status: active", f"status: actve {WRONG}", "status is 'actve'"),
    ],
)
def test_a_version_or_status_that_nobody_knows_names_its_line(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = with_change(old, new)

    with pytest.raises(DeclarationError, match=message) as caught:
        contract_of(tmp_path, text)

    assert str(caught.value.place).endswith(f":{line_of_mark(text)}")
