"""Open dead letters are one check per entity: told when they change, an error once one waited for more than a day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from dagster import AssetCheckKey, AssetKey, AssetSelection, DagsterInstance, Definitions, define_asset_job, materialize

from sync_platform.components.dead_letters import review_and_tell
from sync_platform.components.entity_asset import entity_asset
from sync_platform.components.letter_digest import digest_asset
from sync_platform.declarations.dead_letters import DeadLettersDeclaration
from sync_platform.landing.database import Database
from sync_platform.settings import DATABASE_URL
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

CHECK = AssetCheckKey(AssetKey(["till", "sales"]), "dead_letters")
NOW = datetime.now(UTC)


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


def told(instance: DagsterInstance) -> tuple[bool, str, str]:
    """The check's newest evaluation, in short."""
    (record,) = instance.event_log_storage.get_asset_check_execution_history(CHECK, limit=50)
    event = record.event.dagster_event if record.event else None
    assert event is not None
    evaluation = event.asset_check_evaluation_data
    return evaluation.passed, evaluation.severity.value, evaluation.description or ""


def test_letters_are_told_when_they_change_and_overdue_after_a_day(
    hub: Hub, till: Till, instance: DagsterInstance
) -> None:
    entities = (hub.entity("sales"),)

    def look(*, days: float = 0.0) -> int:
        return review_and_tell(hub.database, instance, entities, now=NOW + timedelta(days=days))

    assert (look(), look(), told(instance)) == (1, 0, (True, "WARN", "No dead letter is open."))
    till.puts(sale("A", "many"), sale("B"), sale("C"), sale("D"))
    hub.pull_day()
    assert (look(), look()) == (1, 0)
    passed, severity, words = told(instance)
    assert (passed, severity) == (False, "WARN")
    assert words.startswith("1 dead letter is open, the oldest since ")
    assert words.endswith(" UTC: 1 constraint amount.")
    assert (look(days=1.5), look(days=2), told(instance)) == (1, 0, (False, "ERROR", words))
    hub.run("update sync.dead_letter set state = 'discarded'")
    assert (look(days=2), told(instance)[0]) == (1, True)


def test_the_daily_digest_tells_what_waits_and_that_a_review_was_missed(
    hub: Hub, till: Till, database: Database, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DATABASE_URL, database.url)
    digest = digest_asset(DeadLettersDeclaration(owner="Data engineering"), (hub.system,))

    def written() -> tuple[bool, dict[str, Any]]:
        result = materialize([digest], instance=instance)
        (check,) = result.get_asset_check_evaluations()
        (made,) = result.get_asset_materialization_events()
        return check.passed, {name: value.value for name, value in made.materialization.metadata.items()}

    passed, told = written()
    assert (passed, told) == (True, {"open": 0, "new_since_yesterday": 0, "digest": "No dead letter is open."})
    till.puts(sale("A", "many"), sale("B"), sale("C"), sale("D"))
    hub.pull_day()
    passed, told = written()
    assert (passed, told["open"], told["new_since_yesterday"]) == (True, 1, 1)
    assert "| till/sales | constraint amount | 1 | 1 | 0 |" in told["digest"]
    assert told["digest"].endswith(" UTC | Tests |")
    hub.run("update sync.dead_letter set first_at = now() - interval '25 hours'")
    passed, told = written()
    assert (passed, told["open"], told["new_since_yesterday"]) == (False, 1, 0)


def test_the_check_run_by_hand_says_the_same(
    hub: Hub,
    till: Till,
    database: Database,
    instance: DagsterInstance,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TILL_BASE_URL", till.url)
    monkeypatch.setenv(DATABASE_URL, database.url)
    till.puts(sale("A", "many"), sale("B"), sale("C"))
    hub.pull_day()
    asset = entity_asset(hub.system, hub.entity("sales"))
    alone = define_asset_job("alone", selection=AssetSelection.checks(CHECK))
    both = define_asset_job("both", selection=AssetSelection.checks(CHECK, CHECK._replace(name="as_of")))
    defined = Definitions(assets=[asset], jobs=[alone, both])

    for job, tags in (("alone", {}), ("both", {"dagster/partition": "2026-11-20"})):
        result = defined.resolve_job_def(job).execute_in_process(instance=instance, tags=tags)
        made = [one for one in result.get_asset_check_evaluations() if one.check_name == "dead_letters"]
        assert [(one.passed, one.partition) for one in made] == [(False, None)], job
