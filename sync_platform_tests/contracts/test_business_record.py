"""What a contract may say of its business record, the rule that becomes of it, and what is refused at which line."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync_platform.contracts.contract import Rule, Severity
from sync_platform.errors import DeclarationError
from sync_platform_tests.contracts.given import VALID, contract_of

DECLARED = "{fields: [currency, total], lists: {lines: [sku, quantity]}, at: placed_at, within: 10m}"
PLACE = "      - {property: branch, value: branch}\n"


def with_record(value: str) -> str:
    assert VALID.count(PLACE) == 1
    return VALID.replace(PLACE, f"{PLACE}      - {{property: businessRecord, value: {value}}}  # here\n")


def test_it_becomes_a_rule_that_warns_and_says_what_it_compares(tmp_path: Path) -> None:
    rules = contract_of(tmp_path, with_record(DECLARED)).rules

    assert rules[-1] == Rule(
        name="business_duplicates",
        severity=Severity.WARNING,
        description="No two records of the day have the same currency, total, lines within 10m: that would be one "
        "record under two keys.",
        expectation="ExpectBusinessRecordOnce",
        arguments={
            "key": ["branch", "id"],
            "fields": ["currency", "total"],
            "lists": {"lines": ["sku", "quantity"]},
            "at": "placed_at",
            "within_seconds": 600.0,
        },
    )
    assert rules[:-1] == contract_of(tmp_path).rules


def test_lists_may_be_left_out(tmp_path: Path) -> None:
    rule = contract_of(tmp_path, with_record("{fields: [email], at: placed_at, within: 90s}")).rules[-1]
    assert (rule.arguments["lists"], rule.arguments["within_seconds"]) == ({}, 90.0)


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("[currency, total]", "needs fields, at and within"),
        ("{fields: [total], at: placed_at}", "needs fields, at and within"),
        ("{fields: [total], at: placed_at, within: 10m, before: x}", "needs fields, at and within"),
        ("{fields: [], at: placed_at, within: 10m}", "none of the key"),
        ("{fields: [id, total], at: placed_at, within: 10m}", "none of the key"),
        ("{fields: [amount], at: placed_at, within: 10m}", "businessRecord names 'amount'"),
        ("{fields: [lines], at: placed_at, within: 10m}", "businessRecord names 'lines'"),
        ("{fields: [total], at: total, within: 10m}", "businessRecord names 'total'"),
        ("{fields: [total], lists: {email: [a]}, at: placed_at, within: 10m}", "businessRecord names 'email'"),
        ("{fields: [total], lists: [lines], at: placed_at, within: 10m}", "lists is not a mapping"),
        ("{fields: [total], lists: {lines: sku}, at: placed_at, within: 10m}", "lists is not a mapping"),
        ("{fields: [total], at: placed_at, within: 10}", "10 is not a duration"),
    ],
)
def test_what_cannot_be_compared_is_refused_at_its_line(tmp_path: Path, value: str, says: str) -> None:
    text = with_record(value)
    (line,) = [number for number, one in enumerate(text.splitlines(), start=1) if "# here" in one]
    with pytest.raises(DeclarationError) as caught:
        contract_of(tmp_path, text)
    assert says in str(caught.value)
    assert caught.value.place == f"{tmp_path / 'contract.yaml'}:{line}"


def test_a_declared_rule_of_the_same_name_is_refused(tmp_path: Path) -> None:
    text = with_record(DECLARED).replace(
        "    properties:\n",
        "    quality:\n      - {name: business_duplicates, metric: rowCount, mustBeGreaterThan: 0}\n    properties:\n",
        1,
    )
    with pytest.raises(DeclarationError, match="two rules are named business_duplicates"):
        contract_of(tmp_path, text)
