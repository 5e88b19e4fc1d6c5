"""Fields that are new, gone or of another type in the partner's records, by what the contract makes of unknown ones."""

from __future__ import annotations

from typing import Any

import pytest

from sync_platform.checks.result import RuleResult
from sync_platform.checks.schema_drift import judge_schema
from sync_platform.contracts.contract import Severity, UnknownFields
from sync_platform.contracts.day_profile import DayShape
from sync_platform.contracts.record_shape import MOST_PATHS, RecordShape, merged
from sync_platform_tests.drift.days import TODAY, ago, contract, profile, shape

READ = {"id": "id", "department": "product.department", "uom": "product.uom", "quantity": "quantity"}
USUAL = {
    "id": "string",
    "quantity": "number",
    "product": "object",
    "product.department": "string",
    "product.uom": "string",
    "till": "number",
}
COMPARED = "the 4 days 2026-11-16..2026-11-19"


def before(paths: dict[str, str] = USUAL, *, days: int = 4, version: str = "1.0.0") -> list[DayShape]:
    return [shape(ago(back), paths, looked=back + 1, version=version) for back in range(days, 0, -1)]


def judged(
    today: dict[str, str], *, mode: str = "evolve", history: list[DayShape] | None = None, **more: Any
) -> RuleResult:
    found, _ = judge_schema(
        contract(unknown=UnknownFields(mode)),
        shape(TODAY, today),
        before() if history is None else history,
        read=READ,
        **more,
    )
    assert found is not None
    return found


def without(*paths: str) -> dict[str, str]:
    return {path: type_ for path, type_ in USUAL.items() if path not in paths}


@pytest.mark.parametrize("mode", list(UnknownFields))
def test_the_same_fields_are_no_drift(mode: str) -> None:
    found = judged(USUAL, mode=mode)
    assert (found.passed, found.observed) == (True, f"the same fields as on {COMPARED}")


TOP, BESIDE_CRITICAL = {**USUAL, "loyalty": "object", "loyalty.points": "number"}, {**USUAL, "product.packs": "number"}
MODES = [
    ("evolve", TOP, True, Severity.INFO, False),
    ("freeze", TOP, False, Severity.WARNING, False),
    ("reject", TOP, False, Severity.CRITICAL, True),
    ("evolve", BESIDE_CRITICAL, True, Severity.INFO, False),
    ("freeze", BESIDE_CRITICAL, False, Severity.WARNING, False),
    ("reject", BESIDE_CRITICAL, False, Severity.CRITICAL, True),
    ("reject", {**USUAL, "customer": "object"} | {"customer.note": "string"}, False, Severity.CRITICAL, True),
]


@pytest.mark.parametrize(("mode", "today", "passed", "severity", "blocking"), MODES)
def test_a_new_field_is_noted_warned_of_or_holds_the_day(
    mode: str, today: dict[str, str], passed: bool, severity: Severity, blocking: bool
) -> None:
    """`quantity` is critical and stands at the top, `uom` in `product`: both objects hold a critical field."""
    found = judged(today, mode=mode)
    assert (found.passed, found.severity, found.blocking) == (passed, severity, blocking)


def test_a_new_field_away_from_critical_ones_holds_nothing() -> None:
    usual = {**USUAL, "extra": "object", "extra.colour": "string"}
    found = judged({**usual, "extra.size": "string"}, mode="reject", history=before(usual))
    assert (found.passed, found.severity, found.blocking) == (False, Severity.WARNING, False)
    assert found.observed == f"extra.size: new (string), not there on {COMPARED}"


def test_of_a_new_object_only_itself_is_told() -> None:
    assert judged(TOP, mode="freeze").observed == f"loyalty: new (object), not there on {COMPARED}"


def test_a_list_that_is_filled_for_the_first_time_is_not_new() -> None:
    usual = {**USUAL, "refunds": "array", "note": "null"}
    today = {**usual, "refunds[]": "object", "refunds[].id": "number", "note": "object", "note.text": "string"}
    assert judged(today, mode="freeze", history=before(usual)).passed


def test_a_field_that_the_contract_reads_is_not_unknown() -> None:
    assert judged(USUAL, mode="freeze", history=before(without("product.department"))).passed


def test_what_was_noted_once_is_known_the_next_day() -> None:
    days = [*before(), shape(ago(0), TOP, looked=0)]
    tomorrow = shape(ago(-1), TOP, looked=-1)
    found, _ = judge_schema(contract(), tomorrow, days, read=READ)
    assert found is not None
    assert found.observed.startswith("the same fields as on")


def test_frozen_fields_stay_unknown_until_the_contracts_version_is_raised() -> None:
    days = [*before(), shape(ago(0), TOP, looked=0)]
    frozen = contract(unknown=UnknownFields.FREEZE)
    tomorrow, _ = judge_schema(frozen, shape(ago(-1), TOP, looked=-1), days, read=READ)
    released, _ = judge_schema(frozen, shape(ago(-1), TOP, looked=-1, version="1.1.0"), days, read=READ)
    assert tomorrow is not None
    assert released is not None
    assert (tomorrow.passed, released.passed) == (False, True)


@pytest.mark.parametrize("mode", list(UnknownFields))
def test_a_field_that_is_gone_is_told_with_what_is_read_from_it(mode: str) -> None:
    found, gone = judge_schema(
        contract(unknown=UnknownFields(mode)), shape(TODAY, without("product.department")), before(), read=READ
    )
    assert found is not None
    assert found.observed == f"product.department: gone, department is read from it, in all records on {COMPARED}"
    assert (found.passed, gone) == (False, {"department"})


def test_with_an_object_all_that_is_read_below_it_is_gone() -> None:
    _, gone = judge_schema(
        contract(), shape(TODAY, without("product", "product.department", "product.uom")), before(), read=READ
    )
    assert gone == {"department", "uom"}


def test_a_renamed_field_is_told_as_both() -> None:
    found = judged({**without("product.department"), "product.dept": "string"})
    assert "product.department: gone" in found.observed
    assert "product.dept: new (string)" in found.observed


def test_a_field_of_which_the_day_has_values_is_not_gone() -> None:
    """The few records that are looked at may all lack it."""
    assert judged(without("product.department"), profile=profile()).passed
    assert not judged(without("product.department"), profile=profile(department={}, nulls=1000)).passed


def test_a_field_that_some_records_lack_is_never_gone() -> None:
    some = [
        DayShape(one.day, one.contract_version, one.observed_at, 10, {**one.paths, "coupon": {"string": 4}})
        for one in before()
    ]
    assert judged(USUAL, history=some).passed


def test_another_json_type_is_told() -> None:
    found = judged({**USUAL, "quantity": "string"})
    assert found.observed == f"quantity: now string, number on {COMPARED}"
    assert judged({**USUAL, "quantity": "null"}).passed


def test_one_odd_record_is_no_other_type() -> None:
    today = shape(TODAY, USUAL)
    odd = {**today.paths, "quantity": {"number": 9, "string": 1}}
    found, _ = judge_schema(contract(), DayShape(TODAY, "1.0.0", today.observed_at, 10, odd), before(), read=READ)
    assert found is not None
    assert found.passed


def test_the_first_records_are_learnt_from() -> None:
    found = judged(USUAL, history=[])
    assert (found.passed, found.severity) == (True, Severity.INFO)
    assert found.observed.startswith("learning")


def test_a_load_without_records_says_so() -> None:
    found, gone = judge_schema(contract(), None, before(), read=READ)
    assert found is not None
    assert (found.passed, found.observed, gone) == (True, "no record came whose fields could be looked at", set())


def seen(*records: bytes) -> RecordShape:
    looked = RecordShape()
    looked.look_at_page(records)
    return looked


def test_paths_and_types_are_kept_and_no_value() -> None:
    looked = seen(b'{"id": 1, "name": null, "lines": [{"sku": "A"}, {"sku": "B"}], "ok": true, "net": 1.5}')
    assert looked.paths == {
        "id": {"number": 1},
        "name": {"null": 1},
        "lines": {"array": 1},
        "lines[]": {"object": 2},
        "lines[].sku": {"string": 2},
        "ok": {"boolean": 1},
        "net": {"number": 1},
    }


def test_a_key_that_is_data_is_not_kept() -> None:
    assert set(seen(b'{"by_mail": {"ann@example.org": 1}}').paths) == {"by_mail", "by_mail.*"}


def test_five_records_of_the_first_page_are_looked_at_and_one_of_each_later_one() -> None:
    looked = RecordShape()
    for _ in range(3):
        looked.look_at_page([b'{"id": %d}' % number for number in range(1000)])
    assert looked.samples == 7


def test_hostile_records_cost_no_more_than_their_share() -> None:
    looked = seen(b"[" * 100_000, b"{", b"\xff", b"[1]", b'{"a":' * 60 + b"1" + b"}" * 60)
    assert (looked.samples, max(path.count(".") for path in looked.paths)) == (1, 5)
    many = seen(b"{%s}" % b",".join(b'"k%d": 1' % number for number in range(10_000)))
    assert (len(many.paths), many.cut) == (MOST_PATHS, True)


def test_shapes_add_up() -> None:
    assert merged({"a": {"string": 1}}, {"a": {"null": 2}, "b": {"number": 1}}) == {
        "a": {"string": 1, "null": 2},
        "b": {"number": 1},
    }
