"""What changed between two versions of a contract, how heavy each change is, and whom it touches."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sync_platform.contracts import difference
from sync_platform.contracts.change import Change, ChangeKind
from sync_platform.contracts.contract import (
    Consumer,
    Contract,
    EntityKind,
    Field,
    FieldType,
    Freshness,
    JsonType,
    Owner,
    Rule,
    Severity,
    SourceVersion,
    UnknownFields,
    VersionKind,
)
from sync_platform.contracts.difference import NOT_COMPARED, compare
from sync_platform.contracts.field_difference import COMPARED_APART, FIELD_JUDGES
from sync_platform.contracts.rule_difference import COMPARED
from sync_platform.contracts.semantic_version import Level
from sync_platform.contracts.time_format import TimeFormat

MAJOR, MINOR, PATCH = Level.MAJOR, Level.MINOR, Level.PATCH
ADDED, REMOVED, CHANGED = ChangeKind.ADDED, ChangeKind.REMOVED, ChangeKind.CHANGED

STOCK, TILL, REPORT, COPY = "Stock comparison", "Till balance", "Freshness report", "Copy of everything"
ALL = (STOCK, TILL, REPORT, COPY)


def text(name: str, **more: Any) -> Field:
    return Field(name=name, type=FieldType.TEXT, required=False, description="", **more)


def number(name: str, **more: Any) -> Field:
    return Field(name=name, type=FieldType.DECIMAL, required=False, description="", **more)


def rule(name: str, severity: Severity, *, column: str | None = None, expectation: str = "X", **arguments: Any) -> Rule:
    return Rule(name, severity, "What holds.", expectation=expectation, arguments=arguments, column=column)


BASE = Contract(
    id="pos-stock",
    version="1.0.0",
    entity="stock",
    kind=EntityKind.EVENT,
    title="Stock",
    description="What is there.",
    fields=(
        text("sku"),
        number("units", unit="pieces", precision=12, scale=2, minimum=Decimal(0), maximum=Decimal(100)),
        text("state", critical=True, valid_values=("open", "closed"), min_length=1, max_length=9, pattern="^[a-z]+$"),
        replace(text("town"), personal=True),
        Field("changed_at", FieldType.TIMESTAMP, required=True, description="", time_format=TimeFormat.OFFSET),
        Field("lines", FieldType.JSON, required=False, description="", json_type=JsonType.LIST),
    ),
    key=("sku",),
    source_version=SourceVersion(VersionKind.COARSE, ("changed_at",)),
    business_day_field="changed_at",
    as_of_field="changed_at",
    branch_field="town",
    max_rejected=Decimal("0.05"),
    rules=(
        rule("state_known", Severity.CRITICAL, column="state", value_set=["open", "closed"]),
        rule("few_missing", Severity.CRITICAL, column="units", mostly=0.9),
        rule("size", Severity.CRITICAL, min_value=1, max_value=50),
        rule("adds_up", Severity.CRITICAL, query="select 1 from {table}"),
        rule("plausible", Severity.WARNING, column="units", max_value=10),
    ),
    freshness=Freshness(max_age=timedelta(minutes=15), closed_by="09:00"),
    owner=Owner("Stores", ("store-ops",)),
    tags=("stock",),
    file=Path("stock.yaml"),
    status="active",
    consumers=(
        Consumer(STOCK, ("sku", "units"), ("shop-ops",)),
        Consumer(TILL, ("state",)),
        Consumer(REPORT, ()),
        Consumer(COPY),
    ),
    ends_on=date(2027, 3, 31),
)


def with_field(name: str, **changes: Any) -> Contract:
    changed = tuple(replace(field, **changes) if field.name == name else field for field in BASE.fields)
    return replace(BASE, fields=changed)


def with_rule(name: str, **changes: Any) -> Contract:
    changed = tuple(replace(one, **changes) if one.name == name else one for one in BASE.rules)
    return replace(BASE, rules=changed)


def without_rule(name: str) -> Contract:
    return replace(BASE, rules=tuple(one for one in BASE.rules if one.name != name))


NEW_FIELD = text("colour")
UNITS, STATE = (STOCK, COPY), (TILL, COPY)
Case = tuple[Contract, str, ChangeKind, Level, tuple[str, ...]]

# What the newer version is, and the one change that there must be: path, kind, level, whom it touches.
CASES: dict[str, Case] = {
    "another id": (replace(BASE, id="pos-stocks"), "id", CHANGED, MAJOR, ALL),
    "another entity": (replace(BASE, entity="stocks"), "entity", CHANGED, MAJOR, ALL),
    "an event becomes a state": (replace(BASE, kind=EntityKind.STATE), "kind", CHANGED, MAJOR, ALL),
    "another title": (replace(BASE, title="Stocks"), "title", CHANGED, PATCH, ()),
    "another description": (replace(BASE, description="All of it."), "description", CHANGED, PATCH, ()),
    "another key": (replace(BASE, key=("sku", "town")), "key", CHANGED, MAJOR, ALL),
    "another day field": (replace(BASE, business_day_field="other"), "business_day_field", CHANGED, MAJOR, ALL),
    "another as_of": (replace(BASE, as_of_field="other"), "as_of_field", CHANGED, MAJOR, ALL),
    "no as_of any more": (replace(BASE, as_of_field=None), "as_of_field", REMOVED, MAJOR, ALL),
    "another branch field": (replace(BASE, branch_field="state"), "branch_field", CHANGED, MAJOR, ALL),
    "no branches any more": (replace(BASE, branch_field=None), "branch_field", REMOVED, MAJOR, ALL),
    "more may be rejected": (replace(BASE, max_rejected=Decimal("0.10")), "max_rejected", CHANGED, MAJOR, ALL),
    "fewer may be rejected": (replace(BASE, max_rejected=Decimal("0.01")), "max_rejected", CHANGED, MINOR, ALL),
    "another owner": (replace(BASE, owner=Owner("Shops")), "owner", CHANGED, PATCH, ()),
    "another tag": (replace(BASE, tags=()), "tags", CHANGED, PATCH, ()),
    "deprecated": (replace(BASE, status="deprecated"), "status", CHANGED, PATCH, ()),
    "the end is put off": (replace(BASE, ends_on=date(2027, 4, 1)), "ends_on", CHANGED, MINOR, ALL),
    "the end is brought forward": (replace(BASE, ends_on=date(2027, 3, 30)), "ends_on", CHANGED, MAJOR, ALL),
    "the end is called off": (replace(BASE, ends_on=None), "ends_on", REMOVED, MINOR, ALL),
    # the order of versions
    "a version trusted more": (
        replace(BASE, source_version=SourceVersion(VersionKind.STRICT, ("changed_at",))),
        "source_version.kind",
        CHANGED,
        MINOR,
        ALL,
    ),
    "no version any more": (
        replace(BASE, source_version=SourceVersion(VersionKind.NONE)),
        "source_version.kind",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "another version field": (
        replace(BASE, source_version=SourceVersion(VersionKind.COARSE, ("other",))),
        "source_version.fields",
        CHANGED,
        MAJOR,
        ALL,
    ),
    # promises
    "older data for today": (
        replace(BASE, freshness=Freshness(timedelta(minutes=30), "09:00")),
        "freshness.max_age",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "fresher data for today": (
        replace(BASE, freshness=Freshness(timedelta(minutes=5), "09:00")),
        "freshness.max_age",
        CHANGED,
        MINOR,
        ALL,
    ),
    "no age any more": (replace(BASE, freshness=Freshness(None, "09:00")), "freshness.max_age", REMOVED, MAJOR, ALL),
    "days complete later": (
        replace(BASE, freshness=Freshness(timedelta(minutes=15), "10:00")),
        "freshness.closed_by",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "days complete sooner": (
        replace(BASE, freshness=Freshness(timedelta(minutes=15), "08:59")),
        "freshness.closed_by",
        CHANGED,
        MINOR,
        ALL,
    ),
    "data that does not age while branches are closed": (
        replace(BASE, freshness=replace(BASE.freshness, in_trading_hours=True)),
        "freshness.in_trading_hours",
        CHANGED,
        MAJOR,
        ALL,
    ),
    # against other days
    "unknown fields are refused": (
        replace(BASE, unknown_fields=UnknownFields.REJECT),
        "unknown_fields",
        CHANGED,
        MINOR,
        ALL,
    ),
    "a sudden silence holds the day": (replace(BASE, drift={"volume": "critical"}), "drift", CHANGED, MINOR, ALL),
    # consumers
    "a consumer goes": (
        replace(BASE, consumers=BASE.consumers[1:]),
        f"consumers.{STOCK}",
        REMOVED,
        PATCH,
        (STOCK,),
    ),
    "a consumer comes": (
        replace(BASE, consumers=(*BASE.consumers, Consumer("Ledger"))),
        "consumers.Ledger",
        ADDED,
        PATCH,
        ("Ledger",),
    ),
    # fields
    "a new field": (replace(BASE, fields=(*BASE.fields, NEW_FIELD)), "fields.colour", ADDED, MINOR, (COPY,)),
    "a field in the middle": (
        replace(BASE, fields=(BASE.fields[0], NEW_FIELD, *BASE.fields[1:])),
        "fields.colour",
        ADDED,
        MINOR,
        (COPY,),
    ),
    "another order": (replace(BASE, fields=BASE.fields[::-1]), "fields", CHANGED, PATCH, ()),
    "another type": (with_field("sku", type=FieldType.INTEGER), "fields.sku.type", CHANGED, MAJOR, UNITS),
    "may be missing": (with_field("changed_at", required=False), "fields.changed_at.required", CHANGED, MAJOR, (COPY,)),
    "never missing": (with_field("lines", required=True), "fields.lines.required", CHANGED, MINOR, (COPY,)),
    "described otherwise": (
        with_field("sku", description="The product."),
        "fields.sku.description",
        CHANGED,
        PATCH,
        UNITS,
    ),
    "another unit": (with_field("units", unit="cases"), "fields.units.unit", CHANGED, MAJOR, UNITS),
    "no unit any more": (with_field("units", unit=None), "fields.units.unit", REMOVED, MAJOR, UNITS),
    "a unit for what had none": (with_field("sku", unit="number"), "fields.sku.unit", ADDED, MINOR, UNITS),
    "personal after all": (with_field("state", personal=True), "fields.state.personal", CHANGED, MINOR, STATE),
    "not personal any more": (with_field("town", personal=False), "fields.town.personal", CHANGED, MAJOR, (COPY,)),
    "critical": (with_field("sku", critical=True), "fields.sku.critical", CHANGED, MINOR, UNITS),
    "written otherwise": (
        with_field("changed_at", time_format=TimeFormat.EPOCH_SECONDS),
        "fields.changed_at.time_format",
        CHANGED,
        MINOR,
        (COPY,),
    ),
    "larger numbers": (with_field("units", precision=14), "fields.units.precision", CHANGED, MAJOR, UNITS),
    "smaller numbers": (with_field("units", precision=10), "fields.units.precision", CHANGED, MINOR, UNITS),
    "more decimals": (with_field("units", scale=3), "fields.units.scale", CHANGED, MAJOR, UNITS),
    "any decimals": (with_field("units", scale=None), "fields.units.scale", REMOVED, MAJOR, UNITS),
    "fewer decimals": (with_field("units", scale=0), "fields.units.scale", CHANGED, MINOR, UNITS),
    "a lower minimum": (with_field("units", minimum=Decimal(-1)), "fields.units.minimum", CHANGED, MAJOR, UNITS),
    "no minimum": (with_field("units", minimum=None), "fields.units.minimum", REMOVED, MAJOR, UNITS),
    "a higher minimum": (with_field("units", minimum=Decimal(1)), "fields.units.minimum", CHANGED, MINOR, UNITS),
    "the minimum itself is outside": (
        with_field("units", minimum=None, exclusive_minimum=Decimal(0)),
        "fields.units.minimum",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "a higher maximum": (with_field("units", maximum=Decimal(101)), "fields.units.maximum", CHANGED, MAJOR, UNITS),
    "a lower maximum": (with_field("units", maximum=Decimal(99)), "fields.units.maximum", CHANGED, MINOR, UNITS),
    "the maximum itself is outside": (
        with_field("units", exclusive_maximum=Decimal(100)),
        "fields.units.maximum",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "a shorter text": (with_field("state", min_length=0), "fields.state.min_length", CHANGED, MAJOR, STATE),
    "no short text": (with_field("state", min_length=2), "fields.state.min_length", CHANGED, MINOR, STATE),
    "a longer text": (with_field("state", max_length=10), "fields.state.max_length", CHANGED, MAJOR, STATE),
    "no long text": (with_field("state", max_length=8), "fields.state.max_length", CHANGED, MINOR, STATE),
    "another pattern": (with_field("state", pattern="^[a-z]*$"), "fields.state.pattern", CHANGED, MAJOR, STATE),
    "no pattern": (with_field("state", pattern=None), "fields.state.pattern", REMOVED, MAJOR, STATE),
    "a pattern for what had none": (with_field("sku", pattern="^S"), "fields.sku.pattern", ADDED, MINOR, UNITS),
    "one value more": (
        with_field("state", valid_values=("open", "closed", "lost")),
        "fields.state.valid_values",
        CHANGED,
        MAJOR,
        STATE,
    ),
    "one value less": (with_field("state", valid_values=("open",)), "fields.state.valid_values", CHANGED, MINOR, STATE),
    "one value for another": (
        with_field("state", valid_values=("open", "shut")),
        "fields.state.valid_values",
        CHANGED,
        MAJOR,
        STATE,
    ),
    "any value": (with_field("state", valid_values=None), "fields.state.valid_values", REMOVED, MAJOR, STATE),
    "values in another order": (
        with_field("state", valid_values=("closed", "open")),
        "fields.state.valid_values",
        CHANGED,
        PATCH,
        STATE,
    ),
    "an object for a list": (
        with_field("lines", json_type=JsonType.OBJECT),
        "fields.lines.json_type",
        CHANGED,
        MAJOR,
        (COPY,),
    ),
    # rules
    "a new blocking rule": (
        replace(BASE, rules=(*BASE.rules, rule("new", Severity.CRITICAL))),
        "rules.new",
        ADDED,
        MINOR,
        ALL,
    ),
    "a blocking rule goes": (without_rule("state_known"), "rules.state_known", REMOVED, MAJOR, STATE),
    "a rule that only tells goes": (without_rule("plausible"), "rules.plausible", REMOVED, MINOR, UNITS),
    "a rule blocks no more": (
        with_rule("size", severity=Severity.WARNING),
        "rules.size.severity",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "a rule begins to block": (
        with_rule("plausible", severity=Severity.CRITICAL),
        "rules.plausible.severity",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "a rule tells less loudly": (
        with_rule("plausible", severity=Severity.INFO),
        "rules.plausible.severity",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "a rule described otherwise": (
        with_rule("size", description="Not too many."),
        "rules.size.description",
        CHANGED,
        PATCH,
        ALL,
    ),
    "a wider rule": (
        with_rule("size", arguments={"min_value": 1, "max_value": 51}),
        "rules.size.arguments",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "a narrower rule": (
        with_rule("size", arguments={"min_value": 2, "max_value": 49}),
        "rules.size.arguments",
        CHANGED,
        MINOR,
        ALL,
    ),
    "a rule without its upper bound": (
        with_rule("size", arguments={"min_value": 1}),
        "rules.size.arguments",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "a larger share": (
        with_rule("few_missing", arguments={"mostly": 0.95}),
        "rules.few_missing.arguments",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "all of them": (with_rule("few_missing", arguments={}), "rules.few_missing.arguments", CHANGED, MINOR, UNITS),
    "a smaller share": (
        with_rule("few_missing", arguments={"mostly": 0.8}),
        "rules.few_missing.arguments",
        CHANGED,
        MAJOR,
        UNITS,
    ),
    "another query": (
        with_rule("adds_up", arguments={"query": "select 2 from {table}"}),
        "rules.adds_up.arguments",
        CHANGED,
        MAJOR,
        ALL,
    ),
    "another query of a rule that only tells": (
        with_rule("plausible", arguments={"max_value": 1000}),
        "rules.plausible.arguments",
        CHANGED,
        MINOR,
        UNITS,
    ),
    "another kind of rule": (with_rule("size", expectation="Y"), "rules.size.expectation", CHANGED, MAJOR, ALL),
    "a rule of another column": (
        with_rule("plausible", column="state"),
        "rules.plausible.column",
        CHANGED,
        MINOR,
        (STOCK, COPY, TILL),
    ),
}


@pytest.mark.parametrize(("after", "path", "kind", "level", "touched"), CASES.values(), ids=CASES)
def test_a_change_is_found_judged_and_told_to_whom_it_touches(
    after: Contract, path: str, kind: ChangeKind, level: Level, touched: tuple[str, ...]
) -> None:
    (change,) = compare(BASE, after)

    assert (change.path, change.kind, change.level, change.consumers) == (path, kind, level, touched)
    assert change.breaking is (level is MAJOR)
    assert change.before != change.after
    assert change.why


def test_nothing_changed_between_equal_contracts_whatever_their_number_and_file() -> None:
    assert compare(BASE, replace(BASE, version="1.7.0", file=Path("other.yaml"))) == ()


@pytest.mark.parametrize("end", [None, date(2027, 1, 1), date(2028, 1, 1)])
def test_the_end_of_one_major_version_says_nothing_of_the_next(end: date | None) -> None:
    assert compare(BASE, replace(BASE, version="2.0.0", ends_on=end)) == ()


def test_a_day_field_or_a_branch_that_is_new_is_told_as_such() -> None:
    bare = replace(BASE, as_of_field=None, branch_field=None, ends_on=None, freshness=Freshness())

    found = {(change.path, change.kind, change.level) for change in compare(bare, BASE)}

    assert found == {
        ("as_of_field", ADDED, MINOR),
        ("branch_field", ADDED, MINOR),
        ("ends_on", ADDED, MINOR),
        ("freshness.max_age", ADDED, MINOR),
        ("freshness.closed_by", ADDED, MINOR),
    }


def test_data_that_ages_at_all_hours_again_breaks_nobody() -> None:
    by_hours = replace(BASE, freshness=replace(BASE.freshness, in_trading_hours=True))

    (change,) = compare(by_hours, BASE)

    assert (change.path, change.level) == ("freshness.in_trading_hours", MINOR)


def test_a_renamed_key_is_a_gone_field_a_new_one_and_another_key() -> None:
    after = replace(BASE, fields=(replace(BASE.fields[0], name="product"), *BASE.fields[1:]), key=("product",))

    gone, new, key = compare(BASE, after)

    assert (gone.path, gone.kind, gone.level, gone.consumers) == ("fields.sku", REMOVED, MAJOR, UNITS)
    assert "product is new and like it: renamed" in gone.why
    assert (new.path, new.kind, new.level) == ("fields.product", ADDED, MINOR)
    assert (key.path, key.before, key.after) == ("key", ("sku",), ("product",))


def test_a_new_field_that_is_required_breaks_nobody_and_says_what_it_rejects() -> None:
    (change,) = compare(BASE, replace(BASE, fields=(*BASE.fields, replace(NEW_FIELD, required=True))))

    assert not change.breaking
    assert "records without it are rejected" in change.why


def test_a_critical_fields_value_set_is_told_once_although_its_rule_says_it_too() -> None:
    values = ("open", "closed", "lost")
    after = replace(
        with_field("state", valid_values=values),
        rules=with_rule("state_known", arguments={"value_set": list(values)}).rules,
    )

    assert [change.path for change in compare(BASE, after)] == ["fields.state.valid_values"]


def test_rules_that_a_field_implies_are_told_by_the_field_alone() -> None:
    implied = (
        rule("key_unique", Severity.CRITICAL),
        rule("changed_at_required", Severity.CRITICAL, column="changed_at"),
    )
    before = replace(BASE, rules=(*implied, *BASE.rules))
    after = replace(with_field("changed_at", required=False), rules=(implied[0], *BASE.rules))

    assert [change.path for change in compare(before, after)] == ["fields.changed_at.required"]


def test_changes_come_in_the_order_of_the_contract() -> None:
    after = replace(
        with_field("units", unit="cases"), title="Stocks", max_rejected=Decimal("0.10"), tags=(), rules=BASE.rules[:-1]
    )

    paths = [change.path for change in compare(BASE, after)]

    assert paths == ["title", "fields.units.unit", "max_rejected", "rules.plausible", "tags"]


def test_who_stopped_reading_in_the_new_version_is_still_told() -> None:
    """A change and the taking away of who would mind it may come in one commit."""
    after = replace(with_field("units", unit="cases"), consumers=BASE.consumers[3:])

    unit = next(change for change in compare(BASE, after) if change.path == "fields.units.unit")

    assert unit.consumers == (STOCK, COPY)


# What somebody adds to a contract must be decided about here, or its changes pass for breaking ones.
DECIDED: list[tuple[type, set[str]]] = [
    (
        Contract,
        {*difference.CONTRACT_JUDGES, *NOT_COMPARED, "fields", "rules", "source_version", "freshness", "consumers"},
    ),
    (Field, {*FIELD_JUDGES, *COMPARED_APART}),
    (Rule, {*COMPARED, "name"}),
    (Freshness, set(difference.FRESHNESS_JUDGES)),
    (SourceVersion, set(difference.VERSION_JUDGES)),
]


@pytest.mark.parametrize(("compared", "decided"), DECIDED, ids=lambda value: getattr(value, "__name__", ""))
def test_every_attribute_of_a_contract_has_its_judgement(compared: type, decided: set[str]) -> None:
    assert {attribute.name for attribute in fields(compared)} == decided


def test_every_attribute_of_a_contract_has_a_case_here() -> None:
    paths = {case[1].split(".")[-1] for case in CASES.values()}
    attributes = {
        name for compared, decided in DECIDED if compared is not Contract for name in decided if name != "name"
    } - {"exclusive_minimum", "exclusive_maximum"}

    assert attributes <= paths
    assert {attribute.name for attribute in fields(Contract)} - NOT_COMPARED <= {
        case[1].split(".")[0] for case in CASES.values()
    }


def test_an_attribute_that_nobody_has_decided_about_breaks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(FIELD_JUDGES, "unit")

    (change,) = compare(BASE, with_field("sku", unit="number"))

    assert isinstance(change, Change)
    assert change.breaking
