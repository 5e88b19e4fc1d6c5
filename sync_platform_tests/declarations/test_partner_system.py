"""A declaration and its contracts become a partner system; a wrong one names the file, the line and the remedy."""

from __future__ import annotations

from datetime import date, time, timedelta
from pathlib import Path

import pytest

from sync_platform.contracts.time_format import TimeFormat
from sync_platform.declarations.auth import BasicAuth
from sync_platform.declarations.pages import PageNumberPages, SinglePage
from sync_platform.declarations.partner_system import (
    find_entity,
    find_system,
    read_partner_system,
    read_partner_systems,
)
from sync_platform.errors import DeclarationError
from sync_platform_tests.declarations.given import (
    SALES,
    STOCK,
    VALID,
    WRONG,
    declare,
    line_of_mark,
    system_of,
    with_change,
)


def test_a_declared_system_has_its_entities_in_declared_order(tmp_path: Path) -> None:
    system = system_of(tmp_path)

    assert system.name == "till"
    assert [entity.address for entity in system.entities] == ["till/sales", "till/stock"]
    assert [entity.table for entity in system.entities] == ["till__sales", "till__stock"]
    assert [entity.is_state for entity in system.entities] == [False, True]
    assert system.declaration.history_days == 7


def test_its_business_days_are_those_of_its_zone_and_start(tmp_path: Path) -> None:
    calendar = system_of(tmp_path).entities[0].calendar

    assert (calendar.zone.key, calendar.starts_at) == ("Asia/Colombo", time(4, 0))
    assert calendar.start_of(date(2026, 11, 20)).isoformat() == "2026-11-19T22:30:00+00:00"


def test_what_is_not_declared_has_its_documented_default(tmp_path: Path) -> None:
    system = system_of(tmp_path)
    sales, stock = (entity.declaration for entity in system.entities)

    assert system.declaration.late_days == 3
    assert system.declaration.api.clock.header == "Date"
    assert sales.changed_since is not None
    assert sales.changed_since.field == ("changed_at",), "one name may stand without brackets"
    assert sales.changed_since.overlap == timedelta(minutes=2)
    assert sales.changed_since.safety_lag == timedelta(seconds=6)
    assert sales.recheck is not None
    assert (sales.recheck.at_most, sales.recheck.every) == (timedelta(days=14), timedelta(minutes=10))
    assert isinstance(sales.pages, PageNumberPages)
    assert (sales.pages.param, sales.pages.first, sales.pages.limit_pages) == ("page", 1, 10_000)
    assert isinstance(stock.pages, SinglePage)
    assert (stock.method, stock.poll, stock.changed_since) == ("GET", timedelta(seconds=5), None)


def test_secrets_are_declared_by_the_names_of_their_variables(tmp_path: Path) -> None:
    api = system_of(tmp_path).declaration.api

    assert isinstance(api.auth, BasicAuth)
    assert api.variables == ("TILL_BASE_URL", "TILL_USER", "TILL_PASSWORD")


def test_a_day_is_asked_for_by_one_parameter_or_by_its_two_ends(tmp_path: Path) -> None:
    by_one = system_of(tmp_path / "one").entities[0].declaration.business_day
    two = with_change(
        '        "on": {param: day, format: date}\n',
        "        from: {param: a}\n        to: {param: b, inclusive: false}\n",
    )
    by_two = system_of(tmp_path / "two", two).entities[0].declaration.business_day

    assert by_one is not None
    assert by_one.on is not None
    assert by_one.on.format is TimeFormat.DATE
    assert by_two is not None
    assert by_two.start is not None
    assert by_two.end is not None
    assert (by_two.start.param, by_two.start.inclusive, by_two.end.param, by_two.end.inclusive) == (
        "a",
        True,
        "b",
        False,
    )


# Each case: what is replaced, by what (the error must name the marked line), and words of the message and the remedy.
WRONG_DECLARATIONS = {
    "a misspelt key": ("  history: 7d", f"  histroy: 7d {WRONG}", "attributes.histroy: Extra inputs are not permitted"),
    "a misspelt key deep down": (
        "        since: {param: since, format: epoch_seconds}",
        f"        since: {{parm: since}} {WRONG}",
        "attributes.entities.0.changed_since.since.parm: Extra inputs",
    ),
    "a misspelt key of a kind": (
        "{kind: page_number, size_param: size, size: 100, total: total}",
        f"{{kind: page_number, sise: 100, size: 100}} {WRONG}",
        "attributes.entities.0.pages.sise: Extra inputs",
    ),
    "a key that is missing": (
        "    auth: {kind: basic, username_env: TILL_USER, password_env: TILL_PASSWORD}",
        f"    auth: {{kind: basic, username_env: TILL_USER}} {WRONG}",
        "attributes.api.auth.password_env: Field required",
    ),
    "no zone": (
        "  time_zone: Asia/Colombo",
        f"  time_zone: Asia/Colomba {WRONG}",
        "'Asia/Colomba' is no IANA time zone",
    ),
    "a bare number of seconds": (
        "    timeout: 5s",
        f"    timeout: 5 {WRONG}",
        "5 is not a duration; write a number and its unit",
    ),
    "a kind of auth nobody knows": (
        "    auth: {kind: basic, username_env: TILL_USER, password_env: TILL_PASSWORD}",
        f"    auth: {{kind: digest}} {WRONG}",
        "attributes.api.auth: Input tag 'digest' found using 'kind' does not match",
    ),
    "a kind of paging nobody knows": (
        "{kind: page_number, size_param: size, size: 100, total: total}",
        f"{{kind: pages}} {WRONG}",
        "entities.0.pages: Input tag 'pages' found using 'kind' does not match",
    ),
    "a secret written down": (
        "username_env: TILL_USER",
        f"username_env: s3cr3t-user {WRONG}\n     ",
        "should match pattern",
    ),
    "an expression that does not compile": (
        "      records: data.sales",
        f"      records: $.sales[*] {WRONG}",
        "not a JMESPath expression",
    ),
    "a field's expression that does not compile": (
        "        sold_at: times.sold",
        f"        sold_at: times..sold {WRONG}",
        "not a JMESPath",
    ),
    "an empty expression": (
        "      records: data.sales",
        f"      records: '' {WRONG}",
        "an expression is a non-empty JMESPath",
    ),
    "a name for no table": (
        "  system: till",
        f"  system: Till-1 {WRONG}",
        "attributes.system: String should match pattern",
    ),
    "a rate of nothing": (
        "{requests: 10, per: 1s,",
        f"{{requests: 0, {WRONG}\n      per: 1s,",
        "rate.requests: Input should be greater than 0",
    ),
    "a page of nothing": (
        "size_param: size, size: 100, total: total}",
        f"size: 0}} {WRONG}",
        "pages.size: Input should be greater than 0",
    ),
    "an error with no outcome": (
        "      - {when: error, then: unavailable}",
        f"      - {{when: error, then: retry}} {WRONG}",
        "Input should be 'unavailable', 'throttled'",
    ),
    "a window sent in two places": (
        "        since: {param: since, format: epoch_seconds}",
        f"        since: {{param: since, header: X-Since}} {WRONG}",
        "give exactly one of param, header or variable",
    ),
    "a delta without a changed time": (
        "        field: changed_at\n",
        "",
        "name the contract field that holds the changed time, or declare events",
    ),
    "a day with one end": (
        '        "on": {param: day, format: date}',
        "        from: {param: a}",
        "give either `on`, or both `from` and `to`",
    ),
    "a day asked for in two ways": (
        '        "on": {param: day, format: date}',
        '        "on": {param: day, format: date}\n        to: {param: b}',
        "give either `on`, or both `from` and `to`",
    ),
    "a cursor that is nowhere": (
        "{kind: page_number, size_param: size, size: 100, total: total}",
        f"{{kind: cursor, param: cursor}} {WRONG}",
        "say where the next cursor is",
    ),
    "an as_of in two places": (
        "      as_of: {body: now, format: epoch_seconds}",
        f"      as_of: {{body: now, header: Date}} {WRONG}",
        "give header or body, not both",
    ),
    "a recheck that never closes": (
        "      recheck: {field: status, until: [closed]}",
        f"      recheck: {{field: status, until: []}} {WRONG}",
        "recheck.until",
    ),
    "a window's variable without a place": (
        "        since: {param: since, format: epoch_seconds}",
        "        since: {variable: since, format: epoch_seconds}",
        "the window's variable {since} needs a body that holds it",
    ),
    "a bare on": (
        '        "on": {param: day, format: date}',
        "        on: {param: day, format: date}",
        'YAML reads a bare on as true; write it in quotes: "on"',
    ),
    "a time format nobody knows": (
        "      as_of: {body: now, format: epoch_seconds}",
        f"      as_of: {{body: now, format: unix}} {WRONG}",
        "as_of.format: Input should be 'epoch_seconds'",
    ),
    "a picked field not in the contract": (
        "        sold_at: times.sold",
        f"        solt_at: times.sold {WRONG}",
        "fields names 'solt_at', which the contract sales.yaml does not have",
    ),
    "a changed time not in the contract": (
        "        field: changed_at",
        f"        field: modified_at {WRONG}",
        "changed_since names 'modified_at'",
    ),
    "a rechecked field not in the contract": (
        "      recheck: {field: status, until: [closed]}",
        f"      recheck: {{field: state, until: [closed]}} {WRONG}",
        "recheck names 'state'",
    ),
    "a contract that is not there": (
        "    - contract: contracts/stock.yaml",
        f"    - contract: contracts/stocks.yaml {WRONG}",
        "there is no contract contracts/stocks.yaml beside this file",
    ),
    "a past day of a state": (
        "      path: /stock\n",
        f"      path: /stock\n      business_day: {{from: {{param: a}}, to: {{param: b}}}} {WRONG}\n",
        "till/stock is a state entity, which cannot be asked for a past day",
    ),
}


@pytest.mark.parametrize(("old", "new", "message"), WRONG_DECLARATIONS.values(), ids=WRONG_DECLARATIONS)
def test_a_wrong_declaration_names_its_line_and_a_remedy(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = with_change(old, new)

    with pytest.raises(DeclarationError) as caught:
        system_of(tmp_path, text)

    assert message in str(caught.value)
    assert caught.value.remedy
    if WRONG in text:
        assert caught.value.place == f"{tmp_path / 'defs.yaml'}:{line_of_mark(text)}"


def test_an_event_entity_that_cannot_be_asked_for_a_day_is_refused_at_its_entity(tmp_path: Path) -> None:
    text = with_change('      business_day:\n        "on": {param: day, format: date}\n', "")

    with pytest.raises(DeclarationError, match=r"defs\.yaml:17: till/sales is an event entity") as caught:
        system_of(tmp_path, text)

    assert "Add business_day" in str(caught.value.remedy)


def test_the_same_contract_twice_is_refused(tmp_path: Path) -> None:
    text = with_change("contract: contracts/stock.yaml", "contract: contracts/sales.yaml")

    with pytest.raises(DeclarationError, match="two entities name the same contract"):
        system_of(tmp_path, text)


def test_two_contracts_of_one_name_are_refused_at_the_second(tmp_path: Path) -> None:
    file = declare(tmp_path)
    (tmp_path / "contracts" / "stock.yaml").write_text(
        STOCK.replace("- name: stock", "- name: sales"), encoding="utf-8"
    )

    with pytest.raises(DeclarationError, match=r"defs\.yaml:33: two contracts describe an entity sales"):
        read_partner_system(file.parent)


def second_sales(folder: Path, *, version: str, old_ends: str | None = None) -> Path:
    """The declaration with a second contract of the id `sales`, for the entity `stock`; the old one may end."""
    file = declare(folder)
    (folder / "contracts" / "stock.yaml").write_text(
        STOCK.replace("id: stock", "id: sales").replace("version: 1.0.0", f"version: {version}"), encoding="utf-8"
    )
    if old_ends:
        promise = f'slaProperties: [{{property: endOfSupport, value: "{old_ends}"}}]\nschema:'
        (folder / "contracts" / "sales.yaml").write_text(SALES.replace("schema:", promise), encoding="utf-8")
    return file


def test_two_majors_of_one_contract_run_side_by_side_once_the_old_ones_end_is_declared(tmp_path: Path) -> None:
    system = read_partner_system(second_sales(tmp_path, version="2.0.0", old_ends="2027-03-31").parent)

    assert [(entity.contract.id, entity.contract.version) for entity in system.entities] == [
        ("sales", "1.0.0"),
        ("sales", "2.0.0"),
    ]


def test_two_majors_of_one_contract_are_refused_while_nobody_declares_an_end(tmp_path: Path) -> None:
    with pytest.raises(
        DeclarationError, match=r"defs\.yaml:33: sales 1\.0\.0 runs beside 2\.0\.0.*sales\.yaml"
    ) as caught:
        read_partner_system(second_sales(tmp_path, version="2.0.0").parent)

    assert "endOfSupport" in (caught.value.remedy or "")


def test_two_contracts_of_one_id_and_major_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match=r"defs\.yaml:33: stock\.yaml and sales\.yaml are both sales 1\.x"):
        read_partner_system(second_sales(tmp_path, version="1.1.0", old_ends="2027-03-31").parent)


def test_an_error_in_a_contract_names_the_contracts_line(tmp_path: Path) -> None:
    file = declare(tmp_path)
    (tmp_path / "contracts" / "stock.yaml").write_text(STOCK.replace("integer}", "int}"), encoding="utf-8")

    with pytest.raises(DeclarationError, match=r"contracts/stock\.yaml:14: on_hand has no logicalType known here"):
        read_partner_system(file.parent)


@pytest.mark.parametrize("text", ["", "type: x\n", "- a\n", "attributes:\n", "attributes: [1]\n"])
def test_a_declaration_without_attributes_says_what_to_write(tmp_path: Path, text: str) -> None:
    (tmp_path / "defs.yaml").write_text(text, encoding="utf-8")

    with pytest.raises(DeclarationError, match=r"defs\.yaml:1: the declaration has no attributes\. Write attributes"):
        read_partner_system(tmp_path)


def test_every_folder_that_declares_a_system_is_found_and_others_are_not(tmp_path: Path) -> None:
    declare(tmp_path / "till")
    declare(tmp_path / "aa", VALID.replace("system: till", "system: aa"))
    give_own_ids(tmp_path / "aa")
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "defs.yaml").write_text(
        "type: dagster.PythonScriptComponent\nattributes: {}\n", encoding="utf-8"
    )
    (tmp_path / "empty").mkdir()

    assert [system.name for system in read_partner_systems(tmp_path)] == ["aa", "till"]


def give_own_ids(folder: Path) -> None:
    """The contracts in `folder` are contracts of their own."""
    for file in (folder / "contracts").glob("*.yaml"):
        file.write_text(file.read_text().replace("\nid: ", f"\nid: {folder.name}-"), encoding="utf-8")


def test_one_contract_of_two_systems_is_refused(tmp_path: Path) -> None:
    declare(tmp_path / "till")
    declare(tmp_path / "aa", VALID.replace("system: till", "system: aa"))

    with pytest.raises(DeclarationError, match=r"sales\.yaml: aa and till both have a contract sales\. An id is one"):
        read_partner_systems(tmp_path)


def test_two_folders_of_one_system_are_refused(tmp_path: Path) -> None:
    declare(tmp_path / "till")
    declare(tmp_path / "copy")

    with pytest.raises(DeclarationError, match=r"two folders declare the system till\. Rename or remove one"):
        read_partner_systems(tmp_path)


def test_a_system_or_entity_that_does_not_exist_is_answered_with_those_that_do(tmp_path: Path) -> None:
    systems = (system_of(tmp_path),)

    assert find_entity(systems, "till/stock")[1].name == "stock"
    with pytest.raises(DeclarationError, match=r"no partner system 'tills'\. Declared: till"):
        find_system(systems, "tills")
    with pytest.raises(DeclarationError, match=r"till has no entity 'sale'\. Known: sales, stock"):
        find_entity(systems, "till/sale")
    with pytest.raises(DeclarationError, match=r"'till' names no entity\. Choose from till/sales, till/stock"):
        find_entity(systems, "till")
    with pytest.raises(DeclarationError, match="Declared: none"):
        find_system((), "till")
