"""The running platform from nothing: today and the history come by themselves. First of the files by its name."""

from __future__ import annotations

import pytest

from sync_platform_tests.dagster.stack import HISTORY_DAYS, Stack

pytestmark = [pytest.mark.slow, pytest.mark.platform]


def test_sensors_bring_in_today_first_and_then_the_history_without_a_click(synced: Stack) -> None:
    for system in (one for one in synced.systems if one.asked):
        runs = synced.web.runs(dagster__sensor_name=f"{system.name}_sync")
        purposes = {
            tag["value"]: run for run in reversed(runs) for tag in run["tags"] if tag["key"] == "sync_platform/purpose"
        }
        assert purposes["today"]["startTime"] <= purposes["history"]["startTime"], system.name
    for entity in synced.events:
        days = {
            row["business_day"]
            for row in synced.rows(
                "select business_day from sync.entity_day where state = 'complete' and system = %s and entity = %s",
                entity.system,
                entity.name,
            )
        }
        # The bank's statement of a day comes after it, that of the last one half an hour after midnight.
        assert len(days) >= (HISTORY_DAYS + 1 if entity.file is None else HISTORY_DAYS - 1)
        assert synced.web.materialised(entity.address) >= days, entity.address
