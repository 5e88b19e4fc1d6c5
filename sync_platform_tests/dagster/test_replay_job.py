"""The replay job does what the command does, from the launchpad; what was typed wrong fails with the remedy."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, ExecuteInProcessResult

from sync_platform.components.replay_job import replay_job
from sync_platform.landing.database import Database
from sync_platform.settings import DATABASE_URL
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import TODAY, Till, sale


@pytest.fixture
def instance() -> Iterator[DagsterInstance]:
    with DagsterInstance.ephemeral() as made:
        yield made


@pytest.fixture
def run(
    hub: Hub, till: Till, database: Database, instance: DagsterInstance, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    monkeypatch.setenv("TILL_BASE_URL", till.url)
    monkeypatch.setenv(DATABASE_URL, database.url)
    monkeypatch.setattr("sync_platform.components.session.checker", lambda _: lambda *_: ())

    def execute(**config: str) -> ExecuteInProcessResult:
        return replay_job(hub.system, defs=Path(__file__).resolve().parent.parent).execute_in_process(
            instance=instance,
            run_config={"ops": {"till_replay_days": {"config": config}}},
            raise_on_error=False,
        )

    return execute


def test_a_day_is_replayed_and_its_difference_is_shown_on_the_run(hub: Hub, till: Till, run: Any) -> None:
    till.puts(sale("A", "1.00"), sale("B", "2.00"))
    result = run(day=TODAY, entity="sales")
    assert result.success
    assert hub.landed() == {"A": "1.00", "B": "2.00"}
    (output,) = [event for event in result.all_events if event.event_type_value == "STEP_OUTPUT"]
    shown = str(output.step_output_data.metadata["difference"].value)
    assert "| till/sales | 2026-11-20 | 2 | 0 | 0 | amount 0 → 3.00 |" in shown


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({"day": "1 November"}, "day '1 November' is not a day. Write 2026-11-20,"),
        ({"day": TODAY, "entity": "sale"}, "till has no entity 'sale'. Declared: sales,"),
        ({"day": TODAY, "only": "files"}, "only is 'files'. Choose dead-letters or events,"),
    ],
)
def test_what_was_typed_wrong_fails_with_the_remedy(run: Any, config: dict[str, str], words: str) -> None:
    result = run(**config)
    assert not result.success
    (failure,) = [event for event in result.all_events if event.is_step_failure]
    assert words in str(failure.step_failure_data.user_failure_data.description)
