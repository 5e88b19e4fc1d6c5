"""Failing rows are told by their keys, with the dead letter of the same record, and with nothing personal."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sync_platform.checks.relation import Relation
from sync_platform.checks.suite import run_rules
from sync_platform.components.asset_facts import rules_evaluation
from sync_platform.declarations.partner_system import Entity
from sync_platform.landing.check_results import read_check_results, upsert_check_results
from sync_platform.landing.days import DayKey
from sync_platform.pull.day_rules import result_row
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY, Till, sale

DAY = date.fromisoformat(TODAY)


@pytest.fixture
def failing(hub: Hub, till: Till) -> Hub:
    """Three sales of an unknown status are landed; a newer version of B is too broken to land."""
    till.has_sales(*(sale(id_, status="lost", at=-600) for id_ in ("A", "B", "C")), *(sale(id_) for id_ in "DEF"))
    hub.pull_day()
    till.has_sales(
        *(sale(id_, status="lost", at=-600) for id_ in ("A", "C")), sale("B", None), *(sale(id_) for id_ in "DEF")
    )
    hub.pull_day()
    assert hub.letters() == [('["B"]', "missing")]
    return hub


def results_of(hub: Hub, entity: Entity | None = None) -> list[dict[str, Any]]:
    """The rules of the day, run by Great Expectations, stored and read back."""
    entity = entity or hub.entity("sales")
    relation = Relation("landing", "till__sales", DAY)
    results = run_rules(entity.contract, relation, database_url=hub.database.url)
    key = DayKey("till", "sales", DAY)
    with hub.database.connect() as connection:
        upsert_check_results(connection, key, [result_row(result) for result in results], load_id=None)
        return read_check_results(connection, key)


def test_a_failing_row_names_its_key_and_the_open_dead_letter_of_the_same_record(failing: Hub) -> None:
    (letter,) = failing.query("select dead_letter_id from sync.dead_letter")

    (found,) = [result for result in results_of(failing) if result["rule"] == "status_known"]

    assert found["sample"] == [
        {"id": "A", "status": "lost"},
        {"id": "B", "status": "lost", "dead_letter": str(letter["dead_letter_id"])},
        {"id": "C", "status": "lost"},
    ]


def test_a_dead_letter_of_another_system_or_that_is_resolved_is_not_named(failing: Hub) -> None:
    failing.run("update sync.dead_letter set system = 'shop'")
    assert "dead_letter" not in str(results_of(failing))
    failing.run("update sync.dead_letter set system = 'till', state = 'resolved'")
    assert "dead_letter" not in str(results_of(failing))


def test_dagster_shows_the_failing_rows_as_a_table_under_their_rule(failing: Hub) -> None:
    (letter,) = failing.query("select dead_letter_id from sync.dead_letter")

    evaluation = rules_evaluation(failing.entity("sales"), DAY, results_of(failing))

    assert (evaluation.passed, evaluation.severity.value) == (False, "ERROR")
    table = str(evaluation.metadata["samples"].value)
    assert table.splitlines()[0] == "**status_known**"
    assert "| id | status | dead_letter |" in table
    assert f"| B | lost | {letter['dead_letter_id']} |" in table
    assert "| A | lost |  |" in table


def test_a_personal_value_is_masked_in_the_stored_sample_and_in_the_table(failing: Hub) -> None:
    entity = failing.entity("sales")
    fields = tuple(replace(one, personal=one.name == "status") for one in entity.contract.fields)
    masked = replace(entity, contract=replace(entity.contract, fields=fields))

    results = results_of(failing, masked)

    evaluation = rules_evaluation(masked, DAY, results)
    assert "lost" not in str(results)
    assert "lost" not in str(evaluation.metadata["samples"].value)
    assert "l••t" in str(evaluation.metadata["samples"].value)
