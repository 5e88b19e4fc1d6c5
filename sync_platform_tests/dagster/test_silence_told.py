"""A silence is noticed by the sensor's own polls and told to Dagster, for no load tells of nothing."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
from dagster import AssetCheckKey, AssetKey, DagsterInstance

from sync_platform.components import system_sensor
from sync_platform.components.system_sensor import Tick, _take_in, _tell_silences
from sync_platform.landing.days import DayKey
from sync_platform.landing.profiles import store_profile
from sync_platform.pull.day_statistics import statistics_in
from sync_platform.pull.silence import SilenceWatch
from sync_platform_tests.drift.days import ago, profile, volume
from sync_platform_tests.partners.given import GivenClock
from sync_platform_tests.till.hub import Hub
from sync_platform_tests.till.till import Till, sale

CHECK = AssetCheckKey(AssetKey(["till", "evented_sales"]), "rules")


def test_a_silence_is_told_as_a_failed_check_and_taken_back(
    hub: Hub, till: Till, clock: GivenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system_sensor, "_silence", SilenceWatch())
    entity = hub.entity("evented_sales")
    with hub.database.connect() as connection:
        for back in range(1, 9):
            looked = replace(profile(ago(back)), volume=volume(ago(back), 9_000, busy=[60] * 24))
            store_profile(connection, DayKey("till", entity.name, ago(back)), looked)
    till.has_sales(sale("A"))
    hub.pull_day("evented_sales")
    # The database's clock is not the given one.
    hub.run("update sync.entity_day set loaded_at = %s", [clock.now()])
    tools = replace(hub.tools, statistics=statistics_in(hub.database))

    def polled(seconds: float) -> list[str]:
        """What the tick after so many seconds has to tell."""
        clock.advance(seconds)
        tick = Tick()
        _take_in(tools, entity, time.monotonic() + 20, tick, pace=entity.declaration.poll)
        assert tick.problems == []
        with DagsterInstance.ephemeral() as instance, hub.database.connect() as connection:
            _tell_silences(connection, instance, tick, now=clock.now())
            found = instance.event_log_storage.get_latest_asset_check_execution_by_key([CHECK])
        evaluations = [record.event.asset_check_evaluation for record in found.values()]  # type: ignore[union-attr]
        return [f"{one.passed}: {one.description}" for one in evaluations if one is not None]

    assert polled(5) == []
    (silent,) = polled(200)
    assert silent.startswith("False: volume_silence: silence: nothing since 2026-11-20 ")
    assert polled(5) == []
    till.puts(sale("B", at=210))
    (again,) = polled(5)
    assert again == "True: All 1 rules passed."
