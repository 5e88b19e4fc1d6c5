"""A contract is read into what the platform works with; a wrong one names the file, the line and the remedy."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from sync_platform.contracts.contract import (
    EntityKind,
    Field,
    FieldType,
    Freshness,
    JsonType,
    Owner,
    SourceVersion,
    VersionKind,
)
from sync_platform.contracts.reader import read_contract
from sync_platform.contracts.time_format import TimeFormat
from sync_platform.errors import DeclarationError
from sync_platform_tests.contracts.given import VALID, WRONG, contract_of, line_of_mark, with_change


def test_a_contract_says_what_it_is_and_who_answers_for_it(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)

    assert (contract.id, contract.version, contract.entity, contract.title) == (
        "shop-orders",
        "1.2.0",
        "orders",
        "Web orders",
    )
    assert contract.kind is EntityKind.EVENT
    assert contract.description == "An order."
    assert contract.owner == Owner("Shop operations", notify=("shop-ops",))
    assert contract.freshness == Freshness(max_age=timedelta(minutes=15), closed_by="09:00")
    assert contract.tags == ("orders",)


def test_a_contract_says_how_its_records_are_told_apart_ordered_and_dated(tmp_path: Path) -> None:
    contract = contract_of(tmp_path)

    assert contract.key == ("branch", "id"), "in the order of primaryKeyPosition"
    assert contract.source_version == SourceVersion(VersionKind.COARSE, ("updated_at", "placed_at"))
    assert contract.business_day_field == "placed_at"
    assert contract.branch_field == "branch"
    assert contract.as_of_field is None
    assert contract.max_rejected == Decimal("0.025")


def test_every_field_keeps_its_type_unit_limits_and_class(tmp_path: Path) -> None:
    fields = {field.name: field for field in contract_of(tmp_path).fields}

    assert fields["total"] == Field(
        name="total",
        type=FieldType.DECIMAL,
        required=True,
        description="What is owed.",
        unit="LKR",
        precision=12,
        scale=2,
        minimum=Decimal(0),
        exclusive_maximum=Decimal(1_000_000),
    )
    assert fields["branch"] == Field(
        name="branch",
        type=FieldType.TEXT,
        required=True,
        description="",
        min_length=2,
        max_length=5,
        pattern="^S",
    )
    assert fields["currency"].critical
    assert fields["currency"].valid_values == ("LKR",)
    assert fields["email"].personal
    assert not fields["email"].required
    assert fields["placed_at"].time_format is TimeFormat.OFFSET
    assert (fields["lines"].type, fields["lines"].json_type) == (FieldType.JSON, JsonType.LIST)


def test_a_key_field_is_required_without_saying_so(tmp_path: Path) -> None:
    assert contract_of(tmp_path).field("id").required


def test_a_value_set_of_a_field_that_is_not_critical_judges_the_day_only(tmp_path: Path) -> None:
    contract = contract_of(tmp_path, with_change("        criticalDataElement: true\n", ""))

    assert contract.field("currency").valid_values is None
    assert "currency_invalidValues" in {rule.name for rule in contract.rules}


# Each case: what is replaced, by what (the error must name the marked line), and words of message and remedy.
WRONG_CONTRACTS = {
    "another standard": ("apiVersion: v3.1.0", f"apiVersion: v2.2.2 {WRONG}", "'v2.2.2'", "v3.1.0"),
    "a misspelt key at the top": ("tags: [orders]", f"tag: [orders] {WRONG}", "has no tag", "spelling"),
    "a misspelt key of a field": (
        "        required: true\n        description",
        f"        requird: true {WRONG}\n        description",
        "requird",
        "customProperties",
    ),
    "a wrong type": ("version: 1.2.0", f"version: [1, 2] {WRONG}", "version", "docs/contracts.md"),
    "no id": (
        "apiVersion: v3.1.0\nkind: DataContract\nid: shop-orders",
        f"apiVersion: v3.1.0 {WRONG}",
        "no id",
        "Add id",
    ),
    "no owner": (
        "team:\n  name: Shop operations\n  members: [{username: shop-ops}]",
        f"team: {{}} {WRONG}",
        "nobody owns",
        "team:",
    ),
    "an age without unit": (
        "  - {property: freshness, value: 15, unit: m}",
        f"  - {{property: freshness, value: 15}} {WRONG}",
        "'15' is not a duration",
        "unit: m",
    ),
    "an hour that does not exist": ('value: "09:00"}', f'value: "24:30"}} {WRONG}', "'24:30'", "09:00"),
    "an entity name for no table": ("  - name: orders", f"  - name: Web-Orders {WRONG}", "Web-Orders", "lower case"),
    "an unknown property of the entity": (
        "      - {property: branch, value: branch}",
        f"      - {{property: brunch, value: branch}} {WRONG}",
        "'brunch'",
        "asOf, branch, businessDay",
    ),
    "no kind of entity": (
        "{property: kind, value: event}",
        f"{{property: kind, value: stream}} {WRONG}",
        "'stream'",
        "event, state",
    ),
    "a day field that is no date": (
        "{property: businessDay, value: placed_at}",
        f"{{property: businessDay, value: total}} {WRONG}",
        "'total', which is no date or timestamp field",
        "placed_at, updated_at",
    ),
    "a branch field that is not there": (
        "{property: branch, value: branch}",
        f"{{property: branch, value: store}} {WRONG}",
        "'store'",
        "branch, currency, email",
    ),
    "a version that cannot be ordered": (
        "value: {kind: coarse, fields: [updated_at, placed_at]}}",
        f"value: {{kind: coarse, fields: [currency]}}}} {WRONG}",
        "'currency', which is no timestamp or integer field",
        "id, placed_at, updated_at",
    ),
    "a version of an unknown kind": (
        "value: {kind: coarse, fields: [updated_at, placed_at]}}",
        f"value: {{kind: loose, fields: [updated_at]}}}} {WRONG}",
        "'loose'",
        "strict, coarse, none",
    ),
    "a version of kind none that names fields": (
        "value: {kind: coarse, fields: [updated_at, placed_at]}}",
        f"value: {{kind: none, fields: [updated_at]}}}} {WRONG}",
        "kind none with 1 fields",
        "at least one",
    ),
    "a version of kind strict without fields": (
        "value: {kind: coarse, fields: [updated_at, placed_at]}}",
        f"value: {{kind: strict}}}} {WRONG}",
        "kind strict with 0 fields",
        "at least one",
    ),
    "an unknown way with unknown fields": (
        "      - {property: branch, value: branch}",
        f"      - {{property: unknownFields, value: discard}} {WRONG}",
        "'discard'",
        "evolve, freeze, reject",
    ),
    "a drift check that there is not": (
        "      - {property: branch, value: branch}",
        f"      - {{property: drift, value: {{volumes: warning}}}} {WRONG}",
        "'volumes'",
        "volume, volume_silence and critical, warning, info, off",
    ),
    "a drift check of no severity": (
        "      - {property: branch, value: branch}",
        f"      - {{property: drift, value: {{volume: [warning]}}}} {WRONG}",
        "['warning']",
        "critical, warning, info, off",
    ),
    "a share that is no percentage": ("value: 2.5%}", f"value: 0.025}} {WRONG}", "0.025 is not a percentage", "5%"),
    "a share above everything": ("value: 2.5%}", f"value: 150%}} {WRONG}", "150%", "5%"),
    "a field name for no column": ("      - name: email", f"      - name: e-mail {WRONG}", "'e-mail'", "lower case"),
    "a field twice": ("      - name: email", f"      - name: currency {WRONG}", "currency is there twice", "Rename"),
    "a type that cannot land": (
        "        logicalType: array\n",
        f"        logicalType: vector {WRONG}\n",
        "lines has no logicalType",
        "string, integer, number",
    ),
    "a time in an unknown format": (
        "          - {property: timeFormat, value: offset}",
        f"          - {{property: timeFormat, value: iso}} {WRONG}",
        "'iso'",
        "epoch_seconds | epoch_milliseconds | offset",
    ),
    "a moment written as a date": (
        "          - {property: timeFormat, value: offset}",
        f"          - {{property: timeFormat, value: date}} {WRONG}",
        "'date'",
        "naive_local",
    ),
    "an option that nobody enforces": (
        "{minimum: 0, exclusiveMaximum: 1000000}",
        f"{{minimum: 0, multipleOf: 5}} {WRONG}",
        "multipleOf of total would not be enforced",
        "minimum, maximum, exclusiveMinimum, exclusiveMaximum",
    ),
    "a limit that is no number": (
        "{minimum: 0, exclusiveMaximum: 1000000}",
        f"{{minimum: none}} {WRONG}",
        "'none'",
        "number",
    ),
    "a length below zero": ("minLength: 2,", f"minLength: -2, {WRONG}\n         ", "-2", "whole number"),
    "a pattern that does not compile": ('pattern: "^S"}', f'pattern: "S("}} {WRONG}', "'S('", "regular expression"),
    "a scale that is no number": (
        "          - {property: scale, value: 2}",
        f"          - {{property: scale, value: two}} {WRONG}",
        "'two'",
        "whole number",
    ),
    "a critical value set of numbers": (
        "        logicalTypeOptions: {minimum: 0, exclusiveMaximum: 1000000}\n",
        "        criticalDataElement: true\n        quality:\n"
        f"          - {{metric: invalidValues, arguments: {{validValues: [1]}}, mustBe: 0}} {WRONG}\n",
        "only for string and integer",
        "logicalTypeOptions",
    ),
    "not YAML": ("status: active", f"status: [active {WRONG}\ntags2: x", "not valid YAML", ""),
}


@pytest.mark.parametrize(("old", "new", "message", "remedy"), WRONG_CONTRACTS.values(), ids=WRONG_CONTRACTS)
def test_a_wrong_contract_names_its_line_and_the_remedy(
    tmp_path: Path, old: str, new: str, message: str, remedy: str
) -> None:
    text = with_change(old, new)

    with pytest.raises(DeclarationError) as caught:
        contract_of(tmp_path, text)

    assert message in str(caught.value)
    assert remedy in (caught.value.remedy or "")
    if message != "not valid YAML":
        assert caught.value.place == f"{tmp_path / 'contract.yaml'}:{line_of_mark(text)}"


def test_a_timestamp_that_does_not_say_how_it_is_written_is_refused_at_its_field(tmp_path: Path) -> None:
    text = with_change(
        "      - name: updated_at\n        logicalType: timestamp\n"
        "        customProperties:\n          - {property: timeFormat, value: epoch_seconds}\n",
        f"      - name: updated_at {WRONG}\n        logicalType: timestamp\n",
    )

    with pytest.raises(DeclarationError, match="updated_at must say how the partner writes the time") as caught:
        contract_of(tmp_path, text)

    assert str(caught.value.place).endswith(f":{line_of_mark(text)}")


def test_a_contract_without_key_says_how_to_mark_one(tmp_path: Path) -> None:
    text = VALID.replace("        primaryKey: true\n", "").replace("        primaryKeyPosition: 2\n", "")

    with pytest.raises(DeclarationError, match=r"no property is a primaryKey\. Mark the fields"):
        contract_of(tmp_path, text.replace("        primaryKeyPosition: 1\n", ""))


def test_an_event_entity_without_business_day_is_refused(tmp_path: Path) -> None:
    text = with_change("      - {property: businessDay, value: placed_at}\n", "")

    with pytest.raises(DeclarationError, match=r"contract\.yaml:18: an event entity needs the field"):
        contract_of(tmp_path, text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a mapping"),
        ("- a\n- b\n", "not a mapping"),
        ("just text\n", "not a mapping"),
        ("apiVersion: v3.1.0\nschema: []\n", "exactly one entity"),
        (VALID + VALID[VALID.index("  - name: orders") :], "exactly one entity"),
        (VALID[: VALID.index("    properties:")], "no properties"),
    ],
    ids=["empty", "a list", "a text", "no entity", "two entities", "no fields"],
)
def test_a_document_that_is_no_contract_of_one_entity_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(DeclarationError, match=message):
        contract_of(tmp_path, text)


def test_a_contract_that_is_not_there_or_not_text_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"missing\.yaml: there is no such file"):
        read_contract(tmp_path / "missing.yaml")

    (tmp_path / "latin.yaml").write_bytes("name: café".encode("latin-1"))
    with pytest.raises(DeclarationError, match=r"latin\.yaml: the file is not UTF-8 text"):
        read_contract(tmp_path / "latin.yaml")


def test_a_contract_says_what_becomes_of_unknown_fields_and_how_severe_drift_is(tmp_path: Path) -> None:
    usual = contract_of(tmp_path)
    assert (usual.unknown_fields, usual.drift) == ("evolve", {})
    declared = with_change(
        "      - {property: branch, value: branch}",
        "      - {property: branch, value: branch}\n"
        "      - {property: unknownFields, value: reject}\n"
        "      - {property: drift, value: {volume: critical, null_drift: off, unit_drift: info}}",
    )
    contract = contract_of(tmp_path, declared)
    assert contract.unknown_fields == "reject"
    # YAML reads a bare `off` as false.
    assert contract.drift == {"volume": "critical", "null_drift": "off", "unit_drift": "info"}
